/**
 * How a version of the kernel's control groups lays out and limits a partition's group (cgroups(7)).
 */

/** null: no limit. */
export type CgroupLimits = {
  memoryBytes: number | null;
  processes: number | null;
  /** In CPUs: 0.5 is half of one. */
  cpus: number | null;
};

export type CgroupUsage = {
  /** Names the very group: another of the same partition has another. */
  group: string;
  /** Anonymous pages and shared memory (tmpfs included). The cache of files is not the partition's: it goes when room is needed. */
  memoryBytes: number;
  processes: number;
  /** Since the group was made. */
  cpuSeconds: number;
};

export interface CgroupHierarchy {
  /** Folders that contain the groups of all partitions. */
  readonly bases: readonly string[];
  /** Makes the bases usable. Idempotent. */
  prepare(): Promise<void>;
  /** Sets the limits of a group that exists below every base. */
  limit(partitionId: string, limits: CgroupLimits): Promise<void>;
  /** null: there is no such group. */
  usage(partitionId: string): CgroupUsage | null;
}

/** Length of the period in which CPU time is rationed, in microseconds (the kernel's own default). */
export const CPU_PERIOD = 100_000;
