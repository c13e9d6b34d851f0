/** A database as slapproxy writes it (§12.2), taken over. */
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../../agent/database.ts';
import { lockDataFolder } from '../../../agent/lock.ts';
import { pathsOf } from '../../../agent/paths.ts';
import { LocalProxy } from '../../../agent/proxy/local-proxy.ts';
import { openProxyDatabase } from '../../../agent/proxy/open.ts';
import { writeInstanceXml } from '../../../slap/instance-xml.ts';
import { writeMarshal } from '../../../slap/marshal/write.ts';
import { commandLine, type Ran } from '../cli/command-line.ts';

const TABLES: Readonly<Record<string, string>> = {
  config: 'name TEXT PRIMARY KEY, value TEXT',
  software: 'url TEXT, computer_reference TEXT, requested_state TEXT, PRIMARY KEY (url, computer_reference)',
  computer: 'reference TEXT PRIMARY KEY, address TEXT, netmask TEXT',
  partition: `reference TEXT, computer_reference TEXT, slap_state TEXT DEFAULT 'free', software_release TEXT, xml TEXT,
    connection_xml TEXT, slave_instance_list TEXT, software_type TEXT, partition_reference TEXT,
    requested_by TEXT NOT NULL DEFAULT '', requested_state TEXT NOT NULL DEFAULT 'started', timestamp REAL,
    PRIMARY KEY (reference, computer_reference)`,
  slave: 'reference TEXT, computer_reference TEXT, connection_xml TEXT, hosted_by TEXT, asked_by TEXT',
  partition_network:
    'partition_reference TEXT, computer_reference TEXT, reference TEXT, address TEXT, netmask TEXT',
  forwarded_partition_request: 'partition_reference TEXT, master_url TEXT',
};

const SOFTWARE = 'http://example.invalid/software.cfg';

let folder: string;
let file: string;
let home: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-import-'));
  file = path.join(folder, 'proxy.db');
  home = path.join(folder, 'home');
  await mkdir(pathsOf(home).private, { recursive: true, mode: 0o700 });
  openProxyDatabase(pathsOf(home).database).database.close();
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

type Row = Record<string, string | number | null>;

/** Writes a database of upstream with these rows. */
function upstream(rows: Record<string, Row[]>, version = 17): void {
  const database = new DatabaseSync(file);
  for (const [table, columns] of Object.entries(TABLES)) {
    database.exec(`CREATE TABLE ${table}${version} (${columns})`);
  }
  for (const [table, each] of Object.entries(rows)) {
    for (const row of each) {
      const names = Object.keys(row);
      const places = names.map(() => '?').join(', ');
      database
        .prepare(`INSERT INTO ${table}${version} (${names.join(', ')}) VALUES (${places})`)
        .run(...Object.values(row));
    }
  }
  database.close();
}

function computer(reference = 'computer'): Row {
  return { reference, address: '127.0.0.1', netmask: '255.255.255.255' };
}

function free(reference: string): Row {
  return { reference, computer_reference: 'computer' };
}

function busy(reference: string, name: string | null, more: Row = {}): Row {
  return {
    ...free(reference),
    slap_state: 'busy',
    software_release: SOFTWARE,
    xml: writeInstanceXml({ a: 'b', empty: null }),
    software_type: 'default',
    partition_reference: name,
    timestamp: 1_700_000_000.5,
    ...more,
  };
}

/** A tree, a shared instance that it hosts, and what else there can be. */
function everything(): Record<string, Row[]> {
  const entry = { slave_reference: 'root_mine', slave_title: 'root_mine', slap_software_type: '', number: 1 };
  return {
    computer: [computer(), computer('other')],
    software: [
      { url: SOFTWARE, computer_reference: 'computer', requested_state: 'available' },
      { url: 'http://example.invalid/old.cfg', computer_reference: 'computer', requested_state: 'destroyed' },
    ],
    partition: [
      busy('slappart0', 'root', { connection_xml: writeInstanceXml({ url: 'http://a/' }) }),
      busy('slappart1', 'child', {
        requested_by: 'root',
        requested_state: 'stopped',
        slave_instance_list: writeMarshal([entry]),
      }),
      free('slappart2'),
    ],
    slave: [
      {
        reference: 'root_mine',
        computer_reference: 'computer',
        hosted_by: 'slappart1',
        connection_xml: writeInstanceXml({ port: '1' }),
      },
      // Its host was freed: upstream leaves such rows.
      { reference: '_orphan', computer_reference: 'computer', hosted_by: 'slappart2' },
    ],
    partition_network: [
      {
        partition_reference: 'slappart0',
        computer_reference: 'computer',
        reference: 'lo',
        address: '127.64.0.1',
        netmask: '255.255.255.255',
      },
    ],
  };
}

