/**
 * Tables of the local master. `PRAGMA user_version` counts the migrations that were applied; a released one never changes.
 */
import type { Database } from '../database.ts';
import { SlapgridError } from '../errors.ts';

const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE proxy (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- Microseconds; no later time stamp may be smaller or equal, whatever the clock does.
    last_timestamp INTEGER NOT NULL
  ) STRICT;
  INSERT INTO proxy (id, last_timestamp) VALUES (1, 0);

  CREATE TABLE computer (
    id TEXT PRIMARY KEY,
    address TEXT NOT NULL,
    netmask TEXT NOT NULL
  ) STRICT;

  -- A partition, and the instance in it: software_url is null while it is free. The position is the order of creation,
  -- in which partitions are listed and allocated.
  CREATE TABLE partition (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    computer TEXT NOT NULL REFERENCES computer (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    software_url TEXT,
    software_type TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL DEFAULT '',
    -- Name of the root of its tree; empty when a person asked.
    requested_by TEXT NOT NULL DEFAULT '',
    requested_state TEXT NOT NULL DEFAULT 'started' CHECK (requested_state IN ('started', 'stopped', 'destroyed')),
    -- JSON objects of texts and nulls. The connection is null until something was published.
    parameters TEXT NOT NULL DEFAULT '{}',
    connection TEXT,
    timestamp INTEGER,
    UNIQUE (computer, id)
  ) STRICT;
  -- What identifies an instance, across all computers.
  CREATE UNIQUE INDEX instance ON partition (name, requested_by) WHERE software_url IS NOT NULL;
  CREATE INDEX tree ON partition (requested_by) WHERE software_url IS NOT NULL;

  CREATE TABLE address (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    computer TEXT NOT NULL,
    partition TEXT NOT NULL,
    interface TEXT NOT NULL,
    address TEXT NOT NULL,
    netmask TEXT NOT NULL,
    FOREIGN KEY (computer, partition) REFERENCES partition (computer, id) ON DELETE CASCADE
  ) STRICT;
  CREATE INDEX address_of_partition ON address (computer, partition);

  -- A shared instance outlives its destruction: what was published for it comes back with it. While it is requested,
  -- place is its place in the host's list and entry (marshal) what stands there.
  CREATE TABLE shared_instance (
    reference TEXT NOT NULL,
    computer TEXT NOT NULL,
    host TEXT,
    place INTEGER,
    entry TEXT,
    connection TEXT,
    PRIMARY KEY (reference, computer),
    CHECK ((place IS NULL) = (entry IS NULL)),
    CHECK (place IS NULL OR host IS NOT NULL)
  ) STRICT;
  CREATE INDEX shared_instance_of_host ON shared_instance (computer, host);

  CREATE TABLE software (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    computer TEXT NOT NULL,
    url TEXT NOT NULL,
    requested_state TEXT NOT NULL CHECK (requested_state IN ('available', 'destroyed')),
    UNIQUE (computer, url)
  ) STRICT;

  -- A capability is looked up by its digest, and kept as it is because its owner may ask for the URL again.
  CREATE TABLE capability (
    digest BLOB PRIMARY KEY,
    secret TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('person', 'computer', 'partition')),
    computer TEXT NOT NULL,
    partition TEXT NOT NULL,
    UNIQUE (scope, computer, partition)
  ) STRICT;
  `,
  // A shared instance is known by its name and who asked; its reference is only what its host calls it, and survives that its root
  // is renamed. Until now both names were in the reference, with a mark in between that names may contain.
  `
  ALTER TABLE shared_instance ADD COLUMN name TEXT NOT NULL DEFAULT '';
  ALTER TABLE shared_instance ADD COLUMN requested_by TEXT NOT NULL DEFAULT '';
  UPDATE shared_instance SET requested_by = coalesce(
    iif(substr(reference, 1, 1) = '_', '', NULL),
    (SELECT root.name FROM partition AS root WHERE root.software_url IS NOT NULL AND root.requested_by = ''
     AND substr(reference, 1, length(root.name) + 1) = root.name || '_' ORDER BY length(root.name) DESC LIMIT 1),
    substr(reference, 1, max(instr(reference, '_') - 1, 0))
  );
  UPDATE shared_instance SET name = substr(reference, length(requested_by) + 2);
  CREATE UNIQUE INDEX shared_instance_identity ON shared_instance (name, requested_by, computer);
  `,
  // What other masters were asked for, by the name it has there.
  `
  CREATE TABLE forwarded_request (
    name TEXT PRIMARY KEY,
    master TEXT NOT NULL
  ) STRICT;
  `,
];

/** Whether the database holds nothing yet. */
export function isNew(database: Database): boolean {
  return version(database) === 0;
}

function version(database: Database): number {
  return Number(database.one('PRAGMA user_version')?.['user_version'] ?? 0);
}

/**
 * Brings the tables up to date, each step whole or not at all.
 * @throws SlapgridError `database-newer` when a newer release wrote it.
 */
export function migrate(database: Database, file: string): void {
  const from = version(database);
  if (from > MIGRATIONS.length) throw new SlapgridError('database-newer', { file });
  MIGRATIONS.slice(from).forEach((migration, index) => {
    database.transaction(() => {
      database.execute(migration);
      database.execute(`PRAGMA user_version = ${from + index + 1}`);
    });
  });
}
