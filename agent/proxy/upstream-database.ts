/**
 * Reads the SQLite file of upstream's slapproxy (§12.2). It is opened for reading only: upstream can go on with it.
 */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { SlapgridError } from '../errors.ts';
import { isDamage } from './storage-errors.ts';

/** Upstream migrates older ones with the first call it answers. */
const SCHEMA = 17;

const text = z
  .string()
  .nullable()
  .transform((value) => value ?? '');

const computers = z.array(z.object({ reference: text, address: text, netmask: text }));
const partitions = z.array(
  z.object({
    reference: text,
    computer_reference: text,
    slap_state: text,
    software_release: text,
    xml: text,
    connection_xml: z.string().nullable(),
    slave_instance_list: text,
    software_type: text,
    partition_reference: text,
    requested_by: text,
    requested_state: text,
    /** Seconds since 1970. */
    timestamp: z.number().nullable(),
  }),
);
const networks = z.array(
  z.object({
    partition_reference: text,
    computer_reference: text,
    reference: text,
    address: text,
    netmask: text,
  }),
);
const shared = z.array(
  z.object({
    reference: text,
    computer_reference: text,
    connection_xml: z.string().nullable(),
    hosted_by: text,
  }),
);
const software = z.array(z.object({ url: text, computer_reference: text, requested_state: text }));
const forwarded = z.array(z.object({ partition_reference: text, master_url: text }));

export type UpstreamDatabase = {
  computers: z.output<typeof computers>;
  partitions: z.output<typeof partitions>;
  networks: z.output<typeof networks>;
  shared: z.output<typeof shared>;
  software: z.output<typeof software>;
  forwarded: z.output<typeof forwarded>;
};

/** @throws SlapgridError `import-missing`, `import-not-a-proxy`, `import-older`, `import-newer`. */
export function readUpstreamDatabase(file: string): UpstreamDatabase {
  if (!existsSync(file)) throw new SlapgridError('import-missing', { file });
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
    return read(database, file);
  } catch (error) {
    if (isDamage(error) || error instanceof z.ZodError) {
      throw new SlapgridError('import-not-a-proxy', { file }, { cause: error });
    }
    throw error;
  } finally {
    database?.close();
  }
}

function read(database: DatabaseSync, file: string): UpstreamDatabase {
  const versions = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'partition[0-9]*'")
    .all()
    .map(({ name }) => Number(String(name).slice('partition'.length)))
    .filter((version) => Number.isSafeInteger(version));
  if (versions.length === 0) throw new SlapgridError('import-not-a-proxy', { file });
  const newest = Math.max(...versions);
  if (newest < SCHEMA) throw new SlapgridError('import-older', { file, version: newest });
  if (newest > SCHEMA) throw new SlapgridError('import-newer', { file, version: newest });
  const all = (table: string): unknown =>
    database.prepare(`SELECT * FROM ${table}${SCHEMA} ORDER BY rowid`).all();
  // One moment of the file, though upstream may be writing.
  database.exec('BEGIN');
  return {
    computers: computers.parse(all('computer')),
    partitions: partitions.parse(all('partition')),
    networks: networks.parse(all('partition_network')),
    shared: shared.parse(all('slave')),
    software: software.parse(all('software')),
    // The only one without row numbers would be `config`, which is of upstream alone.
    forwarded: forwarded.parse(all('forwarded_partition_request')),
  };
}
