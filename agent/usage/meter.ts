/**
 * How what partitions use is read from the kernel. Two ways, by what the machine allows: their control groups (`group-meter.ts`), or
 * their processes (`tree-meter.ts`).
 */

/** Partitions that have processes: id → pids of its shims. */
export type RunningPartitions = ReadonlyMap<string, readonly number[]>;

export type Reading = {
  /**
   * Processor time in seconds by counter. A counter's name is never given to another, not even after a boot; one that is missing has
   * ended, and a new one began at zero.
   */
  cpuSeconds: ReadonlyMap<string, number>;
  /** Its own pages and shared memory; no cache of files. */
  memoryBytes: number;
  processes: number;
};

export interface Meter {
  /** Starts nothing and waits for nothing. A partition that has ended meanwhile is left out. */
  read(partitions: RunningPartitions): Map<string, Reading>;
}
