/**
 * How a version of the kernel's control groups lays out and limits the groups of partitions (cgroups(7)). A group is named by its path
 * below the bases: `slappart0`, `hosted`, `hosted/slappart20`.
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
  /**
   * Name of the file, in a group below `base`, that a process of one thread writes 0 to in order to join. `tasks` of version 1 moves a thread
   * that writes itself without waiting for every other processor, as `cgroup.procs` does: some ten milliseconds of each start.
   */
  joinFile(this: void, base: string): 'tasks' | 'cgroup.procs';
  /** Makes the bases usable. Idempotent. */
  prepare(): Promise<void>;
  /** Lets a group that exists below every base have groups of its own. Idempotent. */
  divide(group: string): Promise<void>;
  /** Sets the limits of a group that exists below every base. */
  limit(group: string, limits: CgroupLimits): Promise<void>;
  /** Out of memory, it ends as a whole, where the kernel can; else the largest of its processes does. */
  endWhole(group: string): Promise<void>;
  /** How much processor time it gets when others want it too; 1 is what a group has by itself. */
  weigh(group: string, weight: number): Promise<void>;
  /** null: there is no such group. */
  usage(group: string): CgroupUsage | null;
  /** How the group is held still. */
  readonly freezer: GroupFreezer;
}

/** Of one group. */
export interface GroupFreezer {
  /** Asks for it; the kernel may still be at it. */
  ask(group: string, frozen: boolean): Promise<void>;
  /** `frozen`: nothing of it runs. `freezing`: that was asked for. null: there is no such group. */
  state(group: string): 'running' | 'freezing' | 'frozen' | null;
}

/** Length of the period in which CPU time is rationed, in microseconds (the kernel's own default). */
export const CPU_PERIOD = 100_000;
