/** A real instance for a joined master: real software in a real sandbox, used by a real client at the address that the master tells. */
import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pathsOf } from '../../../agent/paths.ts';
import type { InstanceRequest } from '../../../slap/master.ts';
import { StandInMaster } from '../../fakes/slap-master/master.ts';
import { accepts, STORED, tryMemcached, valueOf } from '../agent/clients.ts';
import { Home, isAlive, type Outcome, until } from '../agent/home.ts';

const SOFTWARE = 'slapgrid:memcached';
const COMPUTER = 'COMP-1234';

let home: Home;
let master: StandInMaster;

beforeAll(async () => {
  master = await StandInMaster.start();
  home = await Home.make();
  home.start();
});
afterAll(async () => {
  await home.remove();
  await master.close();
});

/** While this process, and the master in it, goes on. */
function run(...words: string[]): Promise<Outcome> {
  return home.runBeside(words);
}

function request(state: InstanceRequest['state']): Record<string, string> {
  const asked = { softwareUrl: SOFTWARE, softwareType: 'default', name: 'cache', state };
  const { connection } = master.proxy.requestComputerPartition({
    ...asked,
    parameters: {},
    filter: { computer_guid: COMPUTER },
    shared: false,
    requester: null,
  }) as { connection: Record<string, string> };
  return JSON.parse(connection['_'] ?? '{}') as Record<string, string>;
}

/** Asks the master now, so that no test waits for the next turn. */
async function ask(): Promise<void> {
  expect((await run('node', 'ask')).status).toBe(0);
}

/** What the master tells who asked for it, as soon as it was published. */
function published(): Promise<Record<string, string>> {
  return until(() => {
    const connection = request('started');
    return 'host' in connection && connection;
  });
}

async function pids(): Promise<number[]> {
  const { services } = await home.instance('cache');
  return services.flatMap(({ pid }) => (pid === null ? [] : [pid]));
}

it('is installed, started and published as the master asks', async () => {
  const { fingerprint256: fingerprint } = new X509Certificate(master.authority.certificate);
  const token = path.join(home.folder, 'token');
  await writeFile(token, master.registration.createToken(), { mode: 0o600 });
  const urls = ['--master-url', master.url, '--master-url-web', master.webUrl];
  const more = ['--accept-fingerprint', fingerprint, '--partition-number', '2'];
  const joined = await run('node', 'register', 'my-laptop', '--token-file', token, ...urls, ...more);
  expect(joined).toMatchObject({ status: 0, stderr: '' });
  await until(() => master.proxy.listComputers().some(({ computerId }) => computerId === COMPUTER));
  master.proxy.supply(SOFTWARE, COMPUTER, 'available');
  request('started');
  await ask();
  expect(await tryMemcached(await published())).toContain(STORED);
  expect(master.calls('/availableSoftwareRelease').length).toBeGreaterThan(0);
  await until(() => master.calls('/startedComputerPartition').length > 0);
});

it('has the limits of what is hosted for others, where the kernel holds any', async () => {
  const { services } = await home.instance('cache');
  const groups = await readFile(`/proc/${services[0]?.pid}/cgroup`, 'utf8');
  const group = /^\d+:pids:(.*)$/mu.exec(groups)?.[1] ?? /^0::(.*)$/mu.exec(groups)?.[1] ?? '';
  const isLimited = existsSync(`/sys/fs/cgroup/pids${group}/pids.max`);
  // Elsewhere the agent says that nothing is held; the same in `test/e2e/limits`.
  if (process.getuid?.() !== 0 || !isLimited) return;
  expect(group).toMatch(/\/slapgrid-[0-9a-f]{12}\/hosted\/slappart\d+$/u);
  expect(await readFile(`/sys/fs/cgroup/pids${group}/pids.max`, 'utf8')).toBe('500\n');
  expect(await readFile(`/sys/fs/cgroup/pids${path.dirname(group)}/pids.max`, 'utf8')).toBe('1000\n');
});

it('is in a partition of the master’s, and no command of this computer’s changes it', async () => {
  const partition = await home.partitionOf('cache');
  expect(partition.id).toBe('slappart10');
  expect(partition.instance?.owner).toMatchObject({ kind: 'other' });
  const refused = await run('stop', 'cache');
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('hosted for');
  expect((await run('status')).stdout).toContain('cache');
});

it('goes on, with its processes, over the end of the agent and of the master', async () => {
  const before = await pids();
  expect(before.length).toBeGreaterThan(0);
  const connection = await published();
  await master.disappear();
  await home.killAgent();
  expect(await tryMemcached(connection)).toContain(STORED);
  await run('start', '--headless', '--detach');
  await home.reaches('cache', 'started');
  expect(await pids()).toEqual(before);
  const failing = await until(async () => {
    const [joined] = (await home.state()).masters;
    return joined?.state === 'failing' && joined;
  });
  expect(failing.error?.sentence).toContain('What runs here keeps running.');
  await master.comeBack();
  await ask();
  await until(async () => (await home.state()).masters[0]?.state === 'connected');
  expect(await pids()).toEqual(before);
});

it('stops in local mode, and goes on in shared mode with its data folder as it was', async () => {
  const connection = await published();
  const [port, host] = [Number(valueOf(connection, 'port')), valueOf(connection, 'host')];
  const before = await pids();
  expect((await run('node', 'mode', 'local')).status).toBe(0);
  await home.reaches('cache', 'stopped');
  expect(before.filter(isAlive)).toEqual([]);
  expect(await accepts(host, port)).toBe(false);
  expect((await run('node', 'mode', 'shared')).status).toBe(0);
  await home.reaches('cache', 'started');
  expect(await tryMemcached(connection)).toContain(STORED);
});

it('is destroyed when the master says so, and reported when its data is gone', async () => {
  const before = await pids();
  const { instances } = pathsOf(home.data);
  request('destroyed');
  await ask();
  await until(() => master.calls('/destroyedComputerPartition').length > 0);
  expect(before.filter(isAlive)).toEqual([]);
  expect(existsSync(path.join(instances, 'slappart10', 'request.json'))).toBe(false);
  expect(await readdir(path.join(instances, 'slappart10', 'data'))).toEqual([]);
});

it('leaves nothing of the master when it is left', async () => {
  expect(await run('node', 'leave', 'my-laptop', '--yes')).toMatchObject({ status: 0 });
  await until(async () => (await home.state()).masters.length === 0);
  const { masters } = pathsOf(home.data);
  await until(async () => (await readdir(masters)).length === 0);
  expect((await home.state()).partitions.every(({ id }) => Number(id.slice('slappart'.length)) < 10)).toBe(
    true,
  );
  expect(master.faults).toEqual([]);
});