function run(...options: string[]): Promise<Ran> {
  return commandLine({ home }).run('--json', 'proxy', 'import', file, ...options);
}

async function imported(...options: string[]): Promise<Record<string, unknown>> {
  return JSON.parse((await run(...options)).stdout) as Record<string, unknown>;
}

/** What the local master then knows. */
function here<Result>(look: (proxy: LocalProxy) => Result): Result {
  const database = new Database(pathsOf(home).database);
  try {
    return look(new LocalProxy({ database, computerId: 'local_computer' }));
  } finally {
    database.close();
  }
}

it('takes over computers, partitions, instances, shared instances and software', async () => {
  upstream(everything());
  expect(await imported()).toMatchObject({
    done: true,
    imported: { computer: 2, partition: 3, instance: 2, shared: 2, software: 2 },
    refused: [],
  });
  const record = here((proxy) => proxy.getFullComputerInformation('computer'));
  expect(record.software).toEqual([
    { url: SOFTWARE, requestedState: 'available' },
    { url: 'http://example.invalid/old.cfg', requestedState: 'destroyed' },
  ]);
  expect(record.partitions).toMatchObject([
    {
      partitionId: 'slappart0',
      instanceTitle: 'root',
      rootInstanceTitle: 'root',
      software: { url: SOFTWARE },
      parameters: { a: 'b', empty: null },
      connection: { url: 'http://a/' },
      ipList: [['lo', '127.64.0.1']],
      timestamp: '1700000000.5',
    },
    {
      instanceTitle: 'child',
      rootInstanceTitle: 'root',
      requestedState: 'stopped',
      sharedInstances: [{ slave_reference: 'root_mine', number: 1 }],
    },
    { software: null },
  ]);
});

it('knows shared instances by their names, and gives back what was published for them', async () => {
  upstream(everything());
  await imported();
  const again = here((proxy) =>
    proxy.requestComputerPartition({
      softwareUrl: SOFTWARE,
      softwareType: 'default',
      name: 'mine',
      state: null,
      parameters: {},
      filter: { computer_guid: 'computer' },
      shared: true,
      requester: { computerId: 'computer', partitionId: 'slappart0' },
    }),
  );
  expect(again).toMatchObject({ shared: true, connection: { port: '1' } });
});

it('sets later time stamps after those that came along', async () => {
  const ahead = 4_000_000_000;
  upstream({ computer: [computer()], partition: [busy('slappart0', 'one', { timestamp: ahead })] });
  await imported();
  const stamp = here((proxy) => {
    proxy.bangInstance({ computerId: 'computer', partitionId: 'slappart0' }, '');
    return proxy.instanceByName('one')?.timestamp;
  });
  expect(Number(stamp)).toBeGreaterThan(ahead);
});

it('says with --dry-run what it would do, and does nothing', async () => {
  upstream(everything());
  expect(await imported('--dry-run')).toMatchObject({ done: false, imported: { instance: 2, shared: 2 } });
  expect(here((proxy) => [proxy.listComputers(), proxy.instances()])).toEqual([[], []]);
});

it('imports nothing twice', async () => {
  upstream(everything());
  await imported();
  expect(await imported()).toMatchObject({
    done: true,
    imported: { computer: 0, partition: 0, instance: 0, shared: 0, software: 0 },
    present: 11,
  });
});

it('only reads the other file', async () => {
  upstream(everything());
  await chmod(file, 0o400);
  const digest = async (): Promise<string> =>
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  const before = await digest();
  await imported();
  expect(await digest()).toBe(before);
});

