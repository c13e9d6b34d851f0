/** A real instance for a joined master: real software in a real sandbox, used by a real client at the address that the master tells. */
import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { afterAll, expect, it } from 'vitest';
import { pathsOf } from '../../../agent/paths.ts';
import type { InstanceRequest } from '../../../slap/master.ts';
import { StandInMaster } from '../../fakes/slap-master/master.ts';
import { accepts, STORED, tryMemcached, valueOf } from '../agent/clients.ts';
import { Home, isAlive, type Outcome, until } from '../agent/home.ts';

const SOFTWARE = 'slapgrid:memcached';
const COMPUTER = 'COMP-1234';

const master = await StandInMaster.start();
const home = await Home.make();
home.start();
/** What this machine may be lent for decides which of the two stories is told. */
const { verdict, protections } = (await home.state()).lending;
const mayHost = verdict === 'people' || verdict === 'everyone';

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

/** The instance is refused, and nothing was done for it. */
async function refusedFor(code: string): Promise<void> {
  const { partitions, software } = await until(async () => {
    const state = await home.state();
    const refused = state.partitions.find(({ instance }) => instance?.name === 'cache')?.instance;
    const isSoftwareRefused = state.software.some(({ url, error }) => url === SOFTWARE && error !== null);
    return refused?.error?.code === code && isSoftwareRefused && state;
  });
  const partition = partitions.find(({ instance }) => instance?.name === 'cache');
  expect(partition?.instance).toMatchObject({ state: 'failed', services: [] });
  const place = path.join(pathsOf(home.data).instances, partition?.id ?? '');
  expect(await readdir(path.join(place, 'data'))).toEqual([]);
  expect(await readdir(path.join(place, 'conf'))).toEqual([]);
  expect(existsSync(path.join(place, 'request.json'))).toBe(false);
  expect(software.find(({ url }) => url === SOFTWARE)).toMatchObject({
    state: 'failed',
    error: { code: 'lending-software' },
  });
}

it('is refused while the computer is lent to its owner only, and nothing of it is here', async () => {
  const { fingerprint256: fingerprint } = new X509Certificate(master.authority.certificate);
  const token = path.join(home.folder, 'token');
  await writeFile(token, master.registration.createToken(), { mode: 0o600 });
  const urls = ['--master-url', master.url, '--master-url-web', master.webUrl];
  const more = ['--accept-fingerprint', fingerprint, '--partition-number', '2'];
  const joined = await run('node', 'register', 'my-laptop', '--token-file', token, ...urls, ...more);
  expect(joined).toMatchObject({ status: 0, stderr: '' });
  expect(joined.stdout).toContain('To host for it: ./slapgrid lend people');
  await until(() => master.proxy.listComputers().some(({ computerId }) => computerId === COMPUTER));
  master.proxy.supply(SOFTWARE, COMPUTER, 'available');
  request('started');
  await ask();
  await refusedFor('lending-sharing');
  await until(() => master.calls('/softwareInstanceError').length > 0);
  expect((await run('audit')).stdout).toContain('lent to its owner only');
});

if (mayHost) tellHosted();
else tellRefused();

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

function tellHosted(): void {
  it('is installed, started and published as the master asks, once the computer is lent', async () => {
    expect(await run('lend', 'people')).toMatchObject({ status: 0, stderr: '' });
    expect(await tryMemcached(await published())).toContain(STORED);
    await until(() => master.calls('/availableSoftwareRelease').length > 0);
    await until(() => master.calls('/startedComputerPartition').length > 0);
    expect((await run('status')).stdout).toContain('Lent to people you name');
  });

  it('is reached on an address of this computer that its person chose, until they choose otherwise', async () => {
    const refused = await run('doors', '192.0.2.1');
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('192.0.2.1') as string });
    const before = await published();
    const { ownAddresses } = (await home.state()).lending;
    const [own] = ownAddresses;
    // A machine with its loopback alone has nothing to choose.
    if (own === undefined) return;
    const services = await pids();
    expect(await run('doors', own.address)).toMatchObject({ status: 0, stderr: '' });
    const after = await until(async () => {
      const connection = await published();
      return connection['host'] === own.address && connection;
    });
    expect(Number(after['port'])).toBe(30_000 + 16 * 10);
    expect(await tryMemcached(after)).toContain(STORED);
    expect(await tryMemcached(before)).toContain(STORED);
    expect(await pids()).toEqual(services);
    expect((await run('audit')).stdout).toContain(`What is hosted can be reached on ${own.address}.`);
    expect(await run('doors', 'local')).toMatchObject({ status: 0 });
    await until(async () => !(await accepts(valueOf(after, 'host'), Number(after['port']))));
    await until(async () => (await published())['host'] === before['host']);
    expect(await pids()).toEqual(services);
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

  it('has a way out while the rule says so and this machine can hold it, and is started anew without', async () => {
    const { egress, protections: found } = (await home.state()).lending;
    const isHeld = found.some(({ name, held }) => name === 'egress' && held === 'kernel');
    const place = path.join(pathsOf(home.data).instances, 'slappart10');
    const way = path.join(place, 'run', '.way', 'state.json');
    expect(egress).toBe('internet');
    expect(existsSync(way)).toBe(isHeld);
    expect(existsSync(path.join(place, 'resolv.conf'))).toBe(isHeld);
    expect((await run('egress', 'none')).status).toBe(0);
    await until(() => !existsSync(path.join(place, 'resolv.conf')));
    await home.reaches('cache', 'started');
    expect(await tryMemcached(await published())).toContain(STORED);
  });

  it('stops with its data kept when the computer is lent to nobody else, and goes on when it is lent again', async () => {
    const connection = await published();
    const before = await pids();
    expect((await run('lend', 'me')).status).toBe(0);
    const refused = await until(async () => {
      const { state, error } = await home.instance('cache');
      return state === 'failed' && error;
    });
    expect(refused).toMatchObject({ code: 'lending-sharing' });
    expect(refused.sentence).toContain('Data that it has here is kept.');
    expect(before.filter(isAlive)).toEqual([]);
    const { instances } = pathsOf(home.data);
    expect(existsSync(path.join(instances, 'slappart10', 'request.json'))).toBe(true);
    expect((await run('lend', 'people')).status).toBe(0);
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
}

function tellRefused(): void {
  it('stays refused where the machine cannot hold what others run: each missing protection by name', async () => {
    const refused = await run('lend', 'people');
    expect(refused.status).toBe(1);
    const missing = protections.filter(({ refuses }) => refuses === 'me' || refuses === 'people');
    expect(missing).not.toEqual([]);
    for (const { title } of missing) expect(refused.stderr).toContain(title);
    const { stdout } = await run('lend');
    for (const { danger, fixes } of missing)
      for (const sentence of [danger, ...fixes]) expect(stdout).toContain(sentence);
    expect((await home.state()).lending.sharing).toBe('me');
    await refusedFor('lending-sharing');
  });

  it('stays refused though a person wrote the wider sharing into the record themselves', async () => {
    const record = path.join(pathsOf(home.data).private, 'lending.json');
    const { limits } = (await home.state()).lending;
    await writeFile(record, JSON.stringify({ schema: 1, sharing: 'everyone', limits, egress: 'none' }));
    await home.killAgent();
    await run('start', '--headless', '--detach');
    await refusedFor('lending-verdict');
    const { error } = await home.instance('cache');
    for (const { title, refuses } of protections)
      if (refuses === 'people') expect(error?.sentence).toContain(title);
  });

  it('goes when the master says so', async () => {
    request('destroyed');
    await ask();
    await until(() => master.calls('/destroyedComputerPartition').length > 0);
  });
}
