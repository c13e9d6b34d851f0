import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../../agent/database.ts';
import { LocalProxy } from '../../../agent/proxy/local-proxy.ts';
import { openProxyDatabase } from '../../../agent/proxy/open.ts';
import { asking, COMPUTER, place } from './local-master.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'slapgrid-open-'));
  file = path.join(folder, 'slapgrid.sqlite');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const clock = (): Date => new Date('2026-11-22T15:00:00Z');

/** A file with `amount` instances in it, closed. */
function makeDatabase(amount: number): void {
  const { database } = openProxyDatabase(file);
  const proxy = new LocalProxy({ database, computerId: COMPUTER });
  proxy.loadComputerConfiguration({
    reference: COMPUTER,
    address: '',
    netmask: '',
    partitions: Array.from({ length: amount }, (_, index) => ({
      reference: place(index).partitionId,
      interfaceName: 'lo',
      addresses: [],
    })),
  });
  for (let index = 0; index < amount; index += 1) {
    proxy.requestComputerPartition(asking(`instance-${index}`, { parameters: { a: 'x'.repeat(500) } }));
  }
  database.close();
}

function instances(): string[] {
  const opened = openProxyDatabase(file, { clock });
  const names = new LocalProxy({ database: opened.database, computerId: COMPUTER })
    .instances()
    .map(({ name }) => name);
  opened.database.close();
  return names;
}

describe('a sound database', () => {
  it('is made at first, for nobody else to read, and found again', () => {
    const first = openProxyDatabase(file);
    expect(first).toMatchObject({ created: true, damaged: null });
    first.database.close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const second = openProxyDatabase(file);
    expect(second).toMatchObject({ created: false, damaged: null });
    second.database.close();
  });

  it('keeps what was committed', () => {
    makeDatabase(2);
    expect(instances()).toEqual(['instance-0', 'instance-1']);
  });

  it('keeps time stamps growing over a restart with an earlier clock', () => {
    const stamps = [2_000_000_000_000, 1_000_000_000_000].map((now, index) => {
      const { database } = openProxyDatabase(file);
      const proxy = new LocalProxy({ database, computerId: COMPUTER, clock: () => now });
      proxy.restore([
        {
          ...place(index),
          name: `n${index}`,
          softwareUrl: '/s',
          softwareType: 'default',
          parameters: {},
          requestedState: 'started',
          requestedBy: '',
        },
      ]);
      const stamp = Number(proxy.instanceByName(`n${index}`)?.timestamp);
      database.close();
      return stamp;
    });
    expect(stamps[1]).toBeGreaterThan(stamps[0] ?? 0);
  });

  it('of an older release learns who asked for each shared instance', () => {
    makeDatabase(2);
    const before = new Database(file);
    before.execute(`
      DROP TABLE forwarded_request;
      DROP INDEX shared_instance_identity;
      ALTER TABLE shared_instance DROP COLUMN name;
      ALTER TABLE shared_instance DROP COLUMN requested_by;
      INSERT INTO shared_instance (reference, computer) VALUES ('_mine', '${COMPUTER}'),
        ('_', '${COMPUTER}'), ('instance-1_a_b', '${COMPUTER}'), ('gone_sh', '${COMPUTER}');
      UPDATE partition SET name = 'instance-1_a' WHERE name = 'instance-0';
      PRAGMA user_version = 1;
    `);
    before.close();
    const { database } = openProxyDatabase(file);
    const rows = database.all('SELECT requested_by, name FROM shared_instance ORDER BY reference');
    database.close();
    expect(rows.map((row) => [row['requested_by'], row['name']])).toEqual([
      ['', ''],
      ['', 'mine'],
      ['gone', 'sh'],
      ['instance-1_a', 'b'],
    ]);
  });

  it('of a newer release is left as it is', () => {
    makeDatabase(1);
    const database = new Database(file);
    database.execute('PRAGMA user_version = 1000');
    database.close();
    const before = readFileSync(file);
    expect(() => openProxyDatabase(file)).toThrow(expect.objectContaining({ code: 'database-newer' }));
    expect(readFileSync(file)).toEqual(before);
  });
});

describe('a damaged database', () => {
  const keptAs = (): string => `${file}.damaged-2026-11-22T15-00-00.000Z`;

  function expectReplaced(content: Buffer): void {
    const opened = openProxyDatabase(file, { clock });
    expect(opened).toMatchObject({ created: true, damaged: { keptAs: keptAs() } });
    const proxy = new LocalProxy({ database: opened.database, computerId: COMPUTER });
    expect(proxy.instances()).toEqual([]);
    opened.database.close();
    expect(readFileSync(keptAs())).toEqual(content);
  }

  it('that is something else is kept aside', () => {
    writeFileSync(file, 'This is no database, but somebody may want it.'.repeat(100));
    expectReplaced(readFileSync(file));
  });

  it('with destroyed pages is kept aside', () => {
    makeDatabase(50);
    const content = readFileSync(file);
    content.fill(0xa5, 4096, content.length - 4096);
    writeFileSync(file, content);
    expectReplaced(content);
  });

  it('that was cut off is kept aside', () => {
    makeDatabase(50);
    truncateSync(file, 8192);
    expectReplaced(readFileSync(file));
  });

  it('takes its log along', () => {
    writeFileSync(file, 'no database'.repeat(1000));
    writeFileSync(`${file}-wal`, 'its log');
    openProxyDatabase(file, { clock }).database.close();
    expect(readFileSync(`${keptAs()}-wal`, 'utf8')).toBe('its log');
    expect(instances()).toEqual([]);
  });

  it('that was emptied is new, and says so', () => {
    makeDatabase(1);
    truncateSync(file, 0);
    const opened = openProxyDatabase(file, { clock });
    expect(opened).toMatchObject({ created: true, damaged: null });
    opened.database.close();
  });
});

it.each([
  ['full', 'PRAGMA max_page_count = 1', 'disk-full'],
  ['read-only', 'PRAGMA query_only = 1', 'read-only'],
])('a disk that is %s is told, and nothing is written', (_what, pragma, code) => {
  makeDatabase(1);
  const { database } = openProxyDatabase(file);
  const proxy = new LocalProxy({ database, computerId: COMPUTER });
  database.execute(pragma);
  const large = asking('instance-0', { parameters: { a: 'y'.repeat(100_000) } });
  expect(() => proxy.requestComputerPartition(large)).toThrow(
    expect.objectContaining({ code, parameters: { path: file } }),
  );
  expect(proxy.instanceByName('instance-0')?.parameters['a']).toHaveLength(500);
  database.close();
});

it('a folder that does not exist is no damage', () => {
  const missing = path.join(folder, 'missing', 'slapgrid.sqlite');
  expect(() => openProxyDatabase(missing)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  expect(existsSync(path.dirname(missing))).toBe(false);
  expect(readdirSync(folder)).toEqual([]);
});
