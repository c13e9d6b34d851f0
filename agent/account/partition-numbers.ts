/**
 * Which partitions of this computer are whose: the local master's are the first ones, each joined master has a row of its own after
 * them.
 */
import { SlapgridError } from '../errors.ts';
import type { JoinedMaster } from './types.ts';

/**
 * A computer has one block of addresses and one of user ids: addresses end before `.255`, the first partition has `.2`
 * (`agent/node/addresses.ts`); there are a few more ids than that (`agent/node/identities.ts`).
 */
export const MOST_PARTITIONS = 253;

type Row = JoinedMaster['partitions'];

/**
 * The first row of free numbers that is long enough. Those of a master that was left are given again.
 * @param local how many the local master has.
 * @throws SlapgridError `too-many-partitions`.
 */
export function freeRow(amount: number, local: number, taken: readonly Row[]): Row {
  let first = local;
  let longest = 0;
  for (const row of [...taken.toSorted((left, right) => left.first - right.first), END]) {
    if (row.first - first >= amount) return { first, amount };
    longest = Math.max(longest, row.first - first);
    first = Math.max(first, row.first + row.amount);
  }
  throw new SlapgridError('too-many-partitions', { wanted: amount, free: longest });
}

const END: Row = { first: MOST_PARTITIONS, amount: 0 };
