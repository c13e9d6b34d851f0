/** When something that failed is tried again. */
import { SlapgridError } from '../errors.ts';

const FIRST_MS = 5000;
const LONGEST_MS = 10 * 60_000;

/** @param failures how many times in a row it failed, from 1. @returns milliseconds: 5 s, 10 s, 20 s … 10 min. */
export function retryDelay(failures: number): number {
  return Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 20), LONGEST_MS);
}

/** Failures that only a changed request can mend, or somebody who says that it may be tried again. */
const NEEDS_ANOTHER_REQUEST: ReadonlySet<string> = new Set([
  'bad-parameter',
  'unknown-software',
  'unknown-software-type',
  'profile-invalid',
  'profile-digest',
  'unknown-package',
  'unmet-dependencies',
  'package-conflict',
  'software-as-root',
  'package-refused',
  'unsupported-system',
  'disk-limit',
  'disk-reserve',
  'unknown-state',
]);

/** Refusals that end with what the person or the machine allows: whoever is refused is told then. */
const REFUSED: ReadonlySet<string> = new Set(['lending-sharing', 'lending-verdict', 'lending-software']);

export function worthRetrying(error: unknown): boolean {
  if (!(error instanceof SlapgridError)) return true;
  return !NEEDS_ANOTHER_REQUEST.has(error.code) && !REFUSED.has(error.code);
}
