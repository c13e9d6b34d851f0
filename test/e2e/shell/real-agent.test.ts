/**
 * The application with the real command, the real agent and a real service: it finds, starts and adopts, and its end is nobody else's.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { ElectronApplication } from '@playwright/test';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pathsOf } from '../../../agent/paths.ts';
import { makeClone } from '../agent/clone.ts';
import { Home, isAlive, root } from '../agent/home.ts';
import { launch, menuOf, openedPage } from './electron.ts';
import { eventually } from './processes.ts';

let home: Home;
let application: ElectronApplication | null = null;

beforeAll(async () => {
  home = await Home.make();
});
afterEach(() => application?.close());
afterAll(() => home.remove());

/** @param given arguments of the application, and what of the environment is another. */
async function start(...given: (string | NodeJS.ProcessEnv)[]): Promise<ElectronApplication> {
  const environment = { ...home.environment };
  for (const each of given) if (typeof each === 'object') Object.assign(environment, each);
  const args = given.filter((each) => typeof each === 'string');
  const entry = path.join(root, 'dist', 'main', 'main.mjs');
  application = await launch({ entry, userData: path.join(home.folder, 'user-data'), args, environment });
  return application;
}

async function agentPid(): Promise<number> {
  return (await home.state()).agent.pid;
}

it('starts the agent where none runs, and leaves it running', async () => {
  const shown = await start('--hidden');
  await eventually(async () => expect(await menuOf(shown)).toContain('Nothing is running yet.'), 60);
  const pid = await agentPid();
  await shown.close();
  expect(isAlive(pid)).toBe(true);
  expect(await agentPid()).toBe(pid);
});

it('adopts the agent that runs, shows what it runs, and may be killed', async () => {
  const { url = '' } = home.request('store', 'redis');
  const pid = await agentPid();
  await (await home.calls()).finishFirstRun.mutate();
  const shown = await start();
  await eventually(async () => expect(await menuOf(shown)).toContain('store'));
  const page = await openedPage(shown);
  await page.getByRole('heading', { level: 1, name: 'Running 1 service, only for you.' }).waitFor();
  expect(await agentPid()).toBe(pid);

  const process_ = shown.process();
  application = null;
  process_.kill('SIGKILL');
  if (process_.exitCode === null && process_.signalCode === null) await once(process_, 'exit');
  expect(await agentPid()).toBe(pid);
  const client = createClient({ url });
  await client.connect();
  expect(await client.ping()).toBe('PONG');
  client.destroy();
});

it('has an agent that died running again, and the service is the same', async () => {
  const before = await home.instance('store');
  await home.killAgent();
  const shown = await start('--hidden');
  await eventually(async () => expect(await menuOf(shown)).toContain('Running 1 service, only for you.'), 60);
  const after = await home.reaches('store', 'started');
  expect(after.services[0]?.pid).toBe(before.services[0]?.pid);
});

describe('an agent of another version', () => {
  let clone: string;
  beforeAll(async () => {
    clone = await mkdtemp(path.join(tmpdir(), 'slapgrid-clone-'));
    await makeClone(clone);
  });
  afterAll(() => rm(clone, { recursive: true }));

  /** Has an agent of that version running, from a clone that says it is. @returns its pid. */
  async function agentOf(version: string): Promise<number> {
    const file = path.join(clone, 'dist', 'agent', 'version.json');
    const release = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...release, version }));
    const words = ['start', '--headless', '--detach', '--json'];
    const { environment } = home;
    const done = spawnSync(path.join(clone, 'slapgrid'), words, { env: environment, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(done.stdout + done.stderr);
    expect((await home.state()).agent.version).toBe(version);
    return agentPid();
  }

  it('that is older is replaced, and the service is the same', async () => {
    await home.killAgent();
    const older = await agentOf('0.0.1');
    const before = await home.reaches('store', 'started');
    const shown = await start('--hidden');
    await eventually(
      async () => expect(await menuOf(shown)).toContain('Running 1 service, only for you.'),
      60,
    );
    expect(await agentPid()).not.toBe(older);
    expect(isAlive(older)).toBe(false);
    expect((await home.state()).agent.version).not.toBe('0.0.1');
    const after = await home.reaches('store', 'started');
    expect(after.services[0]?.pid).toBe(before.services[0]?.pid);
  });

  it('that is newer is left as it is, and shown', async () => {
    const newer = await agentOf('99.0.0');
    const before = await home.reaches('store', 'started');
    const shown = await start('--hidden');
    await eventually(
      async () => expect(await menuOf(shown)).toContain('Running 1 service, only for you.'),
      60,
    );
    expect(await agentPid()).toBe(newer);
    const after = await home.reaches('store', 'started');
    expect(after.services[0]?.pid).toBe(before.services[0]?.pid);
  });
});

describe('a data folder that cannot be used', () => {
  const dialogs = (): Promise<string[]> | undefined =>
    application?.evaluate(() => globalThis.seen.dialogs.map(({ message }) => message));

  it('is told in a dialog, with nothing started', async () => {
    // Nobody makes folders there, root neither.
    await start({ SLAPGRID_HOME: '/proc/slapgrid' });
    await eventually(async () => {
      expect(await dialogs()).toEqual([expect.stringContaining('/proc/slapgrid could not be made')]);
    });
  });

  it('because something else is where its socket belongs is told in a dialog', async () => {
    const other = await Home.make({ seed: false });
    const paths = pathsOf(other.data);
    await mkdir(path.join(paths.private, 'agent.sock'), { recursive: true, mode: 0o700 });
    await start({ ...other.environment });
    await eventually(async () => {
      expect(await dialogs()).toEqual([
        expect.stringContaining('is in the way: it is not a socket of yours'),
      ]);
    }, 60);
    await rm(paths.private, { recursive: true });
    await other.remove();
  });
});

it('a socket that an agent has left behind is no hindrance', async () => {
  const other = await Home.make({ seed: false });
  const { private: folder } = pathsOf(other.data);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const left = path.join(folder, 'agent.sock');
  // Bound by a process that was killed: nobody has taken it away.
  const script = `require('node:net').createServer().listen('${left}', () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script]);
  const shown = await start('--hidden', { ...other.environment });
  await eventually(async () => expect(await menuOf(shown)).toContain('Nothing is running yet.'), 60);
  await shown.close();
  await other.remove();
});
