/**
 * Whose an instance is, as a word: never by colour alone.
 */
import type { InstanceView, MasterView, Owner, PartitionView } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';

/** The type refuses another word than the contract's. */
const LOCAL_MASTER: typeof import('../../agent/api/contract.ts').LOCAL_MASTER = 'local';

export function ownerText({ kind, name }: Owner): string {
  return kind === 'me' ? text('page.owner.me') : text('page.owner.other', { name });
}

/** Whether it is hosted for somebody else, whose master decides about it. */
export function isHosted({ owner }: Pick<InstanceView, 'owner'>): boolean {
  return owner.kind === 'other';
}

/** Whether what is requested on this computer may live in it. */
export function isOwn({ master }: Pick<PartitionView, 'master'>): boolean {
  return master === LOCAL_MASTER;
}

/** How the master is called that a partition serves; null for the one of this computer itself. */
export function masterTitle(
  partition: Pick<PartitionView, 'master'>,
  masters: readonly MasterView[],
): string | null {
  if (isOwn(partition)) return null;
  return masters.find(({ id }) => id === partition.master)?.title ?? partition.master;
}

/** `Ana`, `Ana and Lucas`, `Ana, Lucas and 3 others`: each name once. */
export function namesText(all: readonly string[]): string {
  const [first = '', second, ...others] = new Set(all);
  if (second === undefined) return first;
  if (others.length === 0) return text('page.names.two', { first, second });
  return text('page.names.more', { first, second, count: others.length });
}
