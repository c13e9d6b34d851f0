/**
 * Computers, partitions and the instances in them, as rows and as the records of the protocol.
 */
import { SlapError } from '../../slap/errors.ts';
import { readMarshal } from '../../slap/marshal/read.ts';
import { isDictionary, type SlapDictionary } from '../../slap/marshal/values.ts';
import { writeInstanceXml } from '../../slap/instance-xml.ts';
import type {
  ComputerPartitionRecord,
  IpPair,
  PartitionReference,
  SoftwareInstanceRecord,
} from '../../slap/master.ts';
import { pythonRepr } from '../../slap/python.ts';
import type { Database } from '../database.ts';
import { instanceKeyGuid } from './guids.ts';
import { type BusyRow, isBusy, type PartitionRow, partitionRow } from './rows.ts';
import { timestampText } from './timestamps.ts';

const COLUMNS =
  'computer, id, software_url, software_type, name, requested_by, requested_state, parameters, connection, timestamp';

type Place = Pick<PartitionRow, 'computer' | 'id'>;

export class Partitions {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  #one(condition: string, ...values: (string | number)[]): PartitionRow | undefined {
    const sql = `SELECT ${COLUMNS} FROM partition WHERE ${condition} ORDER BY position LIMIT 1`;
    const row = this.#database.one(sql, ...values);
    return row === undefined ? undefined : partitionRow(row);
  }

  #busy(condition: string, ...values: (string | number)[]): BusyRow[] {
    const sql = `SELECT ${COLUMNS} FROM partition WHERE software_url IS NOT NULL AND ${condition} ORDER BY position`;
    return this.#database
      .all(sql, ...values)
      .map(partitionRow)
      .filter(isBusy);
  }

  find({ computerId, partitionId }: PartitionReference): PartitionRow | undefined {
    return this.#one('computer = ? AND id = ?', computerId, partitionId);
  }

  /** The instance in a partition; undefined for a free or unknown one. */
  findBusy(partition: PartitionReference): BusyRow | undefined {
    const row = this.find(partition);
    return row !== undefined && isBusy(row) ? row : undefined;
  }

  /** An instance by what identifies it (§7.3). */
  findInstance(name: string, requestedBy: string): BusyRow | undefined {
    return this.#busy('name = ? AND requested_by = ?', name, requestedBy)[0];
  }

  /** The first free partition of a computer (§7.4). */
  findFree(computerId: string): PartitionRow | undefined {
    return this.#one('computer = ? AND software_url IS NULL', computerId);
  }

  /** Partitions that can host a shared instance (§7.6), in their order. Empty type or partition: any. */
  findHosts(computerId: string, url: string, softwareType: string, partitionId: string): BusyRow[] {
    return this.#busy(
      "computer = ? AND software_url = ? AND (? IN ('', software_type)) AND (? IN ('', id))",
      computerId,
      url,
      softwareType,
      partitionId,
    );
  }

  all(): BusyRow[] {
    return this.#busy('TRUE');
  }

  /** Instances that people asked for. */
  roots(): BusyRow[] {
    return this.#busy("requested_by = ''");
  }

  /** Instances of that name, whoever asked for them. */
  named(name: string): BusyRow[] {
    return this.#busy('name = ?', name);
  }

  busyOfComputer(computerId: string): BusyRow[] {
    return this.#busy('computer = ?', computerId);
  }

  /** A root and everything that belongs to it (§7.2). */
  tree(root: string): BusyRow[] {
    return this.#busy("((name = ? AND requested_by = '') OR requested_by = ?)", root, root);
  }

  children(root: string): BusyRow[] {
    return this.#busy('requested_by = ?', root);
  }

  ofComputer(computerId: string): PartitionRow[] {
    const sql = `SELECT ${COLUMNS} FROM partition WHERE computer = ? ORDER BY position`;
    return this.#database.all(sql, computerId).map(partitionRow);
  }

  touch(row: PartitionRow, timestamp: number): void {
    this.#database.run(
      'UPDATE partition SET timestamp = ? WHERE computer = ? AND id = ?',
      timestamp,
      row.computer,
      row.id,
    );
  }

  /** Records of all partitions of a computer, with a fixed number of queries. */
  recordsOfComputer(computerId: string): ComputerPartitionRecord[] {
    const addresses = Map.groupBy(
      this.#database.all(
        'SELECT partition, interface, address FROM address WHERE computer = ? ORDER BY position',
        computerId,
      ),
      (row) => String(row['partition']),
    );
    const shared = Map.groupBy(
      this.#database.all(
        'SELECT host, entry FROM shared_instance WHERE computer = ? AND entry IS NOT NULL ORDER BY place',
        computerId,
      ),
      (row) => String(row['host']),
    );
    return this.ofComputer(computerId).map((row) =>
      partitionRecord(row, ipPairs(addresses.get(row.id) ?? []), sharedEntries(shared.get(row.id) ?? [])),
    );
  }

  record(row: PartitionRow): ComputerPartitionRecord {
    return partitionRecord(row, this.ipList(row), this.hostedEntries(row) ?? []);
  }

  /** What a host is told of its shared instances (§5.2); null when it never had one. */
  hostedEntries(row: Place): SlapDictionary[] | null {
    const rows = this.#database.all(
      'SELECT entry FROM shared_instance WHERE computer = ? AND host = ? ORDER BY place',
      row.computer,
      row.id,
    );
    return rows.length === 0 ? null : sharedEntries(rows.filter(({ entry }) => entry !== null));
  }

  ipList(row: Place): IpPair[] {
    return ipPairs(
      this.#database.all(
        'SELECT interface, address FROM address WHERE computer = ? AND partition = ? ORDER BY position',
        row.computer,
        row.id,
      ),
    );
  }

  /** What a request answers about the instance in a partition (§5.4). */
  instanceRecord(row: BusyRow, requestedState: string): SoftwareInstanceRecord {
    return {
      guid: instanceKeyGuid({ name: row.name, requestedBy: row.requested_by, shared: false }),
      computerId: row.computer,
      partitionId: row.id,
      instanceGuid: instanceGuid(row),
      rootInstanceTitle: rootName(row),
      requestedState,
      softwareUrl: row.software_url,
      softwareType: row.software_type,
      parameters: row.parameters,
      timestamp: timestampText(row.timestamp),
      connection: row.connection ?? {},
      connectionXml: row.connection === null ? null : writeInstanceXml(row.connection),
      ipList: this.ipList(row),
      shared: false,
    };
  }

  /** Takes the instance out (§6.4). The time stamp stays, and whoever had the partition's capability loses it. */
  free(row: PartitionRow): void {
    this.#database.run(
      `UPDATE partition SET software_url = NULL, software_type = '', name = '', requested_by = '',
       requested_state = 'started', parameters = '{}', connection = NULL WHERE computer = ? AND id = ?`,
      row.computer,
      row.id,
    );
    this.#database.run(
      'UPDATE shared_instance SET host = NULL, place = NULL, entry = NULL WHERE computer = ? AND host = ?',
      row.computer,
      row.id,
    );
    this.#database.run(
      "DELETE FROM capability WHERE scope = 'partition' AND computer = ? AND partition = ?",
      row.computer,
      row.id,
    );
  }
}

