/**
 * Texts that strangers choose and this master keeps. What is refused here would make a later answer impossible to write, a name
 * impossible to show, or a path leave its folder.
 */
import { SlapError } from '../../slap/errors.ts';
import { type InstanceParameters, storedParameters } from '../../slap/instance-xml.ts';
import { writeMarshal } from '../../slap/marshal/write.ts';
import type { SlapDictionary } from '../../slap/marshal/values.ts';
import { isXmlText } from '../../slap/xml.ts';

const LONGEST_NAME = 200;
const LONGEST_URL = 2000;
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001F\u007F]/u;

function checked(what: string, text: string, longest: number): string {
  if (text === '') throw new SlapError('bad-request', `The ${what} is empty.`);
  if (text.length > longest)
    throw new SlapError('bad-request', `The ${what} is longer than ${longest} characters.`);
  if (CONTROL.test(text) || !isXmlText(text)) {
    throw new SlapError('bad-request', `The ${what} contains control characters.`);
  }
  return text;
}

/** @throws SlapError `bad-request`, as the others. */
export function checkedName(name: string): string {
  // No URL can end in them: clients take them for steps.
  if (name === '.' || name === '..') throw new SlapError('bad-request', `The name ${name} cannot be used.`);
  return checked('name', name, LONGEST_NAME);
}

export function checkedUrl(url: string): string {
  return checked('software release', url, LONGEST_URL);
}

export function checkedType(softwareType: string): string {
  return checked('software type', softwareType, LONGEST_NAME);
}

/** All instances of a computer come in one answer, which must stay one that can be sent and read. */
const MOST_PARAMETERS = 1024 * 1024;
const DEEPEST_PARAMETER = 32;

function withinLimits<Result>(make: () => Result, size: (result: Result) => number): Result {
  try {
    const result = make();
    if (size(result) <= MOST_PARAMETERS) return result;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SlapError('bad-request', `A parameter cannot be stored: ${error.message}.`, {
      cause: error,
    });
  }
  throw new SlapError('bad-request', 'The parameters are too large.');
}

/** Parameters as they are stored (§4). */
export function checkedParameters(values: SlapDictionary): InstanceParameters {
  return withinLimits(
    () => storedParameters(values),
    (stored) => JSON.stringify(stored).length,
  );
}

/** What a host is told of a shared instance, in the marshal format so that the values keep their kinds (§7.6). */
export function checkedEntry(entry: SlapDictionary): string {
  return withinLimits(
    () => writeMarshal(entry, { maximumDepth: DEEPEST_PARAMETER }),
    (text) => text.length,
  );
}

const REFERENCE = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]{0,99}$/u;

/** References of computers and partitions become names of folders and hosts. */
/** Whether a computer or a partition can be called so. */
export function isReference(reference: string): boolean {
  return REFERENCE.test(reference);
}

export function checkedReference(reference: string): string {
  if (!isReference(reference)) {
    throw new SlapError('invalid-document', `The reference ${JSON.stringify(reference)} cannot be used.`);
  }
  return reference;
}
