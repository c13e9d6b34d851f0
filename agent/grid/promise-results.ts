/**
 * The latest result of each promise, beside the instance: `promise/<title>.status.json`, with the members of §17.3. Out of the payload's
 * reach, and written when the result is another one, not at each check.
 */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../disk.ts';
import type { PartitionLayout } from '../node/format.ts';
import type { PromiseResult } from './promises.ts';

/** `test`: after services were started. `anomaly`: while they run. */
export type PromiseMode = 'test' | 'anomaly';

const TYPES = { test: 'Test Result', anomaly: 'Anomaly Result' } as const;

export class PromiseResults {
  readonly #folder: string;
  readonly #written = new Map<string, string>();
  #writing: Promise<void> = Promise.resolve();

  constructor(layout: PartitionLayout) {
    this.#folder = path.join(layout.paths.root, 'promise');
  }

  /** In the order of the calls. */
  keep(name: string, mode: PromiseMode, result: PromiseResult, at: Date): Promise<void> {
    const kept = this.#writing.then(() => this.#keep(name, mode, result, at));
    this.#writing = kept.catch(() => undefined);
    return kept;
  }

  /** Resolves when everything is written that was said so far. */
  settled(): Promise<void> {
    return this.#writing;
  }

  async #keep(name: string, mode: PromiseMode, result: PromiseResult, at: Date): Promise<void> {
    const facts = JSON.stringify([mode, result]);
    if (this.#written.get(name) === facts) return;
    const title = name.replaceAll('/', '-');
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await writeAtomically(
      path.join(this.#folder, `${title}.status.json`),
      `${JSON.stringify({
        title,
        name,
        result: {
          type: TYPES[mode],
          failed: !result.kept,
          date: `${at.toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length)}+0000`,
          message: result.message,
        },
      })}\n`,
    );
    this.#written.set(name, facts);
  }

  async removeAll(): Promise<void> {
    await this.settled();
    this.#written.clear();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
