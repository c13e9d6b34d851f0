/**
 * What a SlapOS Master can be asked, free of any wire format. The server side of each family translates its wire to this
 * interface, which the local proxy implements. Semantics: SLAP protocol of slapos.core 1.24 (requestComputerPartition §7,
 * supply §8, life cycle and bang §9).
 *
 * {@link SlapMaster} is what nodes and instances need: the client side offers it over HTTP. {@link MasterDirectory} is what people and
 * their programs look up besides. {@link ServedMaster} is both: what all families serve.
 */

import type { SlapDictionary, SlapValue } from './marshal/values.ts';

export type { SlapDictionary, SlapValue };

export type RequestedState = 'started' | 'stopped' | 'destroyed';

/** `(interface, address)`. */
export type IpPair = readonly [string, string];

export type SoftwareReleaseRecord = {
  url: string;
  requestedState: 'available' | 'destroyed';
};

/** A partition as a node or an instance sees it (§5.2). */
export type ComputerPartitionRecord = {
  computerId: string;
  partitionId: string;
  instanceGuid: string;
  /** null: the partition is free. */
  software: { url: string } | null;
  requestedState: string;
  /** The instance's own parameters only; what §5.2 adds is below. */
  parameters: Readonly<Record<string, string | null>>;
  connection: Readonly<Record<string, string | null>>;
  softwareType: string;
  instanceTitle: string;
  rootInstanceTitle: string;
  ipList: readonly IpPair[];
  sharedInstances: readonly Readonly<Record<string, SlapValue>>[];
  /** Opaque text; empty when never set. */
  timestamp: string;
  accessStatus: string | null;
};

export type ComputerRecord = {
  computerId: string;
  partitions: readonly ComputerPartitionRecord[];
  software: readonly SoftwareReleaseRecord[];
};

/** The computer document of format (§14.3), reduced to what a master must know; the rest is kept as it came. */
export type ComputerDocument = {
  reference: string;
  /** The computer's own; null when the node does not tell. */
  address: string | null;
  netmask: string | null;
  partitions: readonly {
    reference: string;
    /** Name of the interface, for every address that names none. */
    interfaceName: string;
    addresses: readonly { address: string; netmask: string; interfaceName?: string }[];
  }[];
};

export type InstanceRequest = {
  softwareUrl: string;
  softwareType: string;
  /** The name of the instance (`partition_reference`). */
  name: string;
  state: RequestedState | null;
  parameters: Readonly<Record<string, SlapValue>>;
  filter: Readonly<Record<string, SlapValue>>;
  shared: boolean;
  /** The requesting partition; null: a person. */
  requester: { computerId: string; partitionId: string } | null;
  /** Only change an instance that is there: `unknown-instance` otherwise. */
  isKnown?: boolean;
};

/** Answer of a request (§5.4). */
export type SoftwareInstanceRecord = {
  /** As in {@link InstanceRecord}. */
  guid: string;
  computerId: string;
  partitionId: string;
  /** What nodes call the instance; empty for a shared one. */
  instanceGuid: string;
  /** Name of the root of its tree. */
  rootInstanceTitle: string;
  requestedState: string;
  softwareUrl: string;
  softwareType: string;
  parameters: Readonly<Record<string, string | null>>;
  timestamp: string;
  connection: Readonly<Record<string, string | null>>;
  /** The stored document (§4), or null when nothing was ever published. */
  connectionXml: string | null;
  ipList: readonly IpPair[];
  shared: boolean;
  /** What the request did; left out by a client whose wire does not tell. */
  outcome?: 'created' | 'updated' | 'unchanged';
};

export type ComputerSummary = { computerId: string; address: string | null; netmask: string | null };

/** An instance, shared or not, as people see it. */
export type InstanceRecord = {
  /** Names this instance and no other, to whoever looks it up; opaque. */
  guid: string;
  name: string;
  /** Name of the root of its tree; empty when a person asked for it, so that it is a root itself. */
  requestedBy: string;
  shared: boolean;
  /** Where it is; for a shared one its host. */
  computerId: string;
  partitionId: string;
  /** By what the host publishes for it; null unless it is shared. */
  sharedReference: string | null;
  softwareUrl: string;
  softwareType: string;
  requestedState: RequestedState;
  /** As they are stored: a shared instance's keep their kinds. */
  parameters: SlapDictionary;
  filter: SlapDictionary;
  /** null until something is published. */
  connection: Readonly<Record<string, string | null>> | null;
  /** Of its partition. */
  ipList: readonly IpPair[];
  /** What it hosts, as its host is told (§5.2); null when it never had a shared instance. */
  hosted: readonly SlapDictionary[] | null;
  /** Microseconds since 1970; null when never set. A shared instance has its host's. */
  modified: number | null;
  accessStatus: string | null;
};

