/**
 * The accounts: who used how much, by the minute for two days, then by the hour for two months, then by the local day for five
 * years. Each use is in exactly one row, so that no sum counts it twice; the coarser row and the end of the finer ones are one
 * transaction.
 *
 * What is added is in memory until it is written together with the counters it was read from: a crash repeats and loses nothing.
 */
import type { Database, Row } from '../database.ts';
import { startOfDay, startOfNextDay } from './local-days.ts';
import { added, NOTHING, piecesOf, shareOf, type Subject, type Tally } from './tally.ts';

const MINUTE_MILLISECONDS = 60_000;
export const HOUR_MILLISECONDS = 3_600_000;
const MINUTES_KEPT = 48 * 60;
const HOURS_KEPT_MINUTES = 62 * 24 * 60;
const DAYS_KEPT_MINUTES = (5 * 365 + 1) * 24 * 60;
/** What cannot be written (the disk is full) is kept by the minute up to this, then by the hour. */
const MOST_PENDING = 5000;

const MINUTE = 0;
const HOUR = 1;
const DAY = 2;

/** A row of the accounts. `at`: when its minute, hour or day began. */
export type Entry = { at: number; subject: Subject; tally: Tally };

/** What one instance used in one hour. */
export type HourlySum = {
  guid: string;
  /** Hours since 1970. */
  hour: number;
  seconds: number;
  cpuSeconds: number;
  memoryByteSeconds: number;
  diskByteSeconds: number;
};

export class UsageBook {
  readonly #database: Database;
  readonly #zone: () => string;
  #pending = new Map<string, { minute: number; subject: Subject; tally: Tally }>();
  /** The hour up to which minutes were rolled up last. */
  #rolledUp = Number.NaN;

  /** @param zone whose days are days. */
  constructor(database: Database, zone: () => string) {
    this.#database = database;
    this.#zone = zone;
  }

  /** What was used between two moments, evenly. */
  add(subject: Subject, from: number, to: number, tally: Tally): void {
    for (const { at, share } of piecesOf(from, to)) {
      const part = share === 1 ? tally : shareOf(tally, share);
      this.#addPending(subject, Math.floor(at / MINUTE_MILLISECONDS), part);
    }
    if (this.#pending.size > MOST_PENDING) this.#foldPending();
  }

  #addPending(subject: Subject, minute: number, tally: Tally): void {
    const { key, name, owner, partition, master } = subject;
    const place = JSON.stringify([minute, key, name, owner.kind, owner.name, partition, master]);
    const before = this.#pending.get(place)?.tally ?? NOTHING;
    this.#pending.set(place, { minute, subject, tally: added(before, tally) });
  }

  #foldPending(): void {
    const entries = [...this.#pending.values()];
    this.#pending = new Map();
    for (const { minute, subject, tally } of entries)
      this.#addPending(subject, Math.floor(minute / 60) * 60, tally);
  }

  get hasUnwritten(): boolean {
    return this.#pending.size > 0;
  }

  /** Within a transaction; {@link written} is to be told when that has ended well. */
  write(): void {
    for (const { minute, subject, tally } of this.#pending.values())
      this.#database.run(INSERT, MINUTE, minute, this.#idOf(subject), ...columnsOf(tally));
  }

  written(): void {
    this.#pending.clear();
  }

  #idOf({ key, partition, master, name, owner }: Subject): number {
    const values = [key, name, owner.kind, owner.name, partition, master];
    const found = this.#database.one(FIND_SUBJECT, ...values) ?? this.#database.one(ADD_SUBJECT, ...values);
    return Number(found?.['id']);
  }

