/**
 * Which instance a person means by a name. This computer's own come first: what is hosted for a master may have the same name.
 */
import { LOCAL_MASTER, type InstanceView, type PartitionView } from './api/contract.ts';
import { SlapgridError } from './errors.ts';

export type NamedPartition = PartitionView & { instance: InstanceView };

/** @throws SlapgridError `unknown-instance`. */
export function partitionNamed(partitions: readonly PartitionView[], name: string): NamedPartition {
  const named = partitions.filter(
    (partition): partition is NamedPartition => partition.instance?.name === name,
  );
  const found = named.find(({ master }) => master === LOCAL_MASTER) ?? named[0];
  if (found === undefined) throw new SlapgridError('unknown-instance', { name });
  return found;
}

/**
 * The instance, if this computer's own master may change it.
 * @throws SlapgridError `unknown-instance`; `hosted-for-master`: another's may.
 */
export function ownInstance(partitions: readonly PartitionView[], name: string): InstanceView {
  const { master, instance } = partitionNamed(partitions, name);
  if (master !== LOCAL_MASTER)
    throw new SlapgridError('hosted-for-master', { name, master: instance.owner.name });
  return instance;
}
