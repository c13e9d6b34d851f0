/**
 * Instance parameters as they are given on the command line (SLAP protocol §13.2, §13.3).
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode } from '../errors.ts';
import { CommandError, EXIT } from './exit-status.ts';

export type InstanceParameters = Record<string, unknown>;

/** `key=value` pairs; the value may hold `=`. The same key twice is an error, as upstream's. */
export function parsePairs(pairs: readonly string[]): InstanceParameters {
  const parameters = new Map<string, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new CommandError(EXIT.usage, 'parameter-not-a-pair', { pair });
    const key = pair.slice(0, equals);
    if (parameters.has(key)) throw new CommandError(EXIT.usage, 'parameter-twice', { key });
    parameters.set(key, pair.slice(equals + 1));
  }
  return Object.fromEntries(parameters);
}

/** A file of parameters: YAML by `.yaml` or `.yml`, an instance document by `.xml`, else JSON. */
export async function readParameters(file: string): Promise<InstanceParameters> {
  let written: string;
  try {
    written = await readFile(file, 'utf8');
  } catch (error) {
    const cause = systemErrorCode(error) ?? String(error);
    throw new CommandError(EXIT.usage, 'parameters-file-unreadable', { file, cause });
  }
  let document: unknown;
  try {
    document = await parse(written, path.extname(file).toLowerCase());
  } catch (error) {
    const problem = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new CommandError(EXIT.usage, 'parameters-file-invalid', { file, problem });
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new CommandError(EXIT.usage, 'parameters-file-not-an-object', { file });
  }
  return { ...document };
}

async function parse(written: string, extension: string): Promise<unknown> {
  switch (extension) {
    case '.yaml':
    case '.yml': {
      const { parse: parseYaml } = await import('yaml');
      return parseYaml(written);
    }
    case '.xml': {
      const { readInstanceXml } = await import('../../slap/instance-xml.ts');
      return { ...readInstanceXml(written) };
    }
    default:
      return JSON.parse(written);
  }
}

/**
 * What the person called the software, as the agent understands it from another folder: a path that is relative to here
 * becomes absolute, and upstream's `product.NAME` is the catalogue's NAME. Names and URLs stay as they are.
 */
export function softwareReference(given: string, folder: string): string {
  if (given.startsWith('product.')) return given.slice('product.'.length);
  if (/^\.{1,2}(\/|$)/.test(given) || /^[^:]+\.ya?ml$/.test(given)) return path.resolve(folder, given);
  return given;
}