describe('what this master would refuse', () => {
  const bad: [string, Record<string, Row[]>, { kind: string; name: string }][] = [
    [
      'an instance without a name',
      { partition: [busy('slappart0', null)] },
      { kind: 'instance', name: 'computer/slappart0' },
    ],
    [
      'a name that no client could use',
      { partition: [busy('slappart0', '..')] },
      { kind: 'instance', name: '..' },
    ],
    [
      'a state nobody knows',
      { partition: [busy('slappart0', 'a', { requested_state: 'weird' })] },
      { kind: 'instance', name: 'a' },
    ],
    [
      'parameters that are no XML',
      { partition: [busy('slappart0', 'a', { xml: '<instance>' })] },
      { kind: 'instance', name: 'a' },
    ],
    [
      'two instances of one name',
      { partition: [busy('slappart0', 'a'), busy('slappart1', 'a')] },
      { kind: 'instance', name: 'a' },
    ],
    [
      'a reference that would leave its folder',
      { partition: [free('../x')] },
      { kind: 'partition', name: 'computer/../x' },
    ],
    [
      'software of no computer’s name',
      { software: [{ url: SOFTWARE, computer_reference: 'a/b', requested_state: 'available' }] },
      { kind: 'software', name: SOFTWARE },
    ],
    [
      'a request that was forwarded',
      { forwarded_partition_request: [{ partition_reference: 'user_a', master_url: 'https://m/' }] },
      { kind: 'forwarded', name: 'user_a' },
    ],
  ];

  it.each(bad)('%s is named, and then nothing is imported', async (_, rows, refused) => {
    upstream({ computer: [computer()], ...rows });
    const ran = await run();
    expect(ran.status).toBe(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({ done: false, refused: [refused] });
    expect(here((proxy) => proxy.listComputers())).toEqual([]);
  });

  it('is left out with --skip-refused', async () => {
    upstream({ computer: [computer()], partition: [busy('slappart0', '..'), busy('slappart1', 'good')] });
    expect(await imported('--skip-refused')).toMatchObject({ done: true, imported: { instance: 1 } });
    expect(here((proxy) => proxy.instances().map(({ name }) => name))).toEqual(['good']);
  });

  it('is an instance where this master has another one', async () => {
    upstream(everything());
    here((proxy) => {
      proxy.loadComputerConfiguration({
        reference: 'computer',
        address: '',
        netmask: '',
        partitions: [{ reference: 'slappart0', interfaceName: 'lo', addresses: [] }],
      });
      proxy.requestComputerPartition({
        softwareUrl: SOFTWARE,
        softwareType: 'default',
        name: 'ours',
        state: null,
        parameters: {},
        filter: { computer_guid: 'computer' },
        shared: false,
        requester: null,
      });
    });
    expect(await imported()).toMatchObject({
      refused: [{ kind: 'instance', name: 'root', reason: expect.stringContaining('ours') }],
    });
    expect(here((proxy) => proxy.instances().map(({ name }) => name))).toEqual(['ours']);
  });
});

describe('nothing is done', () => {
  async function code(): Promise<unknown> {
    const ran = await run();
    expect(ran.status).toBe(1);
    return (JSON.parse(ran.stdout) as { error: { code: string } }).error.code;
  }

  it('when there is no such file', async () => {
    expect(await code()).toBe('import-missing');
  });

  it.each(['', 'something else altogether, and quite long so that it is no empty file'])(
    'when the file holds “%s”',
    async (content) => {
      await writeFile(file, content);
      expect(await code()).toBe('import-not-a-proxy');
    },
  );

  it('when a column is missing', async () => {
    upstream({});
    const database = new DatabaseSync(file);
    database.exec('ALTER TABLE software17 DROP COLUMN requested_state; INSERT INTO software17 VALUES (1, 2)');
    database.close();
    expect(await code()).toBe('import-not-a-proxy');
  });

  it.each([
    [16, 'import-older'],
    [18, 'import-newer'],
  ])('when its schema is %i', async (version, expected) => {
    upstream({}, version);
    expect(await code()).toBe(expected);
  });

  it('while Slapgrid runs', async () => {
    upstream(everything());
    const lock = lockDataFolder(pathsOf(home).lock);
    expect(await code()).toBe('agent-already-running');
    lock.release();
  });

  it('before Slapgrid was ever started', async () => {
    upstream(everything());
    home = path.join(folder, 'nowhere');
    expect(await code()).toBe('import-too-early');
  });
});
