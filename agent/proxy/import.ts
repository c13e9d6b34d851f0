/**
 * Brings what an upstream slapproxy knows into the local master. What is here already stays as it is; what this master would refuse from a
 * client is refused here too, and named.
 */
import { SlapError } from '../../slap/errors.ts';
import { readInstanceXml } from '../../slap/instance-xml.ts';
import { MarshalError, readMarshal } from '../../slap/marshal/read.ts';
import { isDictionary, type SlapDictionary } from '../../slap/marshal/values.ts';
import { XmlError } from '../../slap/xml.ts';
import type { Database } from '../database.ts';
import { storedJson } from './rows.ts';
import { storageError } from './storage-errors.ts';
import {
  checkedEntry,
  checkedName,
  checkedParameters,
  checkedReference,
  checkedType,
  checkedUrl,
} from './texts.ts';
import type { UpstreamDatabase } from './upstream-database.ts';

export type ImportKind = 'computer' | 'partition' | 'instance' | 'shared' | 'software' | 'forwarded';

export type ImportReport = {
  /** What is new here, by kind. */
  imported: Record<ImportKind, number>;
  /** What is known here already, or was its equal. */
  present: number;
  /** What cannot be taken over, and the reason in the master's words. */
  refused: { kind: ImportKind; name: string; reason: string }[];
};

export type ImportOptions = {
  /** Only tells what would happen. */
  dryRun: boolean;
  /** Imports the rest when something is refused; otherwise nothing is imported then. */
  skipRefused: boolean;
};

/** Thrown to take everything back. */
class NotNow extends Error {}

export function importUpstream(
  database: Database,
  upstream: UpstreamDatabase,
  options: ImportOptions,
): ImportReport & { done: boolean } {
  const importing = new Importing(database, upstream);
  let done = false;
  try {
    database.transaction(() => {
      importing.all();
      done = !options.dryRun && (options.skipRefused || importing.report.refused.length === 0);
      if (!done) throw new NotNow();
    });
  } catch (error) {
    if (!(error instanceof NotNow)) throw storageError(error, '');
  }
  return { ...importing.report, done };
}

class Importing {
  readonly report: ImportReport = {
    imported: { computer: 0, partition: 0, instance: 0, shared: 0, software: 0, forwarded: 0 },
    present: 0,
    refused: [],
  };
  readonly #database: Database;
  readonly #upstream: UpstreamDatabase;
  /** New partitions, by computer and reference: only they get addresses. */
  readonly #newPartitions = new Set<string>();
  /** Partitions whose instance was taken over: only they can host. */
  readonly #hosts = new Set<string>();

  constructor(database: Database, upstream: UpstreamDatabase) {
    this.#database = database;
    this.#upstream = upstream;
  }

  all(): void {
    const { computers, partitions, networks, shared, software, forwarded } = this.#upstream;
    for (const row of computers) this.#each('computer', row.reference, () => this.#computer(row));
    for (const row of partitions) this.#each('partition', keyOf(row), () => this.#partition(row));
    for (const row of networks) this.#address(row);
    for (const row of partitions.filter(({ slap_state: state }) => state === 'busy')) {
      this.#each('instance', row.partition_reference || keyOf(row), () => this.#instance(row));
    }
    for (const row of shared) this.#each('shared', row.reference, () => this.#shared(row));
    for (const row of software) this.#each('software', row.url, () => this.#software(row));
    for (const { partition_reference: name, master_url: url } of forwarded) {
      const reason = `It was forwarded to ${url}; ask for it there.`;
      this.report.refused.push({ kind: 'forwarded', name, reason });
    }
  }