/** Which instances are looked up; in the order of their partitions, shared ones last. */
export type InstanceQuery =
  /** All that the caller may see. */
  | { of: 'all' }
  /** Those that people asked for, or the ones of that name among them. */
  | { of: 'roots'; name?: string }
  /** A root and all that it asked for, directly or not. */
  | { of: 'tree'; root: string }
  /** Of that name, whoever asked for them. */
  | { of: 'name'; name: string }
  /** In the partitions of a computer; no shared ones. */
  | { of: 'computer'; computerId: string }
  /** Shared instances of one host. */
  | { of: 'host'; partition: PartitionReference };

type Awaitable<T> = T | Promise<T>;

export type PartitionReference = { computerId: string; partitionId: string };

/**
 * Errors are {@link import('./errors.ts').SlapError}s. Every call is idempotent unless its comment says otherwise.
 */
export interface SlapMaster {
  getFullComputerInformation(computerId: string): Awaitable<ComputerRecord>;
  loadComputerConfiguration(document: ComputerDocument): Awaitable<void>;
  supply(url: string, computerId: string, state: 'available' | 'destroyed'): Awaitable<void>;
  reportSoftware(
    url: string,
    computerId: string,
    report: { state: 'building' | 'available' | 'destroyed' } | { state: 'error'; log: string },
  ): Awaitable<void>;
  requestComputerPartition(request: InstanceRequest): Awaitable<SoftwareInstanceRecord>;
  registerComputerPartition(partition: PartitionReference): Awaitable<ComputerPartitionRecord>;
  setConnectionParameters(
    partition: PartitionReference,
    connection: Readonly<Record<string, SlapValue>>,
    sharedReference: string | null,
  ): Awaitable<void>;
  reportInstance(
    partition: PartitionReference,
    report: { state: 'started' | 'stopped' | 'destroyed' } | { state: 'error'; log: string },
  ): Awaitable<void>;
  bangInstance(partition: PartitionReference, message: string): Awaitable<void>;
  bangComputer(computerId: string, message: string): Awaitable<void>;
  renameInstance(partition: PartitionReference, newName: string): Awaitable<void>;
  /** Software release URLs of a product, best first (§6.2). */
  softwareReleasesOfProduct(product: string): Awaitable<readonly string[]>;
  getPartitionCertificate(partition: PartitionReference): Awaitable<{ certificate: string; key: string }>;
  /** @param usage an XML document (§15.6), passed on as it is. */
  reportUsage(computerId: string, usage: string): Awaitable<void>;
}

/**
 * Looking up what the master knows. Nothing here changes anything.
 */
export interface MasterDirectory {
  /** Formatted computers, in the order of their first format. */
  listComputers(): Awaitable<readonly ComputerSummary[]>;
  /** @throws SlapError `unknown-computer`, as the next. */
  getComputer(computerId: string): Awaitable<ComputerSummary>;
  /** Everything supplied to a formatted computer or to be removed there. */
  listSoftware(computerId: string): Awaitable<readonly SoftwareReleaseRecord[]>;
  /** @throws SlapError `unknown-computer` when that is asked for. */
  listInstances(query: InstanceQuery): Awaitable<readonly InstanceRecord[]>;
  /** @throws SlapError `bad-guid`, `unknown-instance`, `unknown-shared-instance`. */
  getInstance(guid: string): Awaitable<InstanceRecord>;
  /** The instance in a partition. @throws SlapError `unknown-instance` also when it is free. */
  getInstanceOfPartition(partition: PartitionReference): Awaitable<InstanceRecord>;
  /** What the node told last, in words; null when that is not kept. */
  getComputerStatus(computerId: string): Awaitable<string | null>;
}

/** What the server side of every family asks. */
export interface ServedMaster extends SlapMaster, MasterDirectory {
  /** Not idempotent: each call makes a pair. Both empty when this master has no authority. */
  generateComputerCertificate(computerId: string): Awaitable<{ certificate: string; key: string }>;
  revokeComputerCertificate(computerId: string): Awaitable<void>;
}
