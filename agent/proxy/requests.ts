/**
 * requestComputerPartition (§7): allocation, update in place, children, shared instances. To be called in a transaction.
 */
import { SlapError } from '../../slap/errors.ts';
import type { InstanceParameters } from '../../slap/instance-xml.ts';
import type {
  InstanceRequest,
  PartitionReference,
  RequestedState,
  SlapValue,
  SoftwareInstanceRecord,
} from '../../slap/master.ts';
import { pythonRepr } from '../../slap/python.ts';
import type { Database } from '../database.ts';
import type { ChangeContext } from './changes.ts';
import { instanceKeyGuid } from './guids.ts';
import { type Partitions, rootName } from './partitions.ts';
import { type BusyRow, type SharedRow, sharedRow, storedJson } from './rows.ts';
import { checkedEntry, checkedName, checkedParameters, checkedType, checkedUrl } from './texts.ts';

export type RequestOutcome = {
  instance: SoftwareInstanceRecord;
  outcome: 'created' | 'updated' | 'unchanged';
  /** An instance of that name had other software, which this request replaced in place. */
  softwareReplaced: boolean;
};

/** Where a request is written and what it tells. */
export type RequestContext = ChangeContext & {
  /** Allocation happens here when the request does not say where (§7.4). */
  defaultComputerId: string;
};

type Checked = {
  request: InstanceRequest;
  requestedBy: string;
  name: string;
  url: string;
  /** As it was given; may be empty. */
  softwareType: string;
  parameters: InstanceParameters;
};

export function requestInstance(context: RequestContext, request: InstanceRequest): RequestOutcome {
  const checked: Checked = {
    request,
    requestedBy: requestedBy(context.partitions, request.requester),
    name: checkedName(request.name),
    url: checkedUrl(request.softwareUrl),
    softwareType: request.softwareType === '' ? '' : checkedType(request.softwareType),
    parameters: checkedParameters(request.parameters),
  };
  return request.shared ? requestShared(context, checked) : requestOwn(context, checked);
}

/** Name of the root of the requester's tree; empty for a person, and for a partition that is free or unknown (§7.2). */
function requestedBy(partitions: Partitions, requester: PartitionReference | null): string {
  const row = requester === null ? undefined : partitions.findBusy(requester);
  return row === undefined ? '' : rootName(row);
}

function requestOwn(context: RequestContext, checked: Checked): RequestOutcome {
  const { partitions } = context;
  const existing = partitions.findInstance(checked.name, checked.requestedBy);
  if (existing === undefined) refuseIfKnown(checked);
  const imposed = existing === undefined ? null : stateOfRoot(partitions, checked.requestedBy);
  const wanted = imposed ?? checked.request.state;
  const row = existing ?? freeRow(context, checked);
  const changed = write(context, row, existing, {
    name: checked.name,
    requested_by: checked.requestedBy,
    software_url: checked.url,
    // Empty is the default one (§7.4).
    software_type: checked.softwareType || 'default',
    parameters: storedJson(checked.parameters),
    requested_state: wanted ?? existing?.requested_state ?? 'started',
  });
  if (changed) context.changed({ kind: 'request', computerId: row.computer, partitionId: row.id });
  const written = partitions.findBusy({ computerId: row.computer, partitionId: row.id });
  if (written === undefined) throw new Error('a request was written and cannot be read');
  return {
    // The answer repeats what was asked for rather than what is stored (§5.4).
    instance: partitions.instanceRecord(written, wanted ?? 'started'),
    outcome: existing === undefined ? 'created' : changed ? 'updated' : 'unchanged',
    softwareReplaced: existing !== undefined && existing.software_url !== checked.url,
  };
}

/** Nothing is made anew for who wants to change what is there. */
function refuseIfKnown({ request, name }: Checked): void {
  if (request.isKnown !== true) return;
  throw new SlapError('unknown-instance', `There is no instance with the name ${pythonRepr(name)}.`);
}

/** A child that exists follows its root while that is not started (§7.5). */
function stateOfRoot(partitions: Partitions, root: string): RequestedState | null {
  const row = root === '' ? undefined : partitions.findInstance(root, '');
  return row === undefined || row.requested_state === 'started' ? null : row.requested_state;
}

function freeRow(context: RequestContext, checked: Checked): { computer: string; id: string } {
  const { filter } = checked.request;
  const master = text(filter['master_url']);
  if (master !== '') {
    throw new SlapError(
      'unknown-master',
      `External SlapOS Master URL ${master} is not listed in multimaster list.`,
    );
  }
  const row = context.partitions.findFree(text(filter['computer_guid']) || context.defaultComputerId);
  if (row !== undefined) return row;
  throw new SlapError('no-free-partition', `No free computer partition found for: ${checked.name}`);
}

