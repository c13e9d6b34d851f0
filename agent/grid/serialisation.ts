/**
 * Flat parameters on the wire, documents inside: the `_` convention ("json-in-xml") of SlapOS. Which one an instance uses is said
 * by its software.
 */
import type { Profile } from '../software/profile/schema.ts';

const KEY = '_';

/** Connection parameters as they are published. */
export function publishedParameters(
  profile: Profile,
  connection: Readonly<Record<string, string>>,
): Record<string, string> {
  return profile.serialisation === 'json-in-xml' ? { [KEY]: JSON.stringify(connection) } : { ...connection };
}

/** Parameters of any form as the document they stand for; what is not JSON stays as it is. */
export function documentOf(parameters: Readonly<Record<string, string | null>>): Record<string, unknown> {
  const wrapped = parameters[KEY];
  if (typeof wrapped !== 'string') return { ...parameters };
  try {
    const document: unknown = JSON.parse(wrapped);
    if (typeof document === 'object' && document !== null && !Array.isArray(document)) return { ...document };
  } catch {
    // Another program's parameter that merely has this name.
  }
  return { ...parameters };
}

/** A document as parameters of a request. */
export function requestParameters(
  profile: Profile,
  document: Readonly<Record<string, unknown>>,
): Record<string, string> {
  if (profile.serialisation === 'json-in-xml')
    return Object.keys(document).length === 0 ? {} : { [KEY]: JSON.stringify(document) };
  return Object.fromEntries(
    Object.entries(document).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}
