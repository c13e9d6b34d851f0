/**
 * The catalogue's four releases and one that was written from the documentation, each used over its published address with a real
 * client. Nothing here is a stand-in.
 */
import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { Client, type QueryResult } from 'pg';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { converse, valueOf } from './clients.ts';
import { Home, isAlive, processesUsing, root, until } from './home.ts';
import { descendantsOf, terminate } from './processes.ts';

let home: Home;

beforeAll(async () => {
  home = await Home.make();
  home.start();
});
afterAll(() => home.remove());

describe('memcached', () => {
  let connection: Record<string, string>;
  beforeAll(() => {
    connection = home.request('cache', 'memcached');
  });

  it('stores and returns a value for a client that authenticates', async () => {
    const credentials = `${valueOf(connection, 'user')} ${valueOf(connection, 'password')}`;
    const answer = await converse(
      valueOf(connection, 'host'),
      Number(valueOf(connection, 'port')),
      [`set auth 0 0 ${credentials.length}`, credentials, 'set a 0 0 5', 'hello', 'get a'],
      'END',
    );
    expect(answer).toContain('VALUE a 0 5\r\nhello');
  });

  it('refuses a client that does not', async () => {
    const answer = await converse(
      valueOf(connection, 'host'),
      Number(valueOf(connection, 'port')),
      ['get a'],
      'CLIENT_ERROR',
    );
    expect(answer).toContain('unauthenticated');
  });
});

describe('redis', () => {
  it('demands the password, and keeps its data over stop and start', async () => {
    const connection = home.request('store', 'redis');
    const client = await createClient({ url: valueOf(connection, 'url') }).connect();
    await client.set('greeting', 'olá');
    await client.close();

    expect(home.run(['stop', 'store']).status).toBe(0);
    await home.reaches('store', 'stopped');
    expect(home.run(['start', 'store']).status).toBe(0);
    await home.reaches('store', 'started');

    const again = await createClient({ url: valueOf(connection, 'url') }).connect();
    expect(await again.get('greeting')).toBe('olá');
    await again.close();

    const url = new URL(valueOf(connection, 'url'));
    url.password = 'wrong';
    const stranger = createClient({ url: url.href, socket: { reconnectStrategy: false } });
    stranger.on('error', () => undefined);
    await expect(stranger.connect()).rejects.toThrow(/WRONGPASS|NOAUTH|invalid/u);
  });
});

describe('postgresql', () => {
  let url: string;
  let folder: string;
  beforeAll(async () => {
    url = valueOf(home.request('notes-db', 'postgresql'), 'url');
    folder = path.join(home.data, 'instances', (await home.partitionOf('notes-db')).id);
  });

  async function query(sql: string): Promise<QueryResult> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end();
    }
  }

  function serverLog(): Promise<string> {
    return readFile(path.join(folder, 'log', 'postgresql.log'), 'utf8');
  }

  it('was initialised with a password of its own', async () => {
    await query('create table note (id int primary key, text text)');
    await query("insert into note values (1, 'first')");
    expect((await query('select text from note')).rows).toEqual([{ text: 'first' }]);
    const stranger = new Client({ connectionString: url.replace(/:[^:@/]+@/u, ':wrong@') });
    await expect(stranger.connect()).rejects.toThrow(/password authentication failed/u);
  });

  it('keeps its data over stop and start, and its log shows a clean shutdown', async () => {
    home.run(['stop', 'notes-db']);
    await home.reaches('notes-db', 'stopped');
    expect(await serverLog()).toMatch(/database system is shut down/u);
    home.run(['start', 'notes-db']);
    await home.reaches('notes-db', 'started');
    expect((await query('select text from note')).rows).toEqual([{ text: 'first' }]);
    expect(await serverLog()).not.toMatch(/not properly shut down|interrupted/u);
  });

  it('keeps answering over a kill -9 of the agent, with its data', async () => {
    const before = (await home.instance('notes-db')).services.map((service) => service.pid);
    await home.killAgent();
    expect((await query('select count(*)::int as n from note')).rows).toEqual([{ n: 1 }]);
    home.start();
    await home.reaches('notes-db', 'started');
    expect((await home.instance('notes-db')).services.map((service) => service.pid)).toEqual(before);
  });

  it('shuts down cleanly when SIGTERM hits every process of its tree at once', async () => {
    const shims = processesUsing(path.join(folder, 'run', 'postgresql'));
    const tree = new Set(shims.flatMap((pid) => [pid, ...descendantsOf(pid)]));
    expect(tree.size).toBeGreaterThan(5);
    const stops = (await serverLog()).match(/database system is shut down/gu)?.length ?? 0;
    // The agent must not start it again in between.
    await home.killAgent();
    for (const pid of tree) terminate(pid);
    await until(() => [...tree].every((pid) => !isAlive(pid)));
    expect((await serverLog()).match(/database system is shut down/gu)?.length).toBe(stops + 1);
    home.start();
    await home.reaches('notes-db', 'started');
    expect(await serverLog()).not.toMatch(/not properly shut down|interrupted/u);
    expect((await query('select text from note')).rows).toEqual([{ text: 'first' }]);
  });

  it('exports its data as a tar file', async () => {
    const file = path.join(home.folder, 'notes.tar');
    expect(home.run(['export', 'notes-db', file]).status).toBe(0);
    const listed = spawnSync('tar', ['-tf', file], { encoding: 'utf8' }).stdout;
    expect(listed).toMatch(/PG_VERSION/u);
  });
});

