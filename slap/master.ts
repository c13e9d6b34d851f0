/**
 * What a SlapOS Master can be asked, free of any wire format. The server side (classic family today) translates a wire
 * to this interface; the local proxy implements it; the client side offers it over HTTP. Semantics: SLAP protocol of
 * slapos.core 1.24, classic family (requestComputerPartition §7, supply §8, life cycle and bang §9).
 */

import type { SlapValue } from './marshal/values.ts';

export type { SlapValue };

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
  address: string;
  netmask: string;
  partitions: readonly {
    reference: string;
    /** Name of the interface: `tap.name`, or the partition's reference when that is empty. */
    interfaceName: string;
    addresses: readonly { address: string; netmask: string }[];
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
};

/** Answer of a request (§5.4). */
export type SoftwareInstanceRecord = {
  computerId: string;
  partitionId: string;
  instanceGuid: string;
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
};

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
