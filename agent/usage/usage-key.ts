/**
 * By what name the use of an instance is kept. Two masters may give two instances the same guid, and what one hosts for a master is
 * reported to that master when the instance is long gone.
 */
import { LOCAL_MASTER, type PartitionView } from '../api/contract.ts';
import type { Subject } from './tally.ts';

/** null: no instance. */
export function usageKey({ id, master, instance }: PartitionView): string | null {
  if (instance === null) return null;
  return master === LOCAL_MASTER ? instance.guid : `${prefixOf(master)}${id}/${instance.guid}`;
}

/** Whose use it is that is measured in a partition; null: no instance. */
export function subjectIn(partition: PartitionView): Subject | null {
  const { id, master, instance } = partition;
  const key = usageKey(partition);
  if (key === null || instance === null) return null;
  return { key, partition: id, master, name: instance.name, owner: instance.owner };
}

/** What the keys of everything that is hosted for a master begin with. */
export function prefixOf(masterId: string): string {
  return `${masterId}/`;
}

/** The partition in a key that begins with `prefix`. */
export function partitionOfKey(key: string, prefix: string): string {
  return key.slice(prefix.length).split('/')[0] ?? '';
}
