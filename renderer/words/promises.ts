/**
 * How many promises of an instance are kept, and which are not.
 */
import type { InstanceView } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';

/** `2 of 3`, `1 of 3 kept` when one failed; empty when it has none. */
export function promisesCountText({ promises }: InstanceView): string {
  if (promises.length === 0) return '';
  const kept = promises.filter(({ state }) => state === 'kept').length;
  const failed = promises.some(({ state }) => state === 'failed');
  return text(failed ? 'page.partitions.promises.kept' : 'page.count', {
    done: kept,
    total: promises.length,
  });
}

/** The names of those that failed, the first ones first; empty when none did. */
export function failedPromisesText({ promises }: InstanceView): string {
  return promises
    .filter(({ state }) => state === 'failed')
    .map(({ name }) => name)
    .join(', ');
}
