/**
 * How much the data of partitions takes on the disk. Measuring walks through all of it, as the partition's user in a sandbox, so
 * it is done rarely and one at a time: when an instance has started or stopped, when a person looks at it, and every ten minutes
 * while it runs.
 */
import type { Clock } from '../clock.ts';

export type DiskSize = { bytes: number; at: number };

/** While a partition runs. */
const PERIOD_MILLISECONDS = 10 * 60_000;
/** Looked at again, a figure so young still does. */
const FRESH_MILLISECONDS = 30_000;

export type DiskGaugeOptions = {
  /** Measures the data of a partition; may fail. */
  measure: (partitionId: string, signal: AbortSignal) => Promise<number>;
  measured: (partitionId: string, size: DiskSize) => void;
  clock: Clock;
};

export class DiskGauge {
  readonly #options: DiskGaugeOptions;
  /** When each partition was measured last, or could not be. */
  readonly #tried = new Map<string, number>();
  readonly #waiting = new Set<string>();
  readonly #closing = new AbortController();
  #working: Promise<void> | null = null;

  constructor(options: DiskGaugeOptions) {
    this.#options = options;
  }

  /** Takes over what an earlier agent measured. */
  know(partitionId: string, at: number): void {
    this.#tried.set(partitionId, at);
  }

  forget(partitionId: string): void {
    this.#tried.delete(partitionId);
    this.#waiting.delete(partitionId);
  }

  /** Measures soon: something has changed. */
  changed(partitionId: string): void {
    this.#enqueue(partitionId);
  }

  /** Measures soon unless that was done half a minute ago. */
  looked(partitionId: string): void {
    if (this.#age(partitionId) > FRESH_MILLISECONDS) this.#enqueue(partitionId);
  }

  /** To be told of every now and then while it runs. */
  runs(partitionId: string): void {
    if (this.#age(partitionId) > PERIOD_MILLISECONDS) this.#enqueue(partitionId);
  }

  /** Milliseconds; a clock that was set back makes an age of none. */
  #age(partitionId: string): number {
    const at = this.#tried.get(partitionId);
    return at === undefined || at > this.#options.clock.now()
      ? Number.POSITIVE_INFINITY
      : this.#options.clock.now() - at;
  }

  #enqueue(partitionId: string): void {
    if (this.#closing.signal.aborted) return;
    this.#waiting.add(partitionId);
    this.#working ??= this.#work();
  }

  async #work(): Promise<void> {
    // What is asked for in one turn of the event loop is measured once.
    await Promise.resolve();
    for (const partitionId of this.#waiting) {
      this.#waiting.delete(partitionId);
      if (this.#closing.signal.aborted) break;
      this.#tried.set(partitionId, this.#options.clock.now());
      try {
        const bytes = await this.#options.measure(partitionId, this.#closing.signal);
        // Forgotten meanwhile: the data is of nobody any more.
        const at = this.#tried.get(partitionId);
        if (at !== undefined) this.#options.measured(partitionId, { bytes, at });
      } catch {
        // Not known, and asked again when its time has come: a curve is no reason for anything to fail.
      }
    }
    this.#working = null;
  }

  /** Ends a measurement under way and resolves when nothing of it is left. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#waiting.clear();
    await this.#working;
  }
}
