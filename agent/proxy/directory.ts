/**
 * Looking up computers, software and instances (the reading half of the local master).
 */
import { SlapError } from '../../slap/errors.ts';
import { readMarshal } from '../../slap/marshal/read.ts';
import { isDictionary, type SlapDictionary } from '../../slap/marshal/values.ts';
import type {
  ComputerSummary,
  InstanceQuery,
  InstanceRecord,
  MasterDirectory,
  PartitionReference,
  SoftwareReleaseRecord,
} from '../../slap/master.ts';
import type { Database } from '../database.ts';
import { instanceKeyGuid, instanceKeysOf, type InstanceKey } from './guids.ts';
import type { Partitions } from './partitions.ts';
import { type BusyRow, hostedRow, type HostedRow } from './rows.ts';

/** Shared instances that are requested, each with its host. */
const HOSTED = `SELECT shared_instance.name, shared_instance.requested_by, reference, entry, shared_instance.connection,
  partition.computer, partition.id AS host, software_url, software_type, timestamp
  FROM shared_instance JOIN partition ON partition.computer = shared_instance.computer AND partition.id = host
  WHERE entry IS NOT NULL AND software_url IS NOT NULL`;

export class Directory implements MasterDirectory {
  readonly #database: Database;
  readonly #partitions: Partitions;

  constructor(database: Database, partitions: Partitions) {
    this.#database = database;
    this.#partitions = partitions;
  }

  listComputers(): ComputerSummary[] {
    return this.#database
      .all('SELECT id, address, netmask FROM computer ORDER BY computer.rowid')
      .map(computerSummary);
  }

  getComputer(computerId: string): ComputerSummary {
    const row = this.#database.one('SELECT id, address, netmask FROM computer WHERE id = ?', computerId);
    if (row === undefined) throw new SlapError('unknown-computer', `${computerId} is not registered.`);
    return computerSummary(row);
  }

  listSoftware(computerId: string): SoftwareReleaseRecord[] {
    this.getComputer(computerId);
    return this.softwareOf(computerId);
  }

  /** Also of a computer that is not formatted yet; in the order of the last supply. */
  softwareOf(computerId: string): SoftwareReleaseRecord[] {
    return this.#database
      .all('SELECT url, requested_state FROM software WHERE computer = ? ORDER BY position', computerId)
      .map((row) => ({
        url: String(row['url']),
        requestedState: row['requested_state'] === 'destroyed' ? 'destroyed' : 'available',
      }));
  }