describe('nginx', () => {
  it('serves the page that was given as a parameter', async () => {
    const connection = home.request(
      'site',
      'nginx',
      '--parameters',
      'page=<h1>Grüße & "mehr" {{x}} $uri</h1>',
    );
    const answer = await fetch(valueOf(connection, 'url'));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('<h1>Grüße & "mehr" {{x}} $uri</h1>');
  });

  it('takes a changed parameter in place', async () => {
    const connection = home.request('site', 'nginx', '--parameters', 'page=second');
    expect(await (await fetch(valueOf(connection, 'url'))).text()).toContain('second');
  });
});

describe('a release written from the documentation', () => {
  /** MQTT 3.1.1: strings have their length before them; section 3.1 (CONNECT), 3.2 (CONNACK: 20 02 00 and the return code). */
  function connectPacket(user: string, password: string): Buffer {
    const string = (text: string): Buffer => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(Buffer.byteLength(text));
      return Buffer.concat([length, Buffer.from(text)]);
    };
    const body = Buffer.concat([
      string('MQTT'),
      Buffer.from([4, 0b1100_0010, 0, 60]),
      ...['test', user, password].map(string),
    ]);
    return Buffer.concat([Buffer.from([0x10, body.length]), body]);
  }

  function answerTo(host: string, port: number, packet: Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port }, () => socket.write(packet));
      socket.setTimeout(10_000, () => socket.destroy(new Error('no answer')));
      socket.once('error', reject);
      socket.once('data', (chunk) => {
        socket.destroy();
        resolve(chunk.toString('hex'));
      });
    });
  }

  it('runs like those of the catalogue, and asks for the password', async () => {
    const profile = path.join(root, 'test', 'fixtures', 'profiles', 'mosquitto', 'software.yaml');
    const connection = home.request('fifth', profile);
    const host = valueOf(connection, 'host');
    const port = Number(valueOf(connection, 'port'));
    const user = valueOf(connection, 'user');
    const password = valueOf(connection, 'password');
    expect(await answerTo(host, port, connectPacket(user, password))).toBe('20020000');
    expect(await answerTo(host, port, connectPacket(user, 'wrong'))).toBe('20020005');
  });
});

describe('every partition', () => {
  it('has no process with uid or gid 0 as seen from the host', async () => {
    const pids = processesUsing(path.join(home.data, 'instances')).flatMap((pid) => [
      pid,
      ...descendantsOf(pid),
    ]);
    expect(pids.length).toBeGreaterThan(10);
    for (const pid of pids) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      if (status === '') continue;
      expect(status).not.toMatch(/^[UG]id:.*\t0(\t|$)/mu);
    }
  });

  it('leaves nothing behind when it is destroyed', async () => {
    const partition = await home.partitionOf('store');
    const folder = path.join(home.data, 'instances', partition.id);
    expect(home.run(['destroy', 'store', '--yes']).status).toBe(0);
    await until(
      async () => (await home.state()).partitions.find((each) => each.id === partition.id)?.instance === null,
    );
    expect(processesUsing(folder)).toEqual([]);
    expect(await readdir(folder)).toEqual(expect.arrayContaining(['conf', 'data', 'log', 'run']));
    expect((await readdir(folder, { recursive: true })).toSorted()).toEqual(['conf', 'data', 'log', 'run']);
    expect(await readFile('/proc/self/mounts', 'utf8')).not.toContain(folder);
    const listening = await readFile('/proc/net/tcp', 'utf8');
    const [, b = '0', c = '0', d = '0'] = partition.address.split('.');
    const hex = [d, c, b, '127']
      .map((octet) => Number(octet).toString(16).padStart(2, '0').toUpperCase())
      .join('');
    expect(listening).not.toMatch(new RegExp(`: ${hex}:[0-9A-F]{4} 00000000:0000 0A`, 'u'));
    expect(existsSync(folder)).toBe(true);
  });
});
