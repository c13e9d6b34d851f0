/**
 * Format (§6.1): which partitions a computer has, and their addresses. To be called in a transaction.
 */
import type { ComputerDocument } from '../../slap/master.ts';
import type { ChangeContext } from './changes.ts';
import { checkedReference } from './texts.ts';

/**
 * Partitions that are no longer listed go when they are free; one with an instance stays until that is destroyed, so that no
 * format loses an instance.
 */
export function formatComputer(context: ChangeContext, document: ComputerDocument): void {
  const computerId = checkedReference(document.reference);
  context.database.run(
    `INSERT INTO computer (id, address, netmask) VALUES (?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET address = excluded.address, netmask = excluded.netmask`,
    computerId,
    document.address ?? '',
    document.netmask ?? '',
  );
  removeUnlisted(context, computerId, new Set(document.partitions.map(({ reference }) => reference)));
  for (const partition of document.partitions) formatPartition(context, computerId, partition);
  context.changed({ kind: 'format', computerId });
}

function removeUnlisted(
  { database, partitions }: ChangeContext,
  computerId: string,
  listed: ReadonlySet<string>,
): void {
  for (const row of partitions.ofComputer(computerId)) {
    if (listed.has(row.id) || row.software_url !== null) continue;
    database.run('DELETE FROM partition WHERE computer = ? AND id = ?', computerId, row.id);
  }
}

function formatPartition(
  { database }: ChangeContext,
  computerId: string,
  partition: ComputerDocument['partitions'][number],
): void {
  const partitionId = checkedReference(partition.reference);
  database.run(
    'INSERT INTO partition (computer, id) VALUES (?, ?) ON CONFLICT DO NOTHING',
    computerId,
    partitionId,
  );
  database.run('DELETE FROM address WHERE computer = ? AND partition = ?', computerId, partitionId);
  for (const { address, netmask, interfaceName } of partition.addresses) {
    database.run(
      'INSERT INTO address (computer, partition, interface, address, netmask) VALUES (?, ?, ?, ?, ?)',
      computerId,
      partitionId,
      interfaceName ?? partition.interfaceName,
      address,
      netmask,
    );
  }
}
