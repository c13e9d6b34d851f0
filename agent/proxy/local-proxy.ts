/**
 * The local SlapOS Master: computers, software and instances in one SQLite file, with the behaviour of upstream's slapproxy (§6–§9).
 * `docs/compatibility.md` lists what differs on purpose.
 *
 * A call that fails has written nothing; listeners hear of a change once it is committed. Refusals are SlapErrors; a full or read-only
 * disk is a SlapgridError.
 */
import { SlapError } from '../../slap/errors.ts';
import type {
  ComputerDocument,
  ComputerPartitionRecord,
  ComputerRecord,
  ComputerSummary,
  InstanceQuery,
  InstanceRecord,
  InstanceRequest,
  PartitionReference,
  RequestedState,
  ServedMaster,
  SlapValue,
  SoftwareInstanceRecord,
  SoftwareReleaseRecord,
} from '../../slap/master.ts';
import type { Database } from '../database.ts';
import type { ChangeContext, ProxyChange, ProxyListener } from './changes.ts';
import { Directory } from './directory.ts';
import { formatComputer } from './formatting.ts';
import { childrenRemain, freeUnlessChildren } from './freeing.ts';
import { instanceGuid, Partitions, rootName, unknownPartition } from './partitions.ts';
import { renameInstance } from './renaming.ts';
import { requestInstance, type RequestOutcome } from './requests.ts';
import { type RestorableInstance, restoreInstances, type Restoration } from './restoring.ts';
import { type BusyRow, storedJson } from './rows.ts';
import { checkedParameters, checkedReference, checkedUrl } from './texts.ts';
import { storageError } from './storage-errors.ts';
import { timestampText, Timestamps } from './timestamps.ts';

/** A busy partition. */
export type ProxyInstance = {
  name: string;
  /** Name of the root of its tree; empty when a person asked. */
  requestedBy: string;
  guid: string;
  computerId: string;
  partitionId: string;
  softwareUrl: string;
  softwareType: string;
  /** As stored: texts, null for an empty one. */
  parameters: Readonly<Record<string, string | null>>;
  requestedState: RequestedState;
  timestamp: string;
  /** Empty until something was published. */
  connection: Readonly<Record<string, string | null>>;
};

export type LocalProxyOptions = {
  database: Database;
  /** The computer that requests go to unless they name another; it is known before it is formatted. */
  computerId: string;
  /** Software release URLs of a product by its name, best first; none when left out. */
  products?: (product: string) => readonly string[];
  /** Milliseconds since 1970. */
  clock?: () => number;
};

export class LocalProxy implements ServedMaster {
  readonly computerId: string;
  readonly #database: Database;
  readonly #products: (product: string) => readonly string[];
  readonly #partitions: Partitions;
  readonly #directory: Directory;
  readonly #timestamps: Timestamps;
  readonly #listeners = new Set<ProxyListener>();

