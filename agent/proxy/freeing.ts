/**
 * The end of an instance (§9.1): its partition becomes free, once nothing of its tree is left. To be called in a transaction.
 */
import { SlapError } from '../../slap/errors.ts';
import type { PartitionReference } from '../../slap/master.ts';
import type { ChangeContext } from './changes.ts';
import type { BusyRow } from './rows.ts';

/**
 * Frees a partition, or destroys the children of the instance in it and leaves it as it is.
 * @returns those children.
 */
export function freeUnlessChildren(context: ChangeContext, partition: PartitionReference): BusyRow[] {
  const { partitions, changed } = context;
  const row = partitions.findBusy(partition);
  if (row === undefined) return [];
  const isRoot = row.requested_by === '';
  const children = isRoot ? partitions.children(row.name) : [];
  if (children.length > 0) {
    destroyAll(context, children);
    return children;
  }
  partitions.free(row);
  changed({ kind: 'freed', ...partition });
  if (isRoot) destroySharedOf(context, row.name);
  return [];
}

/** The refusal of a report that came before the children's. */
export function childrenRemain(children: readonly BusyRow[]): SlapError {
  const names = children.map(({ name }) => name).sort();
  return new SlapError(
    'children-remain',
    `Not destroying yet because this partition has child partitions: ${names.join(', ')}`,
  );
}

/** Their time stamps stay, as upstream leaves them: a node sees their state. */
function destroyAll({ database, changed }: ChangeContext, rows: readonly BusyRow[]): void {
  for (const row of rows) {
    if (row.requested_state === 'destroyed') continue;
    database.run(
      "UPDATE partition SET requested_state = 'destroyed' WHERE computer = ? AND id = ?",
      row.computer,
      row.id,
    );
    changed({ kind: 'request', computerId: row.computer, partitionId: row.id });
  }
}

/** Nobody is left who could destroy what a tree that is gone asked of other hosts. */
function destroySharedOf({ database, partitions, timestamps, changed }: ChangeContext, root: string): void {
  const hosts = database.all(
    'SELECT DISTINCT computer, host FROM shared_instance WHERE requested_by = ? AND entry IS NOT NULL',
    root,
  );
  database.run('UPDATE shared_instance SET entry = NULL, place = NULL WHERE requested_by = ?', root);
  const timestamp = hosts.length === 0 ? 0 : timestamps.next();
  for (const { computer, host } of hosts) {
    const row = partitions.findBusy({ computerId: String(computer), partitionId: String(host) });
    if (row === undefined) continue;
    partitions.touch(row, timestamp);
    changed({ kind: 'request', computerId: row.computer, partitionId: row.id });
  }
}
