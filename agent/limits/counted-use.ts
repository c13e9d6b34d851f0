/** Files and ports of what is hosted: what is counted, beside what is metered. */
import type { Counted, LendingView } from '../api/contract-lending.ts';

export type CountedUse = Pick<LendingView['used'], keyof Counted | 'most'>;

/**
 * All of it, and of each kind the most that one partition has.
 * @param each one for each partition. Files that were never counted are left out; of which none were counted, nothing is known.
 */
export function countedOf(each: readonly Counted[]): CountedUse {
  const files = each.flatMap((one) => one.files ?? []);
  const ports = each.map((one) => one.ports);
  const isUnknown = each.length > 0 && files.length === 0;
  return {
    files: isUnknown ? null : sum(files),
    ports: sum(ports),
    most: { files: isUnknown ? null : Math.max(0, ...files), ports: Math.max(0, ...ports) },
  };
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((all, one) => all + one, 0);
}
