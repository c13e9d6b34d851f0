/**
 * What partitions used, kept beside the agent's database in a file of its own: points of the last half hour for curves, and sums by
 * the hour for accounting. In memory while the agent runs; written once a minute in one transaction, so that a crash costs a
 * minute at most. Everything is by instance: what comes after it in the same partition begins anew.
 */
import { renameSync, rmSync } from 'node:fs';
import { USAGE_MINUTES } from '../api/contract.ts';
import { Database, type Row } from '../database.ts';
import { isDamage } from '../proxy/storage-errors.ts';

export type Sample = { at: number; cpu: number; memoryBytes: number; diskBytes: number | null };

/** What was used in a stretch of time. */
export type Consumption = {
  at: number;
  seconds: number;
  cpuSeconds: number;
  memoryByteSeconds: number;
  diskByteSeconds: number;
};

export type HourlySum = Omit<Consumption, 'at'> & { guid: string; hour: number };

/** What is known of an instance besides its points: for the next agent to go on from. */
export type InstanceMeter = {
  /** Last value of its counters, in seconds ({@link Reading.cpuSeconds}). */
  counters: ReadonlyMap<string, number>;
  disk: { bytes: number; at: number } | null;
};

const KEPT_MILLISECONDS = USAGE_MINUTES * 60_000;
export const HOUR_MILLISECONDS = 3_600_000;
/** A little over a year: accounts are settled by then. */
const HOURS_KEPT = 400 * 24;
/** What cannot be written (the disk is full) is kept for later, up to this. */
const MOST_PENDING = 20_000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS sample (
    guid TEXT NOT NULL,
    at INTEGER NOT NULL,
    cpu REAL NOT NULL,
    memory INTEGER NOT NULL,
    disk INTEGER,
    PRIMARY KEY (guid, at)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS meter (
    guid TEXT PRIMARY KEY,
    -- JSON: [name, seconds] of each counter.
    counters TEXT NOT NULL,
    disk INTEGER,
    disk_at INTEGER
  ) STRICT, WITHOUT ROWID;
  -- Stays when the instance is gone. hour: hours since 1970.
  CREATE TABLE IF NOT EXISTS hour (
    guid TEXT NOT NULL,
    hour INTEGER NOT NULL,
    seconds REAL NOT NULL,
    cpu_seconds REAL NOT NULL,
    memory_byte_seconds REAL NOT NULL,
    disk_byte_seconds REAL NOT NULL,
    PRIMARY KEY (guid, hour)
  ) STRICT, WITHOUT ROWID;
  PRAGMA user_version = 1;
`;

export class UsageHistory {
  readonly #database: Database;
  readonly #samples = new Map<string, Sample[]>();
  readonly #meters = new Map<string, InstanceMeter>();
  #newSamples: (Sample & { guid: string })[] = [];
  readonly #newHours = new Map<string, HourlySum>();
  readonly #changedMeters = new Set<string>();

  private constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Opens or creates `file` (0600). Nothing depends on it, so no agent fails to start for it: a damaged one is set aside and begun
   * anew; where none can be used (the disk is full, a newer release wrote it) the history is in memory only.
   */
  static open(file: string, now: number): UsageHistory {
    try {
      return UsageHistory.#opened(file, now);
    } catch (error) {
      if (!isDamage(error)) return UsageHistory.#opened(':memory:', now);
    }
    setAside(file);
    return UsageHistory.#opened(file, now);
  }

  static #opened(file: string, now: number): UsageHistory {
    const database = new Database(file);
    try {
      const version = Number(database.one('PRAGMA user_version')?.['user_version'] ?? 0);
      if (version > 1) throw new Error(`${file} is of a newer release`);
      // A crash of the system may cost the last minutes; the disk is not woken for them.
      database.execute(`PRAGMA synchronous = NORMAL; ${SCHEMA}`);
      const history = new UsageHistory(database);
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

  /** Instances of which anything but hourly sums is kept. */
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

  /** Adds to the sums of the hour. */
  addConsumption(guid: string, consumption: Consumption): void {
    const hour = Math.floor(consumption.at / HOUR_MILLISECONDS);
    const key = `${guid} ${hour}`;
    const before = this.#newHours.get(key);
    this.#newHours.set(key, {
      guid,
      hour,
      seconds: consumption.seconds + (before?.seconds ?? 0),
      cpuSeconds: consumption.cpuSeconds + (before?.cpuSeconds ?? 0),
      memoryByteSeconds: consumption.memoryByteSeconds + (before?.memoryByteSeconds ?? 0),
      diskByteSeconds: consumption.diskByteSeconds + (before?.diskByteSeconds ?? 0),
    });
  }

  setMeter(guid: string, meter: InstanceMeter): void {
    this.#meters.set(guid, meter);
    this.#changedMeters.add(guid);
  }

  /** Hourly sums as they were written last, oldest first. */
  hours(): HourlySum[] {
    return this.#database.all('SELECT * FROM hour ORDER BY hour, guid').map(hourOf);
  }

  /** Hourly sums of instances whose guid begins with `prefix`, of the hours from `from` and before `to`. */
  hoursOf(prefix: string, from: number, to: number): HourlySum[] {
    return this.#database
      .all(
        `SELECT * FROM hour WHERE hour >= ? AND hour < ? AND substr(guid, 1, length(?)) = ?
         ORDER BY hour, guid`,
        from,
        to,
        prefix,
        prefix,
      )
      .map(hourOf);
  }

  /** Forgets an instance at once; its hourly sums stay. */
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
    return this.#newSamples.length + this.#newHours.size + this.#changedMeters.size > 0;
  }

  /** Writes what is new; what cannot be written now is kept for the next time. Throws what SQLite throws. */
  write(now: number): void {
    this.#database.transaction(() => {
      for (const sample of this.#newSamples) this.#writeSample(sample);
      for (const sum of this.#newHours.values()) this.#writeHour(sum);
      for (const guid of this.#changedMeters) this.#writeMeter(guid);
      this.#database.run('DELETE FROM sample WHERE at <= ? OR at > ?', ...range(now));
      this.#database.run('DELETE FROM hour WHERE hour < ?', Math.floor(now / HOUR_MILLISECONDS) - HOURS_KEPT);
    });
    this.#newSamples = [];
    this.#newHours.clear();
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

  #writeHour(sum: HourlySum): void {
    this.#database.run(
      `INSERT INTO hour (guid, hour, seconds, cpu_seconds, memory_byte_seconds, disk_byte_seconds)
       VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (guid, hour) DO UPDATE SET
         seconds = seconds + excluded.seconds,
         cpu_seconds = cpu_seconds + excluded.cpu_seconds,
         memory_byte_seconds = memory_byte_seconds + excluded.memory_byte_seconds,
         disk_byte_seconds = disk_byte_seconds + excluded.disk_byte_seconds`,
      sum.guid,
      sum.hour,
      sum.seconds,
      sum.cpuSeconds,
      sum.memoryByteSeconds,
      sum.diskByteSeconds,
    );
  }

  #writeMeter(guid: string): void {
    const meter = this.#meters.get(guid);
    if (meter === undefined) return;
    this.#database.run(
      'INSERT OR REPLACE INTO meter (guid, counters, disk, disk_at) VALUES (?, ?, ?, ?)',
      guid,
      JSON.stringify([...meter.counters]),
      meter.disk?.bytes ?? null,
      meter.disk?.at ?? null,
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

function hourOf(row: Row): HourlySum {
  return {
    guid: String(row['guid']),
    hour: Number(row['hour']),
    seconds: Number(row['seconds']),
    cpuSeconds: Number(row['cpu_seconds']),
    memoryByteSeconds: Number(row['memory_byte_seconds']),
    diskByteSeconds: Number(row['disk_byte_seconds']),
  };
}

function sampleOf(row: Row): Sample {
  return {
    at: Number(row['at']),
    cpu: Number(row['cpu']),
    memoryBytes: Number(row['memory']),
    diskBytes: row['disk'] === null ? null : Number(row['disk']),
  };
}

function meterOf(row: Row): InstanceMeter {
  const counters: unknown = JSON.parse(String(row['counters']));
  const pairs = Array.isArray(counters) ? counters : [];
  return {
    counters: new Map(pairs.map((pair: unknown[]) => [String(pair[0]), Number(pair[1])])),
    disk: row['disk'] === null ? null : { bytes: Number(row['disk']), at: Number(row['disk_at']) },
  };
}
