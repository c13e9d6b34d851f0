/**
 * How much of the disk Slapgrid takes. Software is most of it, changes rarely and is slow to walk through, so its size is remembered
 * until other software is here; the data of instances is known from their usage.
 */
import { statfs } from 'node:fs/promises';
import type { Paths } from '../paths.ts';
import { bytesFreedBy } from '../software/trees/disk-usage.ts';

const REMEMBERED_MILLISECONDS = 10 * 60_000;

export class DataSize {
  readonly #paths: Paths;
  readonly #now: () => number;
  #remembered: { key: string; at: number; bytes: Promise<number> } | null = null;

  /** @param now milliseconds. */
  constructor(paths: Paths, now: () => number) {
    this.#paths = paths;
    this.#now = now;
  }

  /**
   * Bytes of software, runtime and the agent's own records.
   * @param softwareKey another text means that other software is here.
   */
  withoutInstances(softwareKey: string): Promise<number> {
    const now = this.#now();
    const last = this.#remembered;
    if (last !== null && last.key === softwareKey && now - last.at < REMEMBERED_MILLISECONDS)
      return last.bytes;
    const { runtime, software, private: records } = this.#paths;
    const bytes = bytesFreedBy([runtime, software, records]).catch(() => {
      // Something is being installed or removed right now: the next one to ask looks again.
      this.#remembered = null;
      return 0;
    });
    this.#remembered = { key: softwareKey, at: now, bytes };
    return bytes;
  }

  /** What may still be written. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#paths.home);
    return bavail * bsize;
  }
}
