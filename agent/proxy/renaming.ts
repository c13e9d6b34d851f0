/**
 * Another name for an instance (§6.3): what belongs to a root stays its own. To be called in a transaction.
 */
import { SlapError } from '../../slap/errors.ts';
import type { PartitionReference } from '../../slap/master.ts';
import { pythonRepr } from '../../slap/python.ts';
import type { ChangeContext } from './changes.ts';
import { unknownPartition } from './partitions.ts';
import { checkedName } from './texts.ts';

/** @throws SlapError `unknown-partition`, `name-in-use`. */
export function renameInstance(context: ChangeContext, partition: PartitionReference, newName: string): void {
  const { database, partitions, changed } = context;
  checkedName(newName);
  const row = partitions.find(partition);
  if (row === undefined) throw unknownPartition(partition);
  if (row.software_url === null || row.name === newName) return;
  if (partitions.findInstance(newName, row.requested_by) !== undefined) {
    throw new SlapError('name-in-use', `There is an instance with the name ${pythonRepr(newName)} already.`);
  }
  const children = row.requested_by === '' ? partitions.children(row.name) : [];
  database.run('UPDATE partition SET name = ? WHERE computer = ? AND id = ?', newName, row.computer, row.id);
  for (const child of children) {
    database.run(
      'UPDATE partition SET requested_by = ? WHERE computer = ? AND id = ?',
      newName,
      child.computer,
      child.id,
    );
  }
  if (row.requested_by === '') renameRequester(context, row.name, newName);
  for (const member of [row, ...children]) {
    changed({ kind: 'request', computerId: member.computer, partitionId: member.id });
  }
}

/** Shared instances follow the root of the tree that asked for them; what their hosts call them stays. */
function renameRequester({ database }: ChangeContext, name: string, newName: string): void {
  database.run('DELETE FROM shared_instance WHERE requested_by = ? AND entry IS NULL', newName);
  const other = database.one('SELECT reference FROM shared_instance WHERE requested_by = ? LIMIT 1', newName);
  if (other !== undefined) {
    throw new SlapError('name-in-use', `There are shared instances of ${pythonRepr(newName)} already.`);
  }
  database.run('UPDATE shared_instance SET requested_by = ? WHERE requested_by = ?', newName, name);
}
