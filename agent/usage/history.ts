/**
 * What partitions used, kept beside the agent's database in a file of its own: points of the last half hour for curves, the accounts
 * ({@link UsageBook}), and the counters that both were made from. Written in one transaction, so that a crash of the agent costs a
 * point at most and counts nothing twice. Points and counters are by instance: what comes after it in the same partition begins
 * anew.
 */
import { renameSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { USAGE_MINUTES } from '../api/contract.ts';
import { Database, type Row } from '../database.ts';
import { isDamage } from '../proxy/storage-errors.ts';
import { UsageBook } from './book.ts';
import { localZone } from './local-days.ts';
import { prepareTables } from './schema.ts';

export type Sample = { at: number; cpu: number; memoryBytes: number; diskBytes: number | null };

/** A moment by a clock that nobody can set, of one run of the computer. */
export type Mark = { boot: string; at: number };

/** What is known of an instance besides its points: for the next agent to go on from. */
export type InstanceMeter = {
  /** Last value of its counters, in seconds ({@link Reading.cpuSeconds}). */
  counters: ReadonlyMap<string, number>;
  /** The same of bytes in and out of its network. */
  network: ReadonlyMap<string, number>;
  disk: { bytes: number; at: number } | null;
  /** Up to when its running is counted (time asleep is none); null: it does not run. */
  ran: Mark | null;
  /** Up to when its disk is counted (time asleep is), and that on the clock of the wall. */
  stored: (Mark & { wall: number }) | null;
};

export const NEW_METER: InstanceMeter = {
  counters: new Map(),
  network: new Map(),
  disk: null,
  ran: null,
  stored: null,
};

const KEPT_MILLISECONDS = USAGE_MINUTES * 60_000;
/** What cannot be written (the disk is full) is kept for later, up to this. */
const MOST_PENDING = 20_000;

export class UsageHistory {
  readonly book: UsageBook;
  readonly #database: Database;
  readonly #samples = new Map<string, Sample[]>();
  readonly #meters = new Map<string, InstanceMeter>();
  #newSamples: (Sample & { guid: string })[] = [];
  readonly #changedMeters = new Set<string>();

  private constructor(database: Database, zone: () => string) {
    this.#database = database;
    this.book = new UsageBook(database, zone);
  }

  /**
   * Opens or creates `file` (0600). Nothing depends on it, so no agent fails to start for it: a damaged one is set aside and begun
   * anew; where none can be used (the disk is full, a newer release wrote it) the history is in memory only.
   * @param zone whose days are days.
   */
  static open(file: string, now: number, zone: () => string = localZone): UsageHistory {
    try {
      return UsageHistory.#opened(file, now, zone);
    } catch (error) {
      if (!isDamage(error)) return UsageHistory.#opened(':memory:', now, zone);
    }
    setAside(file);
    return UsageHistory.#opened(file, now, zone);
  }

  static #opened(file: string, now: number, zone: () => string): UsageHistory {
    const database = new Database(file);
    try {
      prepareTables(database);
      const history = new UsageHistory(database, zone);
      history.#load(now);
      return history;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  #load(now: number): void {
    const rows = this.#database.all(
      'SELECT * FROM sample WHERE at > ? AND at <= ? ORDER BY at',
      ...range(now),
    );
    for (const row of rows) listOf(this.#samples, String(row['guid'])).push(sampleOf(row));
    for (const row of this.#database.all('SELECT * FROM meter')) {
      this.#meters.set(String(row['guid']), meterOf(row));
    }
  }

  /** Instances of which anything but the accounts is kept. */
  guids(): string[] {
    return [...new Set([...this.#samples.keys(), ...this.#meters.keys()])];
  }

  meter(guid: string): InstanceMeter | undefined {
    return this.#meters.get(guid);
  }

  /** The points of the last `minutes`, oldest first. */
  samples(guid: string, minutes: number, now: number): Sample[] {
    const from = now - minutes * 60_000;
    return (this.#samples.get(guid) ?? []).filter(({ at }) => at > from && at <= now);
  }

  addSample(guid: string, sample: Sample): void {
    const list = listOf(this.#samples, guid);
    // The wall clock may have been set back: a curve has one point for each time.
    while ((list.at(-1)?.at ?? 0) >= sample.at) list.pop();
    list.push(sample);
    const oldest = sample.at - KEPT_MILLISECONDS;
    while ((list[0]?.at ?? sample.at) <= oldest) list.shift();
    if (this.#newSamples.length < MOST_PENDING) this.#newSamples.push({ guid, ...sample });
  }

  setMeter(guid: string, meter: InstanceMeter): void {
    this.#meters.set(guid, meter);
    this.#changedMeters.add(guid);
  }

  /** Forgets an instance at once; what it used stays in the accounts. */
  forget(guid: string): void {
    this.#samples.delete(guid);
    this.#meters.delete(guid);
    this.#changedMeters.delete(guid);
    this.#newSamples = this.#newSamples.filter((sample) => sample.guid !== guid);
    this.#database.transaction(() => {
      this.#database.run('DELETE FROM sample WHERE guid = ?', guid);
      this.#database.run('DELETE FROM meter WHERE guid = ?', guid);
    });
  }

  get hasUnwritten(): boolean {
    return this.#newSamples.length + this.#changedMeters.size > 0 || this.book.hasUnwritten;
  }

  /** Writes what is new; what cannot be written now is kept for the next time. Throws what SQLite throws. */
  write(now: number): void {
    this.#database.transaction(() => {
      for (const sample of this.#newSamples) this.#writeSample(sample);
      this.book.write();
      for (const guid of this.#changedMeters) this.#writeMeter(guid);
      this.#database.run('DELETE FROM sample WHERE at <= ? OR at > ?', ...range(now));
    });
    this.#newSamples = [];
    this.book.written();
    this.#changedMeters.clear();
  }

  #writeSample({ guid, at, cpu, memoryBytes, diskBytes }: Sample & { guid: string }): void {
    this.#database.run(
      'INSERT OR REPLACE INTO sample (guid, at, cpu, memory, disk) VALUES (?, ?, ?, ?, ?)',
      guid,
      at,
      cpu,
      Math.round(memoryBytes),
      diskBytes,
    );
  }

  #writeMeter(guid: string): void {
    const meter = this.#meters.get(guid);
    if (meter === undefined) return;
    this.#database.run(
      'INSERT OR REPLACE INTO meter (guid, counters, disk, disk_at, marks) VALUES (?, ?, ?, ?, ?)',
      guid,
      JSON.stringify([...meter.counters]),
      meter.disk?.bytes ?? null,
      meter.disk?.at ?? null,
      JSON.stringify({ network: [...meter.network], ran: meter.ran, stored: meter.stored } satisfies Marks),
    );
  }

  close(): void {
    this.#database.close();
  }
}

/** Points after the first and up to the second are kept: none of a future that a clock set back has left behind. */
function range(now: number): [from: number, to: number] {
  return [now - KEPT_MILLISECONDS, now + 60_000];
}

function setAside(file: string): void {
  for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
  renameSync(file, `${file}.damaged`);
}

function listOf<Item>(lists: Map<string, Item[]>, key: string): Item[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

function sampleOf(row: Row): Sample {
  return {
    at: Number(row['at']),
    cpu: Number(row['cpu']),
    memoryBytes: Number(row['memory']),
    diskBytes: row['disk'] === null ? null : Number(row['disk']),
  };
}

const countersSchema = z.array(z.tuple([z.string(), z.number()]));
const mark = { boot: z.string(), at: z.number() };
const marksSchema = z.object({
  network: countersSchema.default([]),
  ran: z.object(mark).nullable().default(null),
  stored: z
    .object({ ...mark, wall: z.number() })
    .nullable()
    .default(null),
});
type Marks = z.infer<typeof marksSchema>;

function meterOf(row: Row): InstanceMeter {
  const counters = countersSchema.parse(JSON.parse(String(row['counters'])));
  const { network, ran, stored } = marksSchema.parse(JSON.parse(String(row['marks'])));
  return {
    counters: new Map(counters),
    network: new Map(network),
    disk: row['disk'] === null ? null : { bytes: Number(row['disk']), at: Number(row['disk_at']) },
    ran,
    stored,
  };
}
