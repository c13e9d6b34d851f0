/**
 * Which of the partitions in use are listed: by how they are, and by words.
 */
import type { InstanceView, PartitionView } from '../../../agent/api/contract.ts';
import { isHosted, ownerText } from '../../words/owner.ts';

/** A partition somebody lives in. */
export type UsedPartition = PartitionView & { instance: InstanceView };

export const FILTERS = ['all', 'running', 'stopped', 'problem'] as const;
export type Filter = (typeof FILTERS)[number];

export function usedOf(partitions: readonly PartitionView[]): UsedPartition[] {
  return partitions.flatMap(({ instance, ...partition }) =>
    instance === null ? [] : [{ ...partition, instance }],
  );
}

/** Each is in exactly one group beside `all`: what is on its way counts as running; what others must mend does not run. */
export function groupOf({ state, owner }: InstanceView): Exclude<Filter, 'all'> {
  switch (state) {
    case 'failed':
      return isHosted({ owner }) ? 'stopped' : 'problem';
    case 'stopped':
    case 'stopping':
    case 'destroying':
      return 'stopped';
    default:
      return 'running';
  }
}

export function countsOf(partitions: readonly UsedPartition[]): Record<Filter, number> {
  const counts: Record<Filter, number> = { all: partitions.length, running: 0, stopped: 0, problem: 0 };
  for (const { instance } of partitions) counts[groupOf(instance)] += 1;
  return counts;
}

/** Each of `words` must be somewhere in what the row says: name, software, whose it is, partition, address. */
export function isListed({ id, address, instance }: UsedPartition, filter: Filter, words: string): boolean {
  if (filter !== 'all' && groupOf(instance) !== filter) return false;
  const said =
    `${instance.name} ${instance.softwareTitle} ${ownerText(instance.owner)} ${id} ${address}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/u)
    .every((word) => said.includes(word));
}
