/** What is asked wrongly, and what is in the way: each is told with its cause and a next step, and nothing is lost. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Configuration } from '../../../agent/configuration.ts';
import { systemErrorCode } from '../../../agent/errors.ts';
import { pathsOf } from '../../../agent/paths.ts';
import { openProxyDatabase } from '../../../agent/proxy/open.ts';
import { STORED, tryMemcached, type Connection } from './clients.ts';
import { connectionOf, destroy } from './crash.ts';
import { Home, isAlive, root, until } from './home.ts';
import { noStrays } from './remains.ts';
import { refusalOf, type Refusal } from './refusals.ts';

const catalogue = path.join(root, 'assets', 'software');

async function configurationOf(home: Home): Promise<Configuration> {
  return JSON.parse(await readFile(pathsOf(home.data).config, 'utf8')) as Configuration;
}

/** Listens there, in this process, until it is closed. A killed process keeps its ports until its last thread has ended. */
function occupy(host: string, port: number): Promise<Server> {
  return until(async () => {
    const server = createServer();
    server.listen({ host, port });
    try {
      await once(server, 'listening');
      return server;
    } catch (error) {
      if (systemErrorCode(error) !== 'EADDRINUSE') throw error;
      return null;
    }
  });
}

async function withHome(use: (home: Home) => Promise<void>): Promise<void> {
  const home = await Home.make();
  try {
    home.start();
    await use(home);
  } finally {
    await home.remove();
  }
}

describe('a request', () => {
  let home: Home;
  let connection: Connection;
  beforeAll(async () => {
    home = await Home.make();
    await home.configure({ partitionAmount: 2 });
    home.start();
    connection = home.request('cache', 'memcached');
  });
  afterAll(() => home.remove());

  /** The one instance there was is as it was, and nothing else is there. */
  afterEach(async () => {
    const { partitions, software } = await home.state();
    expect(partitions.filter(({ instance }) => instance !== null)).toHaveLength(1);
    expect(software).toHaveLength(1);
    expect(await connectionOf(home, 'cache')).toEqual(connection);
  });

  const request = (...more: string[]): ReturnType<Home['run']> => home.run(['request', ...more, '--json']);

  it('of software that nobody knows is refused', () => {
    expect(refusalOf(request('other', 'memcachet')).code).toBe('unknown-software');
    expect(refusalOf(request('other', '/nowhere/software.yaml')).code).toBe('unknown-software');
  });

  it('with a parameter that cannot be is refused, which is named', () => {
    const parameters = ['--parameters', 'memory=lots'];
    const refused = refusalOf(request('other', 'memcached', ...parameters));
    expect(refused).toMatchObject({
      code: 'bad-parameter',
      sentence: expect.stringContaining('Memory') as string,
    });
    expect(refusalOf(request('cache', 'memcached', ...parameters)).code).toBe('bad-parameter');
    expect(refusalOf(request('other', 'memcached', '--parameters', 'colour=red')).code).toBe('bad-parameter');
    expect(refusalOf(request('other', 'memcached', '--type', 'cluster')).code).toBe('unknown-software-type');
  });

  it('with a name that cannot be is refused', () => {
    expect(refusalOf(request('a\nb', 'memcached')).code).toBe('name-invalid');
  });

  it('of a profile that does not validate is refused; line and field are named', async () => {
    const file = path.join(home.folder, 'software.yaml');
    const profile = await readFile(path.join(catalogue, 'memcached', 'software.yaml'), 'utf8');
    await writeFile(file, profile.replace('port: 11211', 'port: many'));
    const line = profile.split('\n').findIndex((each) => each.includes('port: 11211')) + 1;
    const refused = refusalOf(request('other', file));
    expect(refused.code).toBe('profile-invalid');
    expect(refused.sentence).toContain(`line ${line}`);
    expect(refused.sentence).toContain('port');
    expect(refused.nextStep).toContain(file);
  });

  it('of a profile that cannot be fetched is refused', async () => {
    const silent = await occupy('127.0.0.1', 0);
    const { port } = silent.address() as AddressInfo;
    silent.close();
    const refused = refusalOf(request('other', `http://127.0.0.1:${port}/software.yaml`));
    expect(refused.code).toBe('profile-unreachable');
    expect(refused.sentence).toContain(`127.0.0.1:${port}`);
  });

  it('of a profile that is not the announced one is refused', async () => {
    const profile = await readFile(path.join(catalogue, 'memcached', 'software.yaml'));
    const server = createHttpServer((_, response) => response.end(profile));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/software.yaml`;
    const wrong = createHash('sha256').update('something else').digest('hex');
    const refused = refusalOf(await home.runBeside(['request', 'other', `${url}#sha256=${wrong}`, '--json']));
    server.close();
    expect(refused.code).toBe('profile-digest');
    const file = path.join(catalogue, 'memcached', 'software.yaml');
    expect(refusalOf(request('other', `${file}#sha256=${wrong}`)).code).toBe('profile-digest');
  });

  it('for which no partition is free is refused, and the others go on', async () => {
    home.request('second', 'memcached');
    const refused = refusalOf(request('third', 'memcached'));
    expect(refused).toMatchObject({
      code: 'no-free-partition',
      sentence: expect.stringContaining('2') as string,
    });
    expect(await tryMemcached(connection)).toContain(STORED);
    expect(home.run(['destroy', 'second', '--yes']).status).toBe(0);
  });
});