  /**
   * Makes hours of minutes and days of hours that are old enough, and forgets days after years. Does something once an hour at most;
   * whenever it is repeated, nothing changes.
   */
  rollUp(now: number): void {
    const hour = Math.floor(now / HOUR_MILLISECONDS);
    if (hour === this.#rolledUp) return;
    const minute = hour * 60;
    this.#database.transaction(() => {
      this.#move(MINUTE, HOUR, minute - MINUTES_KEPT, (at) => ({
        from: at - (at % 60),
        to: at - (at % 60) + 60,
      }));
      this.#move(HOUR, DAY, minute - HOURS_KEPT_MINUTES, (at) => {
        const zone = this.#zone();
        return {
          from: startOfDay(at * MINUTE_MILLISECONDS, zone) / MINUTE_MILLISECONDS,
          to: startOfNextDay(at * MINUTE_MILLISECONDS, zone) / MINUTE_MILLISECONDS,
        };
      });
      const gone = this.#database.run(
        'DELETE FROM tally WHERE grain = ? AND at < ?',
        DAY,
        minute - DAYS_KEPT_MINUTES,
      );
      if (gone > 0)
        this.#database.run('DELETE FROM subject WHERE id NOT IN (SELECT DISTINCT subject FROM tally)');
    });
    this.#rolledUp = hour;
  }

  /** Adds rows that are before `end` to the coarser ones that hold them, as long as these are over by then. */
  #move(
    grain: number,
    coarser: number,
    end: number,
    holding: (at: number) => { from: number; to: number },
  ): void {
    for (;;) {
      const oldest = this.#database.one('SELECT min(at) AS at FROM tally WHERE grain = ?', grain)?.['at'];
      // What holds it is over later still, and days cost the tables of all time zones.
      if (typeof oldest !== 'number' || oldest >= end) return;
      const { from, to } = holding(oldest);
      if (to > end) return;
      this.#database.run(MOVE, coarser, from, grain, oldest, to);
      this.#database.run('DELETE FROM tally WHERE grain = ? AND at < ?', grain, to);
    }
  }

  /**
   * Everything that began in this time, also what is not written yet.
   * @param together how many minutes from the full hour are one entry, where there are minutes.
   */
  entries(from: number, to: number, together = 1): Entry[] {
    const [first, end] = [from / MINUTE_MILLISECONDS, to / MINUTE_MILLISECONDS];
    const subjects = new Map<number, Subject>();
    for (const row of this.#database.all('SELECT * FROM subject'))
      subjects.set(Number(row['id']), subjectOf(row));
    const entries: Entry[] = [];
    for (const grain of [DAY, HOUR, MINUTE]) {
      for (const row of this.#database.all(ENTRIES, together, grain, Math.ceil(first), Math.ceil(end))) {
        const subject = subjects.get(Number(row['subject']));
        if (subject === undefined) continue;
        entries.push({ at: Number(row['start']) * MINUTE_MILLISECONDS, subject, tally: tallyOf(row) });
      }
    }
    for (const { minute, subject, tally } of this.#pending.values())
      if (minute >= first && minute < end) entries.push({ at: minute * MINUTE_MILLISECONDS, subject, tally });
    return entries;
  }

  /** When the accounts begin; null: there is nothing in them. */
  begin(): number | null {
    const oldest = [DAY, HOUR, MINUTE]
      .map((grain) => this.#database.one('SELECT min(at) AS at FROM tally WHERE grain = ?', grain)?.['at'])
      .filter((at) => typeof at === 'number');
    const pending = [...this.#pending.values()].map(({ minute }) => minute);
    const first = Math.min(...oldest, ...pending);
    return Number.isFinite(first) ? first * MINUTE_MILLISECONDS : null;
  }

  /** By the hour, of what has a key with this beginning, as it is written; the hours from `from` and before `to`. */
  hoursOf(prefix: string, from: number, to: number): HourlySum[] {
    return this.#database.all(HOURS, from * 60, to * 60, prefix, prefix).map((row) => ({
      guid: String(row['key']),
      hour: Number(row['hour']),
      seconds: Number(row['run']) / 1000,
      cpuSeconds: Number(row['cpu']) / 1e6,
      memoryByteSeconds: Number(row['memory']) * 1000,
      diskByteSeconds: Number(row['disk']) * 1000,
    }));
  }
}

const FIND_SUBJECT = `SELECT id FROM subject
  WHERE key = ? AND name = ? AND owner_kind = ? AND owner_name = ? AND partition = ? AND master = ?`;
const ADD_SUBJECT = `INSERT INTO subject (key, name, owner_kind, owner_name, partition, master)
  VALUES (?, ?, ?, ?, ?, ?) RETURNING id`;

