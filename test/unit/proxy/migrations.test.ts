/** Databases that earlier releases wrote (`test/fixtures/proxy`), as dumps of SQLite. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../../agent/database.ts';
import { LocalProxy } from '../../../agent/proxy/local-proxy.ts';
import { openProxyDatabase } from '../../../agent/proxy/open.ts';

const FIXTURES = path.join(import.meta.dirname, '..', '..', 'fixtures', 'proxy');
const COMPUTER = 'local_computer';
const root = { computerId: COMPUTER, partitionId: 'slappart0' };
const ASKING = {
  softwareUrl: 'slapgrid:redis',
  softwareType: 'default',
  state: null,
  parameters: { memory: '64', empty: '' },
  filter: {},
  shared: false,
  requester: null,
};

let folder: string;
let file: string;
let database: Database;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-migrations-'));
  file = path.join(folder, 'slapgrid.sqlite');
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

/** The tables and what is in them, whatever order they were written in. */
function shapeOf(opened: Database): unknown {
  const tables = opened.all("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
  const indexes = opened.all(
    "SELECT name, tbl_name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name",
  );
  const columns = tables.map(({ name }) => [
    name,
    opened.all(
      `SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info('${String(name)}') ORDER BY name`,
    ),
  ]);
  return { columns, indexes, version: opened.one('PRAGMA user_version') };
}

/** One for each release that changed the tables. */
const STORED = ['database-1.sql'];

describe.each(STORED)('%s', (name) => {
  beforeEach(() => {
    const old = new Database(file);
    old.execute(readFileSync(path.join(FIXTURES, name), 'utf8'));
    old.close();
  });

  function open(): LocalProxy {
    const opened = openProxyDatabase(file);
    expect(opened).toMatchObject({ created: false, damaged: null });
    ({ database } = opened);
    return new LocalProxy({ database, computerId: COMPUTER });
  }

  it('becomes what a new one is', () => {
    open();
    const fresh = openProxyDatabase(path.join(folder, 'new.sqlite')).database;
    expect(shapeOf(database)).toEqual(shapeOf(fresh));
    fresh.close();
    expect(database.all('PRAGMA foreign_key_check')).toEqual([]);
  });

  it('keeps instances, what they published, and software', () => {
    const proxy = open();
    const { partitions, software } = proxy.getFullComputerInformation(COMPUTER);
    expect(software).toEqual([
      { url: 'slapgrid:redis', requestedState: 'available' },
      { url: 'slapgrid:nginx', requestedState: 'destroyed' },
    ]);
    expect(
      partitions.map(({ instanceTitle, rootInstanceTitle, requestedState, connection, ipList }) => [
        instanceTitle,
        rootInstanceTitle,
        requestedState,
        connection,
        ipList[0]?.[1],
      ]),
    ).toEqual([
      ['my-root_1', 'my-root_1', 'started', { url: 'redis://é/' }, '127.64.0.2'],
      ['child', 'my-root_1', 'stopped', {}, '127.64.0.3'],
      ['other', 'other', 'started', {}, '127.64.0.4'],
      ['', '', 'started', {}, '127.64.0.5'],
    ]);
  });

  it('answers the same requests with nothing to do', () => {
    const proxy = open();
    for (const request of [
      { ...ASKING, name: 'my-root_1' },
      { ...ASKING, name: 'child', requester: root },
      { ...ASKING, name: 'part', requester: root, shared: true, parameters: { size: 1 } },
      { ...ASKING, name: 'mine', shared: true },
    ]) {
      expect(proxy.requestWithOutcome(request).outcome, request.name).toBe('unchanged');
    }
    const part = proxy.requestComputerPartition({
      ...ASKING,
      name: 'part',
      requester: root,
      shared: true,
      parameters: { size: 1 },
    });
    expect(part.connection).toEqual({ port: '1' });
  });

  it('keeps the capabilities that were handed out', () => {
    open();
    expect(database.all('SELECT secret, scope, partition FROM capability')).toEqual([
      expect.objectContaining({ secret: 'slapcap_first', scope: 'partition', partition: 'slappart0' }),
    ]);
  });

  it('is migrated once', () => {
    open();
    const { changes } = database;
    database.close();
    open();
    expect(database.changes).toBeLessThan(changes);
  });
});