it('a name in use with other software gets that software in place, and that is said', () =>
  withHome(async (home) => {
    home.request('store', 'redis');
    const before = await home.partitionOf('store');
    const told = home.run(['request', 'store', 'memcached']);
    expect(told.status).toBe(0);
    expect(told.stderr).toMatch(/Redis.*Memcached/su);
    const after = await home.partitionOf('store');
    expect(after).toMatchObject({ id: before.id, address: before.address });
    expect(await tryMemcached(await connectionOf(home, 'store'))).toContain(STORED);
    await noStrays(home);
    const again = home.json(['request', 'store', 'redis']);
    expect(again).toMatchObject({ outcome: 'updated', softwareReplaced: true });
  }));

describe('a second agent', () => {
  let home: Home;
  beforeEach(async () => {
    home = await Home.make();
  });
  afterEach(() => home.remove());

  it('on the same folder says so and leaves', async () => {
    const pid = home.start();
    const runtimes = path.join(home.data, 'runtime');
    const [runtime = ''] = await readdir(runtimes);
    const second = spawnSync(
      path.join(runtimes, runtime, 'node'),
      [path.join(runtimes, runtime, 'agent.mjs')],
      { env: home.environment, encoding: 'utf8' },
    );
    expect(second.status).toBe(10);
    expect(second.stdout).toContain(`process ${pid}`);
    expect(second.stdout).toContain('./slapgrid status');
    expect((await home.state()).agent.pid).toBe(pid);
  });

  it('is not made by two who start at once: both find the one', async () => {
    const start = ['start', '--headless', '--detach', '--json'];
    const outcomes = await Promise.all([home.runBeside(start), home.runBeside(start)]);
    const pids = outcomes.map(({ status, stdout, stderr }) => {
      expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
      return (JSON.parse(stdout) as { agent: { pid: number } }).agent.pid;
    });
    expect(pids).toEqual([await home.agentPid(), await home.agentPid()]);
    expect(await readdir(path.join(home.data, 'runtime'))).toHaveLength(1);
    await noStrays(home);
  });
});

