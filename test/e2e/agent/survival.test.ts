/** What survives what, with real processes. */
import { readFile, readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { createClient } from 'redis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Home, isAlive, processesUsing, until } from './home.ts';
import { descendantsOf, killOne } from './processes.ts';

let home: Home;
let connection: Record<string, string>;

beforeAll(async () => {
  home = await Home.make();
  home.start();
  connection = home.request('store', 'redis');
});
afterAll(() => home.remove());

async function ping(): Promise<string> {
  const client = createClient({ url: connection['url'] ?? '', socket: { reconnectStrategy: false } });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.ping();
  } finally {
    client.destroy();
  }
}

async function servicePid(): Promise<number> {
  const pid = (await home.instance('store')).services[0]?.pid;
  if (pid === null || pid === undefined) throw new Error('the service has no process');
  return pid;
}

async function shims(): Promise<number[]> {
  const { id } = await home.partitionOf('store');
  return processesUsing(path.join(home.data, 'instances', id, 'run', 'redis'));
}

it('answers while no agent runs, and is adopted by the next with the same process', async () => {
  const before = await servicePid();
  await home.killAgent();
  expect(await ping()).toBe('PONG');
  home.start();
  await home.reaches('store', 'started');
  expect(await servicePid()).toBe(before);
});

it('is started again when it dies, with a growing delay, and that is told', async () => {
  for (const restarts of [1, 2]) {
    const pid = await servicePid();
    const seeing = home.sees('store', (instance) => instance.services[0]?.state === 'restarting');
    killOne(pid);
    const told = await seeing;
    expect(told.state).toBe('restarting');
    expect(told.services[0]?.lastExitStatus).toBe(137);
    expect(told.services[0]?.nextStartAt).not.toBeNull();
    const again = await home.reaches('store', 'started');
    expect(again.services[0]?.restarts).toBe(restarts);
    expect(await ping()).toBe('PONG');
  }
});

it('takes the whole sandbox with it when its shim is killed', async () => {
  const before = await servicePid();
  const [shim = 0] = await shims();
  const tree = descendantsOf(shim);
  expect(tree).toContain(before);
  killOne(shim);
  await until(() => tree.every((pid) => !isAlive(pid)));
  await until(async () => (await home.instance('store')).services[0]?.state === 'running');
  await until(async () => (await ping().catch(() => '')) === 'PONG');
});

it('gets a new network when the holder of its namespaces dies', async () => {
  const { id } = await home.partitionOf('store');
  const [holder = 0] = processesUsing(path.join(home.data, 'instances', id, 'run', '.holder'));
  const tree = descendantsOf(holder);
  const before = await servicePid();
  killOne(holder);
  await until(() => tree.every((pid) => !isAlive(pid)));
  await until(async () => (await servicePid().catch(() => before)) !== before);
  await home.reaches('store', 'started');
  expect(await ping()).toBe('PONG');
});

it('opens its door again when the forwarder dies', async () => {
  const { id } = await home.partitionOf('store');
  const [door = 0] = processesUsing(path.join(home.data, 'instances', id, 'run', '.door-redis'));
  killOne(door);
  await until(() => !isAlive(door));
  await until(async () => (await ping().catch(() => '')) === 'PONG');
});

it('runs from the data folder alone: nothing of the clone is open or mapped by what outlives the command', async () => {
  const clone = path.join(import.meta.dirname, '..', '..', '..');
  const pids = [await home.agentPid(), ...(await shims()).flatMap((pid) => [pid, ...descendantsOf(pid)])];
  for (const pid of pids) {
    const maps = await readFile(`/proc/${pid}/maps`, 'utf8').catch(() => '');
    expect(maps).not.toContain(`${clone}/`);
    const arguments_ = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    expect(arguments_).not.toContain(`${clone}/`);
  }
});

it('keeps no secret in an argument or an environment', async () => {
  const password = connection['password'] ?? new URL(connection['url'] ?? '').password;
  expect(password.length).toBeGreaterThan(8);
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/u.test(name)) continue;
    for (const file of ['cmdline', 'environ']) {
      const content = await readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '');
      expect(content.includes(password)).toBe(false);
    }
  }
});

it('stops everything when asked, and says what is requested is not changed', async () => {
  const address = (await home.partitionOf('store')).address;
  expect(home.run(['stop', '--all']).status).toBe(0);
  expect(processesUsing(home.data)).toEqual([]);
  const refused = await new Promise<boolean>((resolve) => {
    const socket = connect({ host: address, port: 6379 });
    socket.once('connect', () => resolve(false));
    socket.once('error', () => resolve(true));
  });
  expect(refused).toBe(true);
  home.start();
  await home.reaches('store', 'started');
  expect(await ping()).toBe('PONG');
});
