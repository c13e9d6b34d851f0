/**
 * The schema of an instance’s parameters: that of its software type, or one made from what it was given.
 */
import type { CatalogueEntry, InstanceView } from '../../../agent/api/contract.ts';

export type Schema = Readonly<Record<string, unknown>>;

/** The schema of the software's type; null for software that is not in the catalogue. */
export function schemaOf(
  entries: readonly CatalogueEntry[],
  { softwareUrl, softwareType }: Pick<InstanceView, 'softwareUrl' | 'softwareType'>,
): Schema | null {
  const types = entries.find(({ url }) => url === softwareUrl)?.types;
  return types?.find(({ name }) => name === softwareType)?.parameters ?? null;
}

const SECRET = /password|passwd|passphrase|secret|token|private|credential|api.?key/iu;

/** A schema made from what was given: one field per parameter, and what sounds like a secret stays hidden. */
export function guessedFrom({ parameters }: Pick<InstanceView, 'parameters'>): Schema {
  const properties = Object.entries(parameters).map(([name, value]) => [name, guessedSchema(name, value)]);
  return { properties: Object.fromEntries(properties) };
}

function guessedSchema(name: string, value: unknown): Schema {
  if (typeof value === 'boolean' || typeof value === 'number') return { type: typeof value };
  if (typeof value !== 'string') return {};
  if (SECRET.test(name)) return { type: 'string', writeOnly: true };
  return value.includes('\n') ? { type: 'string', contentMediaType: 'text/plain' } : { type: 'string' };
}
