/**
 * The tables of `usage.sqlite`.
 */
import type { Database } from '../database.ts';

const VERSION = 2;

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
    disk_at INTEGER,
    -- JSON: up to when which clock everything is counted.
    marks TEXT NOT NULL DEFAULT '{}'
  ) STRICT, WITHOUT ROWID;
  -- Stays when the instance is gone.
  CREATE TABLE IF NOT EXISTS subject (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    partition TEXT NOT NULL,
    master TEXT NOT NULL,
    name TEXT NOT NULL,
    owner_kind TEXT NOT NULL,
    owner_name TEXT NOT NULL,
    UNIQUE (key, name, owner_kind, owner_name, partition, master)
  ) STRICT;
  -- What was used is in one row only: of a minute, an hour or a day (grain 0, 1, 2). at: when that began, in minutes since 1970.
  -- Whole numbers in REAL columns are stored as such (sqlite.org/datatype3.html §3.4), and no sum of them overflows.
  CREATE TABLE IF NOT EXISTS tally (
    grain INTEGER NOT NULL,
    at INTEGER NOT NULL,
    subject INTEGER NOT NULL REFERENCES subject (id),
    run_milliseconds REAL NOT NULL,
    cpu_microseconds REAL NOT NULL,
    memory_kilobyte_seconds REAL NOT NULL,
    memory_peak_kilobytes REAL NOT NULL,
    disk_kilobyte_seconds REAL,
    network_bytes REAL,
    uncertain INTEGER NOT NULL,
    PRIMARY KEY (grain, at, subject)
  ) STRICT, WITHOUT ROWID;
`;

/** Sums by the hour were kept without names before. */
const FROM_VERSION_1 = `
  ALTER TABLE meter ADD COLUMN marks TEXT NOT NULL DEFAULT '{}';
  INSERT INTO subject (key, partition, master, name, owner_kind, owner_name)
    SELECT DISTINCT guid,
      CASE WHEN instr(guid, '/') = 0 THEN ''
        ELSE substr(substr(guid, instr(guid, '/') + 1), 1, instr(substr(guid, instr(guid, '/') + 1), '/') - 1) END,
      CASE WHEN instr(guid, '/') = 0 THEN 'local' ELSE substr(guid, 1, instr(guid, '/') - 1) END,
      '',
      CASE WHEN instr(guid, '/') = 0 THEN 'me' ELSE 'other' END,
      CASE WHEN instr(guid, '/') = 0 THEN '' ELSE substr(guid, 1, instr(guid, '/') - 1) END
    FROM hour;
  INSERT INTO tally
    SELECT 1, hour * 60, id, round(seconds * 1000), round(cpu_seconds * 1e6), round(memory_byte_seconds / 1000),
      CASE WHEN seconds > 0 THEN round(memory_byte_seconds / seconds / 1000) ELSE 0 END,
      round(disk_byte_seconds / 1000), NULL, 0
    FROM hour JOIN subject ON key = guid;
  DROP TABLE hour;
`;

/** Makes or renews the tables. @throws when a newer release wrote them. */
export function prepareTables(database: Database): void {
  const version = Number(database.one('PRAGMA user_version')?.['user_version'] ?? 0);
  if (version > VERSION) throw new Error('usage.sqlite is of a newer release');
  // A crash of the system may cost the last minutes; the disk is not woken for them.
  database.execute('PRAGMA synchronous = NORMAL');
  database.transaction(() => {
    database.execute(SCHEMA);
    if (version === 1) database.execute(FROM_VERSION_1);
    database.execute(`PRAGMA user_version = ${VERSION}`);
  });
}