function text(value: SlapValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

type StoredInstance = {
  name: string;
  requested_by: string;
  software_url: string;
  software_type: string;
  parameters: string;
  requested_state: RequestedState;
};

/** @returns whether anything had to be written. */
function write(
  context: RequestContext,
  place: { computer: string; id: string },
  before: BusyRow | undefined,
  after: StoredInstance,
): boolean {
  const isSame =
    before !== undefined &&
    before.timestamp !== null &&
    before.software_url === after.software_url &&
    before.software_type === after.software_type &&
    before.requested_state === after.requested_state &&
    storedJson(before.parameters) === after.parameters;
  if (isSame) return false;
  context.database.run(
    `UPDATE partition SET name = ?, requested_by = ?, software_url = ?, software_type = ?, parameters = ?,
     requested_state = ?, timestamp = ? WHERE computer = ? AND id = ?`,
    after.name,
    after.requested_by,
    after.software_url,
    after.software_type,
    after.parameters,
    after.requested_state,
    context.timestamps.next(),
    place.computer,
    place.id,
  );
  return true;
}

// Shared instances (§7.6)

function requestShared(context: RequestContext, checked: Checked): RequestOutcome {
  const { partitions } = context;
  const { request } = checked;
  const computerId = text(request.filter['computer_guid']) || context.defaultComputerId;
  const existing = findShared(context.database, checked, computerId);
  const host = findHost(partitions, checked, computerId, existing?.host ?? null);
  if (!existing?.entry) refuseIfKnown(checked);
  const reference = existing?.reference ?? newReference(context.database, checked, computerId);
  const entry =
    request.state === 'destroyed'
      ? null
      : checkedEntry({
          ...request.parameters,
          // Last, so that a parameter of that name cannot pass for another instance.
          slap_software_type: checked.softwareType,
          slave_reference: reference,
          slave_title: reference,
        });
  const changed = (existing?.entry ?? null) !== entry || (entry !== null && existing?.host !== host.id);
  if (changed) {
    writeShared(context, {
      name: checked.name,
      requested_by: checked.requestedBy,
      reference,
      computer: computerId,
      host: host.id,
      entry,
    });
    touchHosts(context, computerId, new Set([host.id, ...(existing?.entry ? [existing.host] : [])]));
  }
  return {
    instance: {
      guid: instanceKeyGuid({ name: checked.name, requestedBy: checked.requestedBy, shared: true }),
      computerId,
      partitionId: host.id,
      instanceGuid: '',
      rootInstanceTitle: checked.requestedBy || checked.name,
      requestedState: '',
      softwareUrl: host.software_url,
      softwareType: host.software_type,
      parameters: checked.parameters,
      timestamp: '',
      connection: existing?.connection ?? {},
      connectionXml: null,
      ipList: partitions.ipList(host),
      shared: true,
    },
    outcome: !changed ? 'unchanged' : existing?.entry ? 'updated' : 'created',
    softwareReplaced: false,
  };
}

/** @param before where it was: it stays there as long as that can host it, whatever could host it besides. */
function findHost(
  partitions: Partitions,
  checked: Checked,
  computerId: string,
  before: string | null,
): BusyRow {
  const { softwareType } = checked;
  const { filter } = checked.request;
  const guid = text(filter['instance_guid']);
  const partitionId = guid.startsWith(`${computerId}-`) ? guid.slice(computerId.length + 1) : guid;
  const hosts = partitions.findHosts(computerId, checked.url, softwareType, partitionId);
  const host = hosts.find(({ id }) => id === before) ?? hosts[0];
  if (host !== undefined) return host;
  const sought = [checked.url, computerId, softwareType, partitionId].filter((part) => part !== '');
  throw new SlapError('no-host', `No partition corresponding to slave request: ${pythonRepr(sought)}`);
}

function findShared(database: Database, checked: Checked, computerId: string): SharedRow | undefined {
  const row = database.one(
    `SELECT name, requested_by, reference, computer, host, entry, connection FROM shared_instance
     WHERE name = ? AND requested_by = ? AND computer = ?`,
    checked.name,
    checked.requestedBy,
    computerId,
  );
  return row === undefined ? undefined : sharedRow(row);
}

/** What the host calls a new shared instance (§7.6). Names that contain the mark must not make two of them one. */
function newReference(database: Database, checked: Checked, computerId: string): string {
  const reference = `${checked.requestedBy}_${checked.name}`;
  const taken = database.one(
    'SELECT 1 FROM shared_instance WHERE reference = ? AND computer = ?',
    reference,
    computerId,
  );
  if (taken === undefined) return reference;
  throw new SlapError(
    'name-in-use',
    `Another shared instance has the reference ${pythonRepr(reference)} already.`,
  );
}

/** An entry that stays keeps its place in the host's list; a new one, or one that comes back, is last. */
function writeShared(context: RequestContext, row: Omit<SharedRow, 'connection'>): void {
  context.database.run(
    `INSERT INTO shared_instance (reference, computer, host, entry, name, requested_by, place)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6,
       iif(?4 IS NULL, NULL, (SELECT coalesce(max(place), 0) + 1 FROM shared_instance)))
     ON CONFLICT (reference, computer) DO UPDATE SET host = excluded.host, entry = excluded.entry,
       place = iif(excluded.entry IS NULL, NULL, coalesce(place, excluded.place))`,
    row.reference,
    row.computer,
    row.host,
    row.entry,
    row.name,
    row.requested_by,
  );
}

function touchHosts(context: RequestContext, computerId: string, hosts: ReadonlySet<string | null>): void {
  const timestamp = context.timestamps.next();
  for (const partitionId of hosts) {
    const row = partitionId === null ? undefined : context.partitions.findBusy({ computerId, partitionId });
    if (row === undefined) continue;
    context.partitions.touch(row, timestamp);
    context.changed({ kind: 'request', computerId, partitionId: row.id });
  }
}
