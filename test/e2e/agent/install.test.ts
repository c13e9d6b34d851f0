/** The product as something that is on a computer: where it runs from, and what is left of it when it goes. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { createClient } from 'redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLAIMS_FOLDER } from '../../../agent/node/addresses.ts';
import { STORED, tryMemcached, valueOf, type Connection } from './clients.ts';
import { connectionOf, destroy } from './crash.ts';
import { makeClone } from './clone.ts';
import { Home, processesUsing, type Outcome } from './home.ts';
import { census, groupsOf, listeningPorts, mountsOf, noStrays } from './remains.ts';

let home: Home;

beforeEach(async () => {
  home = await Home.make();
});
afterEach(() => home.remove());

describe('a clone that is deleted', () => {
  function runFrom(clone: string, ...args: string[]): Outcome {
    const options = { env: home.environment, cwd: clone, encoding: 'utf8' } as const;
    return spawnSync(path.join(clone, 'slapgrid'), args, options);
  }

  it('takes nothing with it: the service, the agent and what the agent starts go on', async () => {
    const clone = path.join(home.folder, 'clone');
    await makeClone(clone);
    expect(runFrom(clone, 'start', '--headless', '--detach')).toMatchObject({ status: 0, stderr: '' });
    expect(runFrom(clone, 'request', 'cache', 'memcached')).toMatchObject({ status: 0 });
    const connection = await connectionOf(home, 'cache');
    const pid = await home.agentPid();
    await rm(clone, { recursive: true });

    expect(await tryMemcached(connection)).toContain(STORED);
    expect((await home.state()).agent.pid).toBe(pid);
    const call = await home.calls();
    await call.stop.mutate({ name: 'cache' });
    await home.reaches('cache', 'stopped');
    await call.start.mutate({ name: 'cache' });
    await home.reaches('cache', 'started');
    expect(await tryMemcached(connection)).toContain(STORED);

    // Another clone of the same build finds it, and its agent adopts what runs.
    expect(home.json(['start', '--headless', '--detach'])).toMatchObject({
      outcome: 'found',
      agent: { pid },
    });
    const service = (await home.instance('cache')).services[0]?.pid;
    await home.killAgent();
    home.start();
    expect((await home.reaches('cache', 'started')).services[0]?.pid).toBe(service);
  });
});

describe('an instance that is destroyed', () => {
  it('leaves no process, mount, address, file or kernel group', async () => {
    home.start();
    home.request('cache', 'memcached');
    home.request('store', 'redis');
    const { id, address } = await home.partitionOf('store');
    expect(await listeningPorts(address)).toEqual([6379]);
    const { backend } = (await home.state()).lending;
    if (process.getuid?.() === 0 && backend !== 'none') expect(await groupsOf(home, id)).not.toEqual([]);
    const before = census(home).length;
    await destroy(home, 'store');
    // The other goes on, and nothing but it.
    expect(census(home).length).toBeLessThan(before);
    expect(processesUsing(path.join(home.data, 'instances', id))).toEqual([]);
    await noStrays(home);
    expect(await tryMemcached(await connectionOf(home, 'cache'))).toContain(STORED);
  });
});

describe('uninstall', () => {
  let connection: Connection;
  let partition: { id: string; address: string };

  beforeEach(async () => {
    home.start();
    connection = home.request('store', 'redis');
    partition = await home.partitionOf('store');
    const client = await createClient({ url: valueOf(connection, 'url') }).connect();
    await client.set('greeting', 'olá');
    await client.close();
  });

  const claim = (): string => path.join(CLAIMS_FOLDER, partition.address.split('.').slice(0, 3).join('.'));

  /** Nothing runs, listens or is mounted, and the kernel knows no group of it. */
  async function expectQuiet(): Promise<void> {
    expect(census(home)).toEqual([]);
    expect(await listeningPorts(partition.address)).toEqual([]);
    expect(await mountsOf(home.folder)).toEqual([]);
    expect(await groupsOf(home)).toEqual([]);
  }

  it('leaves nothing at all', async () => {
    expect(existsSync(claim())).toBe(true);
    expect(home.json(['uninstall', '--yes'])).toMatchObject({ kept: [] });
    expect(existsSync(home.data)).toBe(false);
    expect(existsSync(claim())).toBe(false);
    await expectQuiet();
  });

  it('with --keep-data keeps what an instance needs to come back as it was', async () => {
    const software = path.join(home.folder, 'software');
    spawnSync('cp', ['-al', path.join(home.data, 'software'), software]);
    expect(home.run(['uninstall', '--keep-data']).status).toBe(0);
    await expectQuiet();
    expect((await readdir(home.data)).toSorted()).toEqual(['instances', 'private']);
    expect(existsSync(claim())).toBe(true);

    // Not downloaded again: that is no subject here.
    spawnSync('cp', ['-al', software, path.join(home.data, 'software')]);
    home.start();
    await home.reaches('store', 'started');
    expect(await connectionOf(home, 'store')).toEqual(connection);
    const client = await createClient({ url: valueOf(connection, 'url') }).connect();
    expect(await client.get('greeting')).toBe('olá');
    await client.close();
  });

  it('with --export writes the data of every instance, then leaves nothing', async () => {
    const folder = path.join(home.folder, 'exported');
    const { exported } = home.json(['uninstall', '--export', folder]) as { exported: string[] };
    expect(exported).toHaveLength(1);
    const [file = ''] = exported;
    expect(path.dirname(file)).toBe(folder);
    expect(spawnSync('tar', ['-tf', file], { encoding: 'utf8' }).stdout).toMatch(/\.(?:rdb|aof)/u);
    expect(existsSync(home.data)).toBe(false);
    expect(existsSync(claim())).toBe(false);
    await expectQuiet();
  });

  it('removes nothing while an instance runs that no agent can stop', async () => {
    await home.killAgent();
    const refused = home.run(['uninstall', '--yes', '--json']);
    expect(refused.status).toBe(1);
    const { error } = JSON.parse(refused.stdout) as { error: Record<string, string> };
    expect(error).toMatchObject({
      code: 'uninstall-in-use',
      nextStep: expect.stringMatching(/./u) as string,
    });
    expect(await readFile(path.join(home.data, 'instances', partition.id, 'request.json'), 'utf8')).toContain(
      'store',
    );
    home.start();
    expect((await home.reaches('store', 'started')).services[0]?.restarts).toBe(0);
  });
});