describe('something that is in the way of a start', () => {
  let home: Home;
  let connection: Connection;
  let service: number | null | undefined;
  let known: unknown;

  beforeAll(async () => {
    home = await Home.make();
    home.start();
    connection = home.request('cache', 'memcached', '--parameters', 'memory=70');
    home.request('idle', 'memcached', '--state', 'stopped');
    known = await described();
  });
  afterAll(() => home.remove());
  beforeEach(async () => {
    // One that failed may have left it without an agent, which is no fault of the others.
    home.start();
    service = (await home.reaches('cache', 'started')).services[0]?.pid;
  });

  /** What a person knows of the instances. */
  async function described(): Promise<unknown> {
    const { partitions } = await home.state();
    return partitions.map(({ id, instance }) => [
      id,
      instance?.name,
      instance?.guid,
      instance?.softwareUrl,
      instance?.parameters,
      instance?.requestedState,
    ]);
  }

  /** Everything is as it was, and the very process serves on. */
  async function expectUnharmed(): Promise<void> {
    await home.reaches('cache', 'started');
    await home.reaches('idle', 'stopped');
    expect(await described()).toEqual(known);
    expect((await home.instance('cache')).services[0]?.pid).toBe(service);
    expect(await connectionOf(home, 'cache')).toEqual(connection);
    expect(await tryMemcached(connection)).toContain(STORED);
    await noStrays(home);
  }

  const start = (): ReturnType<Home['run']> => home.run(['start', '--headless', '--detach', '--json']);

  it.each(['proxyPort', 'pagePort'] as const)(
    'the %s taken by another program: which one is told',
    async (key) => {
      const configuration = await configurationOf(home);
      await home.killAgent();
      const server = await occupy('127.0.0.1', configuration[key]);
      const refused = refusalOf(start());
      server.close();
      expect(refused.sentence).toContain(String(configuration[key]));
      expect(refused.sentence).toContain(String(process.pid));
      expect(await tryMemcached(connection)).toContain(STORED);
      home.start();
      expect(await configurationOf(home)).toEqual(configuration);
      await expectUnharmed();
    },
  );

  it('a configuration that cannot be read: the file is named and left as it is', async () => {
    const { config } = pathsOf(home.data);
    const sound = await readFile(config, 'utf8');
    await home.killAgent();
    for (const garbage of ['\0garbage', '{"schema": 1, "partitionAmount": "many"}', '[]', '']) {
      await writeFile(config, garbage);
      expect(refusalOf(start()).sentence).toContain(config);
      expect(await readFile(config, 'utf8')).toBe(garbage);
    }
    await writeFile(config, sound);
    home.start();
    await expectUnharmed();
  });

  it('a data folder that cannot be made, because a file is in the way', () => {
    const elsewhere = { ...home.environment, SLAPGRID_HOME: path.join(pathsOf(home.data).config, 'data') };
    const options = { env: elsewhere, encoding: 'utf8' } as const;
    const refused = refusalOf(
      spawnSync(path.join(root, 'slapgrid'), ['start', '--detach', '--json'], options),
    );
    expect(refused.code).toBe('home-not-a-folder');
  });

  describe('a database', () => {
    const database = (): string => pathsOf(home.data).database;

    const damages: Record<string, (file: string) => Promise<void>> = {
      'with garbage all over it': (file) => writeFile(file, 'garbage'.repeat(10_000)),
      'with garbage in the middle': async (file) => {
        spawnSync('dd', ['if=/dev/urandom', `of=${file}`, 'bs=1024', 'seek=4', 'count=60', 'conv=notrunc']);
      },
      'that was truncated': async (file) => {
        spawnSync('truncate', ['-s', '5000', file]);
      },
    };

    /** Ends the agent well: then everything is in the file itself, and nothing in the log beside it. */
    async function endAgent(): Promise<void> {
      const pid = await home.agentPid();
      await (await home.calls()).shutdown.mutate();
      await until(() => !isAlive(pid));
      expect(existsSync(`${database()}-wal`)).toBe(false);
    }

    it.each(Object.entries(damages))('%s is kept aside, explained, and rebuilt', async (_, damage) => {
      await endAgent();
      await damage(database());
      const damaged = await readFile(database());
      home.start();
      const told = await notice();
      expect(told).toMatchObject({
        code: 'database-damaged',
        sentence: expect.stringContaining('2 instances') as string,
      });
      expect(told?.nextStep).toMatch(/\w/u);
      const folder = path.dirname(database());
      const aside = (await readdir(folder)).filter((name) => name.includes('.damaged-'));
      expect(aside).toHaveLength(1);
      expect((await readFile(path.join(folder, aside[0] ?? ''))).equals(damaged)).toBe(true);
      expect(told?.sentence).toContain(aside[0]);
      await rm(path.join(folder, aside[0] ?? ''));
      await expectUnharmed();
    });

    async function notice(): Promise<Refusal | undefined> {
      return (await home.state()).agent.notices.find(({ id }) => id === 'database');
    }

    it('that is lost is rebuilt, and that is told', async () => {
      await endAgent();
      await rm(database());
      home.start();
      expect(await notice()).toMatchObject({
        code: 'database-incomplete',
        sentence: expect.stringContaining('2 instances') as string,
      });
      await expectUnharmed();
    });

    it('that an agent made anew and was killed before it had filled it is filled by the next', async () => {
      await endAgent();
      await rm(database());
      openProxyDatabase(database()).database.close();
      home.start();
      expect(await notice()).toMatchObject({ code: 'database-incomplete' });
      await expectUnharmed();
    });

    it('that lost its newest changes learns of the instance that came with them', async () => {
      await endAgent();
      home.start();
      const newest = home.request('newest', 'memcached');
      const before = await home.instance('newest');
      await home.killAgent();
      await rm(`${database()}-wal`);
      home.start();
      expect(await notice()).toMatchObject({
        code: 'database-incomplete',
        sentence: expect.stringContaining('1 instance was') as string,
      });
      expect((await home.reaches('newest', 'started')).services[0]?.pid).toBe(before.services[0]?.pid);
      expect(await connectionOf(home, 'newest')).toEqual(newest);
      expect(await tryMemcached(newest)).toContain(STORED);
      await destroy(home, 'newest');
      await expectUnharmed();
    });

    it('that is damaged while the agent runs is mended by the next start', async () => {
      await writeFile(database(), 'garbage'.repeat(10_000));
      await rm(`${database()}-wal`, { force: true });
      await home.killAgent();
      home.start();
      expect(await notice()).toMatchObject({ code: 'database-damaged' });
      await expectUnharmed();
    });
  });

  it('garbage in the lock, the sessions and the records of software: everything goes on', async () => {
    const { lock, private: folder } = pathsOf(home.data);
    await home.killAgent();
    const records = path.join(folder, 'software');
    for (const file of [lock, path.join(folder, 'sessions.json')]) await writeFile(file, '\0garbage');
    for (const name of await readdir(records)) await writeFile(path.join(records, name), '{"schema": 7');
    home.start();
    await expectUnharmed();
  });
});

it('a published address taken by another program is told with its name; the instance starts when it is free', () =>
  withHome(async (home) => {
    const { partitions } = await home.state();
    const server = await occupy(partitions[0]?.address ?? '', 11_211);
    const refused = refusalOf(home.run(['request', 'cache', 'memcached', '--json']));
    expect(refused.code).toBe('address-taken');
    expect(refused.sentence).toContain(String(process.pid));
    server.close();
    await home.reaches('cache', 'started');
    expect(await tryMemcached(await connectionOf(home, 'cache'))).toContain(STORED);
  }));