const COLUMNS = `grain, at, subject, run_milliseconds, cpu_microseconds, memory_kilobyte_seconds,
  memory_peak_kilobytes, disk_kilobyte_seconds, network_bytes, uncertain`;
const ADDED = `ON CONFLICT (grain, at, subject) DO UPDATE SET
  run_milliseconds = run_milliseconds + excluded.run_milliseconds,
  cpu_microseconds = cpu_microseconds + excluded.cpu_microseconds,
  memory_kilobyte_seconds = memory_kilobyte_seconds + excluded.memory_kilobyte_seconds,
  memory_peak_kilobytes = max(memory_peak_kilobytes, excluded.memory_peak_kilobytes),
  disk_kilobyte_seconds =
    coalesce(disk_kilobyte_seconds + excluded.disk_kilobyte_seconds, disk_kilobyte_seconds, excluded.disk_kilobyte_seconds),
  network_bytes = coalesce(network_bytes + excluded.network_bytes, network_bytes, excluded.network_bytes),
  uncertain = max(uncertain, excluded.uncertain)`;
const INSERT = `INSERT INTO tally (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ${ADDED}`;
const MOVE = `INSERT INTO tally (${COLUMNS})
  SELECT ?, ?, subject, sum(run_milliseconds), sum(cpu_microseconds), sum(memory_kilobyte_seconds),
    max(memory_peak_kilobytes), sum(disk_kilobyte_seconds), sum(network_bytes), max(uncertain)
  FROM tally WHERE grain = ? AND at >= ? AND at < ? GROUP BY subject ${ADDED}`;
const ENTRIES = `SELECT at - at % CASE grain WHEN 0 THEN ? ELSE 1 END AS start, subject,
    sum(run_milliseconds) AS run_milliseconds, sum(cpu_microseconds) AS cpu_microseconds,
    sum(memory_kilobyte_seconds) AS memory_kilobyte_seconds, max(memory_peak_kilobytes) AS memory_peak_kilobytes,
    sum(disk_kilobyte_seconds) AS disk_kilobyte_seconds, sum(network_bytes) AS network_bytes,
    max(uncertain) AS uncertain
  FROM tally WHERE grain = ? AND at >= ? AND at < ? GROUP BY start, subject`;
const HOURS = `SELECT key, at / 60 AS hour, total(run_milliseconds) AS run, total(cpu_microseconds) AS cpu,
    total(memory_kilobyte_seconds) AS memory, total(disk_kilobyte_seconds) AS disk
  FROM tally JOIN subject ON subject.id = tally.subject
  WHERE grain IN (0, 1) AND at >= ? AND at < ? AND substr(key, 1, length(?)) = ?
  GROUP BY hour, key ORDER BY hour, key`;

function columnsOf(tally: Tally): (number | null)[] {
  const { diskByteSeconds, networkBytes } = tally;
  return [
    Math.round(tally.runSeconds * 1000),
    Math.round(tally.cpuSeconds * 1e6),
    Math.round(tally.memoryByteSeconds / 1000),
    Math.round(tally.memoryPeakBytes / 1000),
    diskByteSeconds === null ? null : Math.round(diskByteSeconds / 1000),
    networkBytes === null ? null : Math.round(networkBytes),
    tally.uncertain ? 1 : 0,
  ];
}

function tallyOf(row: Row): Tally {
  const [disk, network] = [row['disk_kilobyte_seconds'], row['network_bytes']];
  return {
    runSeconds: Number(row['run_milliseconds']) / 1000,
    cpuSeconds: Number(row['cpu_microseconds']) / 1e6,
    memoryByteSeconds: Number(row['memory_kilobyte_seconds']) * 1000,
    memoryPeakBytes: Number(row['memory_peak_kilobytes']) * 1000,
    diskByteSeconds: disk === null ? null : Number(disk) * 1000,
    networkBytes: network === null ? null : Number(network),
    uncertain: row['uncertain'] === 1,
  };
}

function subjectOf(row: Row): Subject {
  return {
    key: String(row['key']),
    partition: String(row['partition']),
    master: String(row['master']),
    name: String(row['name']),
    owner: { kind: row['owner_kind'] === 'me' ? 'me' : 'other', name: String(row['owner_name']) },
  };
}