  listInstances(query: InstanceQuery): InstanceRecord[] {
    const partitions = this.#partitions;
    switch (query.of) {
      case 'all':
        return this.#records(partitions.all(), this.#hosted(''));
      case 'roots':
        return query.name === undefined
          ? this.#records(partitions.roots(), this.#hosted("AND shared_instance.requested_by = ''"))
          : this.#records(
              [partitions.findInstance(query.name, '')].filter((row) => row !== undefined),
              this.#hosted("AND shared_instance.requested_by = '' AND shared_instance.name = ?", query.name),
            );
      case 'tree':
        return this.#records(
          partitions.tree(query.root),
          this.#hosted('AND shared_instance.requested_by = ?', query.root),
        );
      case 'name':
        return this.#records(
          partitions.named(query.name),
          this.#hosted('AND shared_instance.name = ?', query.name),
        );
      case 'computer':
        this.getComputer(query.computerId);
        return this.#records(partitions.busyOfComputer(query.computerId), []);
      case 'host':
        return this.#records(
          [],
          this.#hosted(
            'AND shared_instance.computer = ? AND host = ?',
            query.partition.computerId,
            query.partition.partitionId,
          ),
        );
      default:
        return query satisfies never;
    }
  }

  getInstance(guid: string): InstanceRecord {
    const keys = instanceKeysOf(guid);
    const [first] = keys;
    if (first === undefined) throw new SlapError('bad-guid', `instance_guid ${guid} not handled.`);
    const [found, ...others] = keys.map((key) => this.#find(key)).filter((record) => record !== undefined);
    // Two instances that could be meant are none that is known.
    if (found !== undefined && others.length === 0) return found;
    throw first.shared
      ? new SlapError('unknown-shared-instance', `No shared instance ${guid} found.`)
      : new SlapError('unknown-instance', `No software instance ${guid} found.`);
  }

  #find({ name, requestedBy, shared }: InstanceKey): InstanceRecord | undefined {
    if (!shared) {
      const row = this.#partitions.findInstance(name, requestedBy);
      return row === undefined ? undefined : this.#ownRecord(row);
    }
    const condition = 'AND shared_instance.name = ? AND shared_instance.requested_by = ?';
    const [row] = this.#hosted(condition, name, requestedBy);
    return row === undefined ? undefined : this.#sharedRecord(row);
  }

  getInstanceOfPartition(partition: PartitionReference): InstanceRecord {
    const row = this.#partitions.findBusy(partition);
    if (row === undefined) {
      throw new SlapError('unknown-instance', `No instance on partition ${partition.partitionId} found.`);
    }
    return this.#ownRecord(row);
  }

  /** What nodes report is shown elsewhere. */
  getComputerStatus(_computerId: string): null {
    return null;
  }

  #hosted(condition: string, ...values: string[]): HostedRow[] {
    return this.#database.all(`${HOSTED} ${condition} ORDER BY place`, ...values).map(hostedRow);
  }

  #records(own: readonly BusyRow[], shared: readonly HostedRow[]): InstanceRecord[] {
    return [...own.map((row) => this.#ownRecord(row)), ...shared.map((row) => this.#sharedRecord(row))];
  }

  #ownRecord(row: BusyRow): InstanceRecord {
    return {
      guid: instanceKeyGuid({ name: row.name, requestedBy: row.requested_by, shared: false }),
      name: row.name,
      requestedBy: row.requested_by,
      shared: false,
      computerId: row.computer,
      partitionId: row.id,
      sharedReference: null,
      softwareUrl: row.software_url,
      softwareType: row.software_type,
      requestedState: row.requested_state,
      parameters: row.parameters,
      filter: {},
      connection: row.connection,
      ipList: this.#partitions.ipList(row),
      hosted: this.#partitions.hostedEntries(row),
      modified: row.timestamp,
      accessStatus: null,
    };
  }

  #sharedRecord(row: HostedRow): InstanceRecord {
    const entry = readMarshal(row.entry);
    const { softwareType, parameters } = partsOfEntry(isDictionary(entry) ? entry : {});
    return {
      guid: instanceKeyGuid({ name: row.name, requestedBy: row.requested_by, shared: true }),
      name: row.name,
      requestedBy: row.requested_by,
      shared: true,
      computerId: row.computer,
      partitionId: row.host,
      sharedReference: row.reference,
      softwareUrl: row.software_url,
      softwareType: softwareType || row.software_type,
      requestedState: 'started',
      parameters,
      filter: {},
      connection: row.connection,
      ipList: this.#partitions.ipList({ computer: row.computer, id: row.host }),
      hosted: null,
      modified: row.timestamp,
      accessStatus: null,
    };
  }
}

/** An empty text is what a node that does not tell leaves. */
function computerSummary(row: Record<string, unknown>): ComputerSummary {
  return {
    computerId: String(row['id']),
    address: String(row['address']) || null,
    netmask: String(row['netmask']) || null,
  };
}

/** What a host is told of a shared instance, without what names it (§7.6). */
function partsOfEntry(entry: SlapDictionary): { softwareType: string; parameters: SlapDictionary } {
  const { slap_software_type: type, slave_reference: _reference, slave_title: _title, ...parameters } = entry;
  return { softwareType: typeof type === 'string' ? type : '', parameters };
}
