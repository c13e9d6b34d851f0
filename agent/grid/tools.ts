/** What the grid works with. Narrow interfaces, so that each part can be tried without the others. */
import type { PartitionReference, SlapMaster } from '../../slap/master.ts';
import type { Owner } from '../api/contract.ts';
import type { Clock } from '../clock.ts';
import type { SlapgridError } from '../errors.ts';
import type { PartitionLayout } from '../node/format.ts';
import type { Way } from '../sandbox/egress.ts';
import type { PartitionIdentity, RoutedSandbox, Sandbox } from '../sandbox/types.ts';
import type { ProfileRenderer } from '../software/types.ts';
import type { StateStore } from '../state.ts';
import type { Supervisor } from '../supervisor/types.ts';
import type { InstalledSoftware } from './installed-software.ts';
import type { SharedSoftware } from './shared-software.ts';

/** Kernel groups of partitions, where there are any. */
export interface PartitionGroups {
  /**
   * Makes the group, with the limits of what is hosted for others or without any; returns the files a new process
   * writes 0 to in order to be in it.
   */
  ensure(partitionId: string, isHosted: boolean): Promise<readonly string[]>;
  /** Kills all of it. Does nothing where there are no groups. Idempotent. */
  kill(partitionId: string): Promise<void>;
  /** Kills what is left and removes the group. Idempotent. */
  remove(partitionId: string): Promise<void>;
}

/** How many ports may be published. */
export interface PublishedPorts {
  /** Why a partition may not publish so many, before one is opened; or null. */
  refusal(partitionId: string, isHosted: boolean, wanted: number): SlapgridError | null;
}

/** How fast what is hosted for others may use the network. */
export interface HeldRates {
  /** To be asked when the partition's network is there, before anything uses it. Idempotent. */
  hold(partitionId: string, identity: PartitionIdentity, holder: number): Promise<void>;
}

/** Tells of partitions that took more than they may, where the kernel does not keep them from it. */
export interface Overuse {
  /** @returns the unsubscriber. */
  follow(follower: {
    /** It is held still, and is to be stopped for this. */
    exceeded(partitionId: string, error: SlapgridError): void;
    /** It may go on, because it was given more. */
    fits(partitionId: string): void;
  }): () => void;
}

/** Holds everything of a partition still, and lets it go on. */
export interface PartitionFreezer {
  /**
   * No process of the partition runs any more, those that begin meanwhile included. Idempotent. Takes far less than a second.
   * @returns false: it cannot be done here.
   */
  freeze(partitionId: string): Promise<boolean>;
  /** Idempotent. */
  thaw(partitionId: string): Promise<void>;
}

/** What an instance is to be admitted as. */
export type Applicant = {
  masterId: string;
  partitionId: string;
  /** Its name. */
  instance: string;
  owner: Owner;
};

/** Decides about what is for others, before anything of it is on this computer. */
export interface Admission {
  /** Why it may not be here, or null. A person's own are always admitted. */
  refusal(applicant: Applicant): SlapgridError | null;
  /** Why software may not be brought here that a master supplies, or null. */
  softwareRefusal(supplied: Pick<Applicant, 'masterId' | 'owner'> & { url: string }): SlapgridError | null;
}

/** What is done inside a partition's folders as the partition's user. */
export interface PartitionFiles {
  /** Removes everything in `folders` (not the folders). Idempotent. */
  deleteContents(identity: PartitionIdentity, folders: readonly string[]): Promise<void>;
  /** Whether `relative` exists below `folder`, looked up without following anything a payload made. */
  exists(folder: string, relative: string): Promise<boolean>;
}

/**
 * The last word of a destruction. On the wire it is “destroyed” without condition, and what was requested again meanwhile would be
 * lost with it; a master in the same process can look first.
 */
export interface Releases {
  /**
   * Frees the partition if it is still to be destroyed.
   * @returns false when it was requested again.
   * @throws SlapError `children-remain`: a root that goes after its children. Another one: it could not be told.
   */
  partition(partition: PartitionReference): Promise<boolean>;
  /** Takes the software off the list if it is still to be destroyed. */
  software(url: string): Promise<boolean>;
}

/** A master as an instance reaches it from inside its partition. */
export type InsideMaster = {
  /** A capability of the instance alone. */
  url: string;
  /** Of 127.0.0.1 inside. */
  port: number;
  /** On the host: where the master listens for this partition. */
  socket: string;
};

/** The way out of partitions that may have one. */
export interface Ways {
  /** What partitions of an owner may reach; null: nothing. */
  wayOf(owner: Owner): Way | null;
  planRouter: RoutedSandbox['planRouter'];
  planWay: RoutedSandbox['planWay'];
}

/** Addresses of this computer that others than itself may reach. */
export interface PublicDoors {
  /** Those on which the doors of an owner's partitions listen now, besides their own of the loopback. */
  addressesOf(owner: Owner): readonly string[];
  /** The one that is published; null: the partition's own. */
  publishedOf(owner: Owner): string | null;
}

export type GridTools = {
  master: SlapMaster;
  releases: Releases;
  /** As the state tree names it: `LOCAL_MASTER`, or the id of one that was joined. */
  masterId: string;
  computerId: string;
  /** Whose the instances are. */
  owner: Owner;
  supervisor: Supervisor;
  sandbox: Sandbox;
  software: InstalledSoftware;
  /** The other grids of this computer, as far as software goes. */
  shared: SharedSoftware;
  renderer: ProfileRenderer;
  groups: PartitionGroups | null;
  /** Left out: nothing can be frozen. */
  freezer?: PartitionFreezer;
  /** Left out: as many as the software asks for. */
  ports?: PublishedPorts;
  /** Left out: as fast as it goes. */
  rates?: HeldRates;
  /** Left out: nothing is told. */
  overuse?: Overuse;
  /** Left out: everything is admitted. */
  admission?: Admission;
  /** Left out: doors listen on the loopback alone. */
  doors?: PublicDoors;
  /** Left out: no partition has a way out. */
  ways?: Ways;
  files: PartitionFiles;
  /** The certificate of an instance in this master's eyes; left out: it gives none. @throws SlapError */
  certificateOf?(this: void, partition: PartitionReference): Promise<{ certificate: string; key: string }>;
  /** Lets the instance of a partition reach this master; left out where a master cannot be reached from inside. */
  inside?(this: void, layout: PartitionLayout): Promise<InsideMaster>;
  store: StateStore;
  clock: Clock;
  /** Told about what should not happen: a failure without words of its own. */
  onFault: (error: unknown) => void;
};