export function unknownPartition({ computerId, partitionId }: PartitionReference): SlapError {
  return new SlapError(
    'unknown-partition',
    `Unknown partition ${pythonRepr(partitionId)} on ${pythonRepr(computerId)}`,
  );
}

export function instanceGuid(row: PartitionRow): string {
  return `${row.computer}-${row.id}`;
}

/** The root of the tree an instance belongs to. */
export function rootName(row: PartitionRow): string {
  return row.requested_by || row.name;
}

function ipPairs(rows: readonly Record<string, unknown>[]): IpPair[] {
  return rows.map((row): IpPair => [String(row['interface']), String(row['address'])]);
}

function sharedEntries(rows: readonly Record<string, unknown>[]): SlapDictionary[] {
  return rows.map((row) => readMarshal(String(row['entry']))).filter((entry) => isDictionary(entry));
}

function partitionRecord(
  row: PartitionRow,
  ipList: readonly IpPair[],
  sharedInstances: readonly SlapDictionary[],
): ComputerPartitionRecord {
  return {
    computerId: row.computer,
    partitionId: row.id,
    instanceGuid: instanceGuid(row),
    software: row.software_url === null ? null : { url: row.software_url },
    requestedState: row.requested_state,
    parameters: row.parameters,
    connection: row.connection ?? {},
    softwareType: row.software_type,
    instanceTitle: row.name,
    rootInstanceTitle: rootName(row),
    ipList,
    sharedInstances,
    timestamp: timestampText(row.timestamp),
    accessStatus: null,
  };
}
