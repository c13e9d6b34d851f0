/**
 * Instances put back where they were, after the database was lost. To be called in a transaction.
 */
import { SlapError } from '../../slap/errors.ts';
import type { InstanceParameters } from '../../slap/instance-xml.ts';
import type { RequestedState } from '../../slap/master.ts';
import type { ChangeContext } from './changes.ts';
import { storedJson } from './rows.ts';
import { checkedName, checkedParameters, checkedReference, checkedType, checkedUrl } from './texts.ts';

/** What is needed to put an instance back into its partition. */
export type RestorableInstance = {
  partitionId: string;
  name: string;
  /** Name of the root of its tree; empty when a person asked. */
  requestedBy: string;
  softwareUrl: string;
  softwareType: string;
  parameters: InstanceParameters;
  requestedState: RequestedState;
};

/** The partitions that have their instance again, and those whose record was passed over. */
export type Restoration = { restored: string[]; passedOver: string[] };

/** A partition that has an instance keeps it, and so does a name: doing it twice changes nothing. */
export function restoreInstances(
  context: ChangeContext,
  computerId: string,
  records: readonly RestorableInstance[],
): Restoration {
  const restored: string[] = [];
  const passedOver: string[] = [];
  for (const record of records) {
    const { partitionId } = record;
    const isRestored = restoreInstance(context, computerId, record);
    (isRestored ? restored : passedOver).push(partitionId);
    if (isRestored) context.changed({ kind: 'request', computerId, partitionId });
  }
  return { restored, passedOver };
}

function restoreInstance(
  { database, partitions, timestamps }: ChangeContext,
  computerId: string,
  record: RestorableInstance,
): boolean {
  const { partitionId } = record;
  const isTaken =
    partitions.findBusy({ computerId, partitionId }) !== undefined ||
    partitions.findInstance(record.name, record.requestedBy) !== undefined;
  if (isTaken || !isRestorable(record)) return false;
  database.run(
    "INSERT INTO computer (id, address, netmask) VALUES (?, '', '') ON CONFLICT DO NOTHING",
    computerId,
  );
  database.run(
    'INSERT INTO partition (computer, id) VALUES (?, ?) ON CONFLICT DO NOTHING',
    computerId,
    partitionId,
  );
  database.run(
    `UPDATE partition SET name = ?, requested_by = ?, software_url = ?, software_type = ?, parameters = ?,
     requested_state = ?, timestamp = ? WHERE computer = ? AND id = ?`,
    record.name,
    record.requestedBy,
    record.softwareUrl,
    record.softwareType,
    storedJson(record.parameters),
    record.requestedState,
    timestamps.next(),
    computerId,
    partitionId,
  );
  return true;
}

/** A record that this master could not have written is none of its own. */
function isRestorable(record: RestorableInstance): boolean {
  try {
    checkedReference(record.partitionId);
    checkedName(record.name);
    checkedUrl(record.softwareUrl);
    checkedType(record.softwareType);
    checkedParameters(record.parameters);
    return true;
  } catch (error) {
    if (error instanceof SlapError) return false;
    throw error;
  }
}
