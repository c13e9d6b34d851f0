/** The display goes away under the application: the X server is killed. What the agent runs is not concerned. */
import { once } from 'node:events';
import path from 'node:path';
import type { ElectronApplication } from '@playwright/test';
import { createClient } from 'redis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Home, isAlive, root } from '../agent/home.ts';
import { TestDesktop } from './desktop.ts';
import { launch, menuOf, openedPage } from './electron.ts';
import { childrenOf, eventually } from './processes.ts';

let home: Home;
let desktops: TestDesktop[];
let running: ElectronApplication[];

beforeEach(async () => {
  home = await Home.make();
  [desktops, running] = [[], []];
});
afterEach(async () => {
  for (const each of running) await each.close();
  for (const each of desktops) await each.close();
  await home.remove();
});

/** Opens the application on a display of its own, in its panel. */
async function open(): Promise<{ application: ElectronApplication; desktop: TestDesktop }> {
  const desktop = await TestDesktop.start();
  desktops.push(desktop);
  desktop.startPanel();
  const application = await launch({
    entry: path.join(root, 'dist', 'main', 'main.mjs'),
    userData: path.join(home.folder, 'user-data'),
    environment: {
      ...home.environment,
      ...desktop.environment,
      XDG_RUNTIME_DIR: home.environment['XDG_RUNTIME_DIR'],
      STAND_IN_TRAY: 'panel',
      STAND_IN_DISPLAY: 'x11',
    },
  });
  running.push(application);
  await eventually(async () => expect(await menuOf(application)).toContain('store › Stop'), 60);
  const page = await openedPage(application);
  await page.getByRole('heading', { level: 1, name: 'Running 1 service, only for you.' }).waitFor();
  await eventually(async () => expect(await desktop.icons()).toHaveLength(1));
  return { application, desktop };
}

it('ends the application and nothing else, and the next start has another display', async () => {
  home.start();
  const { url = '' } = home.request('store', 'redis');
  await (await home.calls()).finishFirstRun.mutate();
  const agent = await home.agentPid();
  const before = await home.instance('store');

  const { application, desktop } = await open();
  const process_ = application.process();
  const all = await childrenOf(process_.pid ?? 0, { itself: true });
  const ended = process_.exitCode === null ? once(process_, 'exit') : Promise.resolve();
  await desktop.killDisplay();
  await ended;
  running = [];
  await eventually(() => {
    expect(all.filter(({ pid }) => isAlive(pid))).toEqual([]);
  });

  expect(await home.agentPid()).toBe(agent);
  expect(isAlive(agent)).toBe(true);
  const client = createClient({ url });
  await client.connect();
  expect(await client.ping()).toBe('PONG');
  client.destroy();

  await open();
  expect(await home.agentPid()).toBe(agent);
  const after = await home.instance('store');
  expect(after.services[0]?.pid).toBe(before.services[0]?.pid);
});
