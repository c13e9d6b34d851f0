/**
 * Time stamps of instances (§9.2): opaque texts to those who read them, of which no two changes may have the same. They grow even
 * when the clock jumps back, over restarts too.
 */
import { pythonFloat } from '../../slap/python.ts';
import type { Database } from '../database.ts';

/** Seconds since 1970 with a decimal point, as upstream's; empty for an instance that has none. */
export function timestampText(microseconds: number | null): string {
  return microseconds === null ? '' : pythonFloat(microseconds / 1e6);
}

export class Timestamps {
  readonly #database: Database;
  readonly #clock: () => number;

  /** @param clock milliseconds since 1970. */
  constructor(database: Database, clock: () => number) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Microseconds since 1970, greater than all before. To be called in the transaction of the change. */
  next(): number {
    const last = Number(this.#database.one('SELECT last_timestamp AS last FROM proxy')?.['last'] ?? 0);
    const next = Math.max(Math.round(this.#clock() * 1000), last + 1);
    this.#database.run('UPDATE proxy SET last_timestamp = ?', next);
    return next;
  }
}
