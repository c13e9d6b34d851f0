/**
 * The application on a desktop with a real panel, which shows its icon and draws its menu; and on one without.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ElectronApplication } from '@playwright/test';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readyInstance } from '../../fakes/agent-service.ts';
import { installation } from './application.ts';
import { TestDesktop } from './desktop.ts';
import { menuOf, openedPage } from './electron.ts';
import { eventually } from './processes.ts';

const at = installation();

/** Where the panel has its first icon, and where that icon's menu opens. */
const ICON = { x: 0, y: 0, width: 30, height: 30 };
const MENU = { x: 0, y: 34, width: 400, height: 300 };

let desktop: TestDesktop;

beforeEach(async () => {
  desktop = await TestDesktop.start();
});
afterEach(() => desktop.close());

function start(...args: string[]): Promise<ElectronApplication> {
  return at.startIn({ ...desktop.environment, STAND_IN_TRAY: 'panel' }, ...args);
}

async function iconIsThere(): Promise<void> {
  await eventually(async () => {
    expect(await desktop.icons()).toHaveLength(1);
    expect(await desktop.drawn(ICON)).toBeGreaterThan(60);
  });
}

/** What the menu looks like when nothing of it is being drawn any more: only then it takes keys. */
async function stillMenu(): Promise<string> {
  let last = '';
  await eventually(async () => {
    const now = await desktop.look(MENU);
    const before = last;
    last = now;
    await delay(100);
    expect(now).toBe(before);
  });
  return last;
}

/** By its icon; what is chosen are the keys that lead to it. */
async function choose(...keys: string[]): Promise<void> {
  expect(await desktop.drawn(MENU)).toBe(0);
  desktop.press('mousemove', '15', '15', 'click', '3');
  await eventually(async () => expect(await desktop.drawn(MENU)).toBeGreaterThan(1000));
  for (const key of keys) {
    const before = await stillMenu();
    desktop.press('key', key);
    await eventually(async () => expect(await desktop.look(MENU)).not.toBe(before));
  }
  await eventually(async () => expect(await desktop.drawn(MENU)).toBe(0));
}

it('is in the panel with its menu, and again when the panel was killed', async () => {
  at.agent.service.show(0, readyInstance({ name: 'cache', guid: 'G-1' }));
  desktop.startPanel();
  const application = await start('--hidden');
  await eventually(async () => expect(await menuOf(application)).toContain('cache › Stop'));
  await iconIsThere();
  // Past what only says something, and past joining: the service's menu, then the third of what it offers.
  await choose('Down', 'Down', 'Right', 'Down', 'Down', 'Return');
  await eventually(() => expect(at.agent.service.calls).toEqual([['stop', 'cache']]));

  await desktop.killPanel();
  desktop.startPanel();
  await iconIsThere();
  await choose('Down', 'Down', 'Down', 'Return');
  const page = await openedPage(application);
  await page.getByRole('heading', { level: 1 }).waitFor();
});

it('says how to come back where no panel is, and is in the panel that comes later', async () => {
  const application = await start();
  const dialogs = (): Promise<{ message: string; detail: string; buttons: string[] }[]> =>
    application.evaluate(() => globalThis.seen.dialogs);
  await (await openedPage(application)).close();
  await eventually(async () => {
    expect(await dialogs()).toMatchObject([
      {
        message: 'Slapgrid goes on without its window.',
        detail: expect.stringContaining('Start Slapgrid again'),
        buttons: ['Let it go on', 'Quit, services keep running'],
      },
    ]);
  });
  desktop.startPanel();
  await iconIsThere();
  await choose('Down', 'Down', 'Return');
  await (await openedPage(application)).close();
  expect(await dialogs()).toHaveLength(1);
});