  constructor(options: LocalProxyOptions) {
    this.computerId = options.computerId;
    this.#database = options.database;
    this.#products = options.products ?? (() => []);
    this.#partitions = new Partitions(options.database);
    this.#directory = new Directory(options.database, this.#partitions);
    this.#timestamps = new Timestamps(
      options.database,
      options.clock ?? (() => performance.timeOrigin + performance.now()),
    );
  }

  /** Calls `listener` after each committed change, in their order; it must not throw. Returns how to end that. */
  onChange(listener: ProxyListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Runs `work` whole or not at all, then tells what changed. */
  #change<Result>(work: (context: ChangeContext) => Result): Result {
    const changes: ProxyChange[] = [];
    const context = {
      database: this.#database,
      partitions: this.#partitions,
      timestamps: this.#timestamps,
      changed: (change: ProxyChange) => void changes.push(change),
    };
    const result = this.#transaction(() => work(context));
    for (const change of changes) {
      for (const listener of this.#listeners) listener(change);
    }
    return result;
  }

  #transaction<Result>(work: () => Result): Result {
    try {
      return this.#database.transaction(work);
    } catch (error) {
      const file = this.#database.one('PRAGMA database_list')?.['file'];
      throw storageError(error, typeof file === 'string' ? file : '');
    }
  }

  // Computers

  getFullComputerInformation(computerId: string): ComputerRecord {
    const isKnown =
      computerId === this.computerId ||
      this.#database.one('SELECT 1 FROM computer WHERE id = ?', computerId) !== undefined;
    if (!isKnown) throw new SlapError('unknown-computer', `${computerId} is not registered.`);
    return {
      computerId,
      partitions: this.#partitions.recordsOfComputer(computerId),
      software: this.softwareList(computerId),
    };
  }

  /** Format (§6.1). */
  loadComputerConfiguration(document: ComputerDocument): void {
    this.#change((context) => formatComputer(context, document));
  }

  /** Asks the node to look at everything again; nothing is stored. */
  bangComputer(computerId: string, _message: string): void {
    this.#change(({ changed }) => changed({ kind: 'bang', computerId }));
  }

  /** Usage is metered elsewhere. */
  reportUsage(_computerId: string, _usage: string): void {}

  // Software

  supply(url: string, computerId: string, state: 'available' | 'destroyed'): void {
    checkedUrl(url);
    checkedReference(computerId);
    this.#change(({ changed }) => {
      // The entry moves to the end of the list (§6.2).
      this.#database.run('DELETE FROM software WHERE computer = ? AND url = ?', computerId, url);
      this.#database.run(
        'INSERT INTO software (computer, url, requested_state) VALUES (?, ?, ?)',
        computerId,
        url,
        state,
      );
      changed({ kind: 'supply', computerId, url });
    });
  }

  /** Only the end of a removal is kept (§8). */
  reportSoftware(url: string, computerId: string, report: { state: string }): void {
    if (report.state === 'destroyed') this.#removeSoftware(url, computerId, 'TRUE');
  }

  /**
   * Takes software off the list, unless somebody asked for it again since its removal began.
   * @returns whether it is off the list.
   */
  releaseSoftware(url: string, computerId: string): boolean {
    return this.#removeSoftware(url, computerId, "requested_state = 'destroyed'");
  }

  #removeSoftware(url: string, computerId: string, condition: string): boolean {
    return this.#change(({ changed }) => {
      const sql = `DELETE FROM software WHERE computer = ? AND url = ? AND ${condition}`;
      const isRemoved = this.#database.run(sql, computerId, url) > 0;
      if (isRemoved) changed({ kind: 'software-freed', computerId, url });
      return isRemoved;
    });
  }

  /** Everything supplied or to be removed, in the order of the last supply. */
  softwareList(computerId: string): SoftwareReleaseRecord[] {
    return this.#directory.softwareOf(computerId);
  }

  softwareReleasesOfProduct(product: string): readonly string[] {
    return this.#products(product);
  }

  // Instances

  requestComputerPartition(request: InstanceRequest): SoftwareInstanceRecord {
    const { instance, outcome } = this.requestWithOutcome(request);
    return { ...instance, outcome };
  }

  /** requestComputerPartition (§7), telling what it did. */
  requestWithOutcome(request: InstanceRequest): RequestOutcome {
    return this.#change((context) =>
      requestInstance({ ...context, defaultComputerId: this.computerId }, request),
    );
  }

  registerComputerPartition(partition: PartitionReference): ComputerPartitionRecord {
    const row = this.#partitions.find(partition);
    if (row === undefined) throw unknownPartition(partition);
    return this.#partitions.record(row);
  }

  /**
   * Replaces what an instance publishes (§6.4), or what a host publishes for a shared instance that it has. Unknown ones are
   * passed over in silence, as upstream does.
   */
  setConnectionParameters(
    partition: PartitionReference,
    connection: Readonly<Record<string, SlapValue>>,
    sharedReference: string | null,
  ): void {
    const stored = storedJson(checkedParameters(connection));
    const { computerId, partitionId } = partition;
    this.#change(({ changed }) => {
      const written =
        sharedReference === null
          ? this.#database.run(
              `UPDATE partition SET connection = ?1
               WHERE computer = ?2 AND id = ?3 AND software_url IS NOT NULL AND connection IS NOT ?1`,
              stored,
              computerId,
              partitionId,
            )
          : this.#database.run(
              `UPDATE shared_instance SET connection = ?1
               WHERE computer = ?2 AND host = ?3 AND reference = ?4 AND connection IS NOT ?1`,
              stored,
              computerId,
              partitionId,
              sharedReference,
            );
      if (written > 0) changed({ kind: 'published', computerId, partitionId });
    });
  }

  /** Only the end of a destruction is kept (§9.1): it frees the partition, whatever was requested. */
  reportInstance(partition: PartitionReference, report: { state: string }): void {
    if (report.state !== 'destroyed') return;
    const row = this.#partitions.find(partition);
    if (row === undefined) throw unknownPartition(partition);
    if (row.software_url === null) return;
    this.#free(partition);
  }

  /**
   * Frees a partition whose instance is gone, unless somebody asked for the instance again since its destruction began.
   * @returns whether it is free.
   * @throws SlapError `children-remain`.
   */
  releasePartition(partition: PartitionReference): boolean {
    const row = this.#partitions.findBusy(partition);
    if (row !== undefined && row.requested_state !== 'destroyed') return false;
    if (row !== undefined) this.#free(partition);
    return true;
  }

  #free(partition: PartitionReference): void {
    const children = this.#change((context) => freeUnlessChildren(context, partition));
    if (children.length > 0) throw childrenRemain(children);
  }

  /** The whole tree of an instance is processed again (§9.4). */
  bangInstance(partition: PartitionReference, _message: string): void {
    this.#change(({ changed }) => {
      const row = this.#partitions.findBusy(partition);
      if (row === undefined) return;
      const timestamp = this.#timestamps.next();
      for (const member of this.#partitions.tree(rootName(row))) {
        this.#partitions.touch(member, timestamp);
        changed({ kind: 'bang', computerId: member.computer, partitionId: member.id });
      }
    });
  }

  /** Renames an instance; the descendants of a root stay its own (§6.3). */
  renameInstance(partition: PartitionReference, newName: string): void {
    this.#change((context) => renameInstance(context, partition, newName));
  }

  /** The local master has no authority of its own (§6.4). */
  getPartitionCertificate(_partition: PartitionReference): { certificate: string; key: string } {
    return { certificate: '', key: '' };
  }

  generateComputerCertificate(_computerId: string): { certificate: string; key: string } {
    return { certificate: '', key: '' };
  }

  revokeComputerCertificate(_computerId: string): void {}

  // Looking up

  listComputers(): ComputerSummary[] {
    return this.#directory.listComputers();
  }

  getComputer(computerId: string): ComputerSummary {
    return this.#directory.getComputer(computerId);
  }

  listSoftware(computerId: string): SoftwareReleaseRecord[] {
    return this.#directory.listSoftware(computerId);
  }

  listInstances(query: InstanceQuery): InstanceRecord[] {
    return this.#directory.listInstances(query);
  }

  getInstance(guid: string): InstanceRecord {
    return this.#directory.getInstance(guid);
  }

  getInstanceOfPartition(partition: PartitionReference): InstanceRecord {
    return this.#directory.getInstanceOfPartition(partition);
  }

  getComputerStatus(computerId: string): string | null {
    return this.#directory.getComputerStatus(computerId);
  }

  // For the agent

  /** Grows with every change of what is known here. */
  get changes(): number {
    return this.#database.changes;
  }

  /** Name of the root of the tree whose instance is in a partition; null for a free or unknown one. */
  rootOf(partition: PartitionReference): string | null {
    const row = this.#partitions.findBusy(partition);
    return row === undefined ? null : rootName(row);
  }

  /** All instances, in the order of their partitions. */
  instances(): ProxyInstance[] {
    return this.#partitions.all().map(proxyInstance);
  }

  /** @param requestedBy root of its tree; left out for an instance that a person asked for. */
  instanceByName(name: string, requestedBy = ''): ProxyInstance | undefined {
    const row = this.#partitions.findInstance(name, requestedBy);
    return row === undefined ? undefined : proxyInstance(row);
  }

  isBusy(partition: PartitionReference): boolean {
    return this.#partitions.findBusy(partition) !== undefined;
  }

  /**
   * Puts instances of this computer back where they were, after the database was lost. A partition that has an instance keeps it, and so
   * does a name, so doing it twice changes nothing.
   * @returns the partitions that have their instance again, and those whose record was passed over.
   */
  restore(records: readonly RestorableInstance[]): Restoration {
    return this.#change((context) => restoreInstances(context, this.computerId, records));
  }
}

function proxyInstance(row: BusyRow): ProxyInstance {
  return {
    name: row.name,
    requestedBy: row.requested_by,
    guid: instanceGuid(row),
    computerId: row.computer,
    partitionId: row.id,
    softwareUrl: row.software_url,
    softwareType: row.software_type,
    parameters: row.parameters,
    requestedState: row.requested_state,
    timestamp: timestampText(row.timestamp),
    connection: row.connection ?? {},
  };
}
