/**
 * A request as the command that asks for the same. Passwords are never part of a command: everybody on the computer can read
 * those (they are in the list of processes).
 */
import type { CatalogueEntry } from '../../agent/api/contract.ts';
import { keyOf, parametersOf, type Field, type FieldValue } from '../form/fields.ts';

export type AsCommand = {
  name: string;
  software: CatalogueEntry;
  typeName: string;
  fields: readonly Field[];
  values: Readonly<Record<string, FieldValue>>;
};

export type CommandLine = {
  command: string;
  /** What `parameters.json` must hold, when the command names it; null otherwise. */
  file: string | null;
  /** Parameters that are left for the person to fill in. */
  secrets: readonly string[];
};

const PROGRAM = './slapgrid';
const FILE = 'parameters.json';

export function commandLineOf({ name, software, typeName, fields, values }: AsCommand): CommandLine {
  const secrets = fields.filter((field) => isSecret(field) && (values[keyOf(field)] ?? '') !== '');
  const hidden = Object.fromEntries(secrets.map((field) => [keyOf(field), '…']));
  const parameters = givenParameters(fields, { ...values, ...hidden });
  const words = [PROGRAM, 'request', name, isInCatalogue(software) ? software.name : software.url];
  if (typeName !== 'default') words.push('--type', typeName);
  const pairs = pairsOf(parameters);
  const inFile = pairs === null || secrets.length > 0;
  if (inFile) words.push('--parameters-file', FILE);
  else words.push(...pairs.flatMap((pair) => ['--parameters', pair]));
  return {
    command: words.map(quoted).join(' '),
    file: inFile ? JSON.stringify(parameters, null, 2) : null,
    secrets: secrets.map(({ title }) => title),
  };
}

/** What would be sent; a value that is not JSON yet is left out. */
function givenParameters(
  fields: readonly Field[],
  values: Readonly<Record<string, FieldValue>>,
): Record<string, unknown> {
  try {
    return parametersOf(fields, values);
  } catch {
    return parametersOf(
      fields.filter(({ kind }) => kind !== 'json'),
      values,
    );
  }
}

/** `key=value`, in so far as all of them can be written so; null otherwise. */
function pairsOf(parameters: Record<string, unknown>): string[] | null {
  const pairs: string[] = [];
  for (const [key, value] of Object.entries(parameters)) {
    const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    if (!plain || key.includes('=') || String(value).includes('\n')) return null;
    pairs.push(`${key}=${String(value)}`);
  }
  return pairs;
}

function isSecret(field: Field): boolean {
  return field.kind === 'text' && field.secret;
}

function isInCatalogue({ url }: CatalogueEntry): boolean {
  return url.startsWith('slapgrid:');
}

/** As a POSIX shell reads it back. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
