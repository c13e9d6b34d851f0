/**
 * The application with the real command, the real agent and a real service: it finds, starts and adopts, and its end is nobody else's.
 */
import { once } from 'node:events';
import path from 'node:path';
import type { ElectronApplication } from '@playwright/test';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
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

async function start(...args: string[]): Promise<ElectronApplication> {
  const { folder, environment } = home;
  const entry = path.join(root, 'dist', 'main', 'main.mjs');
  application = await launch({ entry, userData: path.join(folder, 'user-data'), args, environment });
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