  /** @param work returns whether it is new here. */
  #each(kind: ImportKind, name: string, work: () => boolean): void {
    try {
      if (work()) this.report.imported[kind] += 1;
      else this.report.present += 1;
    } catch (error) {
      const isRefusal =
        error instanceof SlapError || error instanceof XmlError || error instanceof MarshalError;
      if (!isRefusal) throw error;
      this.report.refused.push({ kind, name, reason: error.message });
    }
  }

  #computer(row: UpstreamDatabase['computers'][number]): boolean {
    const sql = 'INSERT INTO computer (id, address, netmask) VALUES (?, ?, ?) ON CONFLICT DO NOTHING';
    return this.#database.run(sql, checkedReference(row.reference), row.address, row.netmask) > 0;
  }

  #partition(row: UpstreamDatabase['partitions'][number]): boolean {
    const computer = checkedReference(row.computer_reference);
    const isKnown = this.#database.one('SELECT 1 FROM computer WHERE id = ?', computer) !== undefined;
    if (!isKnown) throw new SlapError('unknown-computer', `${computer} is not registered.`);
    const sql = 'INSERT INTO partition (computer, id) VALUES (?, ?) ON CONFLICT DO NOTHING';
    const isNew = this.#database.run(sql, computer, checkedReference(row.reference)) > 0;
    if (isNew) this.#newPartitions.add(keyOf(row));
    return isNew;
  }

  #address(row: UpstreamDatabase['networks'][number]): void {
    if (!this.#newPartitions.has(keyOf({ ...row, reference: row.partition_reference }))) return;
    this.#database.run(
      'INSERT INTO address (computer, partition, interface, address, netmask) VALUES (?, ?, ?, ?, ?)',
      row.computer_reference,
      row.partition_reference,
      row.reference,
      row.address,
      row.netmask,
    );
  }

  #instance(row: UpstreamDatabase['partitions'][number]): boolean {
    const name = checkedName(row.partition_reference);
    const requestedBy = row.requested_by === '' ? '' : checkedName(row.requested_by);
    const url = checkedUrl(row.software_release);
    const type = checkedType(row.software_type || 'default');
    const state = row.requested_state;
    if (!['started', 'stopped', 'destroyed'].includes(state)) {
      throw new SlapError('bad-request', `Unknown state: ${state}`);
    }
    const parameters = storedXml(row.xml);
    const connection = row.connection_xml === null ? null : storedXml(row.connection_xml);
    const there = this.#database.one(
      'SELECT name, requested_by, software_url FROM partition WHERE computer = ? AND id = ?',
      row.computer_reference,
      row.reference,
    );
    if (there === undefined) throw new SlapError('unknown-partition', `There is no partition ${keyOf(row)}.`);
    if (there['software_url'] !== null) {
      if (there['name'] === name && there['requested_by'] === requestedBy) return false;
      throw new SlapError('conflict', `${keyOf(row)} has the instance ${String(there['name'])} here.`);
    }
    const other = this.#database.one(
      'SELECT computer, id FROM partition WHERE software_url IS NOT NULL AND name = ? AND requested_by = ?',
      name,
      requestedBy,
    );
    if (other !== undefined) {
      const place = keyOf({ computer_reference: String(other['computer']), reference: String(other['id']) });
      throw new SlapError('name-in-use', `There is an instance with this name in ${place} already.`);
    }
    this.#database.run(
      `UPDATE partition SET name = ?, requested_by = ?, software_url = ?, software_type = ?, parameters = ?,
       requested_state = ?, connection = ?, timestamp = ? WHERE computer = ? AND id = ?`,
      name,
      requestedBy,
      url,
      type,
      parameters,
      state,
      connection,
      this.#timestamp(row.timestamp),
      row.computer_reference,
      row.reference,
    );
    this.#hosts.add(keyOf(row));
    return true;
  }

  /** Microseconds; what this master sets later is always greater. */
  #timestamp(seconds: number | null): number | null {
    if (seconds === null || !Number.isFinite(seconds)) return null;
    const microseconds = Math.round(seconds * 1e6);
    this.#database.run('UPDATE proxy SET last_timestamp = max(last_timestamp, ?)', microseconds);
    return microseconds;
  }

  #shared(row: UpstreamDatabase['shared'][number]): boolean {
    const [requestedBy, name] = this.#partsOfReference(row.reference);
    checkedName(name);
    const computer = checkedReference(row.computer_reference);
    const connection = row.connection_xml === null ? null : storedXml(row.connection_xml);
    const known = this.#database.one(
      'SELECT 1 FROM shared_instance WHERE computer = ?1 AND (reference = ?2 OR (name = ?3 AND requested_by = ?4))',
      computer,
      row.reference,
      name,
      requestedBy,
    );
    if (known !== undefined) return false;
    const host = keyOf({ computer_reference: computer, reference: row.hosted_by });
    const entry = this.#hosts.has(host) ? this.#entryOf(computer, row.hosted_by, row.reference) : null;
    this.#database.run(
      `INSERT INTO shared_instance (reference, computer, host, entry, connection, name, requested_by, place)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,
         iif(?4 IS NULL, NULL, (SELECT coalesce(max(place), 0) + 1 FROM shared_instance)))`,
      row.reference,
      computer,
      entry === null ? null : row.hosted_by,
      entry,
      connection,
      name,
      requestedBy,
    );
    return true;
  }

  /** Upstream keeps both names in one text; a root that is known tells where the first one ends. */
  #partsOfReference(reference: string): [requestedBy: string, name: string] {
    if (reference.startsWith('_')) return ['', reference.slice(1)];
    const [root] = this.#upstream.partitions
      .filter(
        ({ requested_by: by, partition_reference: name }) => by === '' && reference.startsWith(`${name}_`),
      )
      .map(({ partition_reference: name }) => name)
      .toSorted((one, other) => other.length - one.length);
    const end = root === undefined || root === '' ? reference.indexOf('_') : root.length;
    if (end < 0) throw new SlapError('bad-request', 'It does not say who asked for it.');
    return [reference.slice(0, end), reference.slice(end + 1)];
  }

  /** What stands in the host's list; null for one that is no longer requested. */
  #entryOf(computer: string, host: string, reference: string): string | null {
    const row = this.#upstream.partitions.find(
      (each) => each.computer_reference === computer && each.reference === host,
    );
    if (row === undefined || row.slave_instance_list === '') return null;
    const list = readMarshal(row.slave_instance_list);
    if (!Array.isArray(list)) return null;
    const entry = list
      .filter((each): each is SlapDictionary => isDictionary(each))
      .find((each) => each['slave_reference'] === reference);
    return entry === undefined ? null : checkedEntry(entry);
  }

  #software(row: UpstreamDatabase['software'][number]): boolean {
    const state = row.requested_state;
    if (state !== 'available' && state !== 'destroyed') {
      throw new SlapError('bad-request', `Unknown state: ${state}`);
    }
    const sql =
      'INSERT INTO software (computer, url, requested_state) VALUES (?, ?, ?) ON CONFLICT DO NOTHING';
    return this.#database.run(sql, checkedReference(row.computer_reference), checkedUrl(row.url), state) > 0;
  }
}

function keyOf(row: { computer_reference: string; reference: string }): string {
  return `${row.computer_reference}/${row.reference}`;
}

/** An instance XML, as this master stores it. */
function storedXml(document: string): string {
  const texts = Object.entries(readInstanceXml(document)).map(([key, value]) => [key, value ?? '']);
  return storedJson(checkedParameters(Object.fromEntries(texts)));
}
