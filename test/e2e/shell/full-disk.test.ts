/**
 * The application whose data folder and own settings are on a disk that is full, or that cannot be written to: it lives, says it,
 * loses nothing, and goes on by itself when it can.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import type { ElectronApplication, Page } from '@playwright/test';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { STORED, tryMemcached } from '../agent/clients.ts';
import { Home, isAlive, root } from '../agent/home.ts';
import { Place } from '../agent/place.ts';
import { launch, menuOf, openedPage, STAND_IN } from './electron.ts';
import { eventually } from './processes.ts';

const DISK_BYTES = 700_000_000;

let home: Home;
let place: Place;
let disk: string;
let application: ElectronApplication | null;
/** Keeps the disk full. */
let filling: ChildProcess | null = null;
/** Whether the next start sees the disk so. */
let readOnly: boolean;

beforeEach(async () => {
  home = await Home.make({ seed: false });
  disk = path.join(home.folder, 'disk');
  home.environment['SLAPGRID_HOME'] = path.join(disk, 'data');
  place = await Place.smallDisk(home, DISK_BYTES, disk);
  // Whoever runs the tests may have a panel; it is none of theirs.
  home.environment['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=/nonexistent';
  application = null;
  readOnly = false;
});
afterEach(async () => {
  await application?.close();
  await empty();
  place.run('uninstall', '--yes');
  await place.leave();
  await home.remove();
});

const settingsFile = (): string => path.join(disk, 'user-data', 'settings.json');

/** Leaves no byte, now and as others give some back. */
function fill(): void {
  place.shell(`cat /dev/zero > ${disk}/filler || true`);
  const [first = '', ...rest] = place.entering;
  const script = `while sleep 0.05; do cat /dev/zero >> ${disk}/filler; done`;
  filling = spawn(first, [...rest, 'sh', '-c', script], { stdio: 'ignore' });
}

async function empty(): Promise<void> {
  if (filling !== null) {
    const ended = once(filling, 'exit');
    filling.kill('SIGKILL');
    await ended;
    filling = null;
  }
  place.shell(`rm -f ${disk}/filler`);
}

async function start(...args: string[]): Promise<ElectronApplication> {
  const program = path.join(home.folder, 'application');
  const view = readOnly ? `bwrap --dev-bind / / --ro-bind ${disk} ${disk} --` : '';
  await writeFile(program, `#!/bin/sh\nexec ${place.entering.join(' ')} ${view} ${STAND_IN} "$@"\n`);
  await chmod(program, 0o755);
  const entry = path.join(root, 'dist', 'main', 'main.mjs');
  const { environment } = home;
  application = await launch({ program, entry, userData: path.join(disk, 'user-data'), args, environment });
  return application;
}

type Dialog = { message: string; detail: string };

const dialogs = (shown: ElectronApplication): Promise<Dialog[]> =>
  shown.evaluate(() => globalThis.seen.dialogs.map(({ message, detail }) => ({ message, detail })));

async function choose(shown: ElectronApplication, id: string): Promise<void> {
  await shown.evaluate((_electron, wanted) => {
    globalThis.seen.tray.menu?.getMenuItemById(wanted)?.click();
  }, id);
}

async function closeWindow(shown: ElectronApplication, page: Page): Promise<void> {
  await shown.evaluate(({ BrowserWindow }) => {
    for (const window of BrowserWindow.getAllWindows()) window.close();
  });
  await eventually(() => expect(page.isClosed()).toBe(true));
}

function isRunning(shown: ElectronApplication): boolean {
  return isAlive(shown.process().pid ?? 0);
}

/** The agent is there and says what is, of which the small disk is the first. */
function follows(shown: ElectronApplication): Promise<void> {
  return eventually(async () => expect((await menuOf(shown))[0]).toMatch(/^The disk is nearly full/u), 60);
}

/** What the tray, a dialog and the window say where no agent can be started. */
async function saysWhy(shown: ElectronApplication, code: string, sentence: RegExp): Promise<void> {
  const said = expect.stringMatching(sentence);
  await eventually(async () => {
    expect(await menuOf(shown)).toEqual(expect.arrayContaining([said, `Code: ${code}`, 'Start the agent']));
  }, 60);
  await eventually(async () => {
    const detail = expect.stringMatching(new RegExp(`\\w.*Code: ${code}$`, 'su'));
    expect(await dialogs(shown)).toContainEqual({ message: said, detail });
  });
  const banner = (await openedPage(shown)).locator('.note');
  await eventually(async () => {
    expect(await banner.textContent()).toMatch(sentence);
    expect(await banner.textContent()).toContain(`Code: ${code}`);
  });
}

it('that is full before anything was ever started', { timeout: 240_000 }, async () => {
  fill();
  const shown = await start();
  await saysWhy(shown, 'disk-full', /The disk is full/u);
  expect(place.shell(`find ${disk} -type f -size +0 -not -name filler`)).toBe('');
  const page = await openedPage(shown);
  await closeWindow(shown, page);
  await eventually(async () =>
    expect(await menuOf(shown)).toContain('Settings of this application are not kept'),
  );
  expect(isRunning(shown)).toBe(true);

  await empty();
  await follows(shown);
  await eventually(async () => {
    expect(await menuOf(shown)).not.toContain('Settings of this application are not kept');
  });
  expect(JSON.parse(place.shell(`cat ${settingsFile()}`))).toMatchObject({ place: { width: 1080 } });
});

/** What the window is refused when a person asks the agent for something there. */
function refusedInWindow(page: Page, procedure: string, input: unknown): Promise<unknown> {
  return page.evaluate(
    `fetch('/trpc/${procedure}', { method: 'POST', headers: { 'content-type': 'application/json' },
      body: ${JSON.stringify(JSON.stringify(input))} })
      .then((answer) => answer.json()).then(({ error }) => error?.data.slapgrid.code)`,
  );
}

async function moveWindow(shown: ElectronApplication, width: number): Promise<void> {
  await shown.evaluate(({ BrowserWindow }, wide) => {
    BrowserWindow.getAllWindows()[0]?.setBounds({ width: wide });
  }, width);
}

/** What SQLite itself says of the agent's database. */
function databaseProblems(): string {
  const script = `const { DatabaseSync } = require('node:sqlite');
    const file = new DatabaseSync(process.argv[1], { readOnly: true });
    console.log(file.prepare('PRAGMA integrity_check').all().map((row) => row.integrity_check).join());`;
  return place.shell(`'${process.execPath}' -e "${script}" ${disk}/data/private/slapgrid.sqlite`).trim();
}

it('that becomes full while it runs', { timeout: 240_000 }, async () => {
  const shown = await start();
  await follows(shown);
  const requested = place.run('request', 'cache', 'memcached', '--json');
  const { 'connection-parameters': connection } = JSON.parse(requested.stdout) as {
    'connection-parameters': Record<string, string>;
  };
  await eventually(async () => expect(await menuOf(shown)).toContain('cache › Stop'));
  const [instance] = (JSON.parse(place.run('status', '--json').stdout) as { instances: { guid: string }[] })
    .instances;
  const { guid = '' } = instance ?? {};
  await moveWindow(shown, 800);
  await closeWindow(shown, await openedPage(shown));
  const kept = place.shell(`cat ${settingsFile()}`);
  expect(JSON.parse(kept)).toMatchObject({ place: { width: 800 } });
  fill();

  // By the tray.
  await choose(shown, `stop-${guid}`);
  await eventually(async () => {
    expect(await dialogs(shown)).toContainEqual({
      message: expect.stringContaining('The disk is full'),
      detail: expect.stringContaining('Code: disk-full'),
    });
  });
  // By the window, which remembers its place when it is closed.
  await choose(shown, 'open');
  const page = await openedPage(shown);
  await page.getByRole('heading', { level: 1 }).waitFor();
  expect(await refusedInWindow(page, 'request', { name: 'other', software: 'memcached' })).toBe('disk-full');
  const silent = { kind: 'ready', wanted: false };
  expect(await refusedInWindow(page, 'setNotification', silent)).toBe('disk-full');
  // A pause protects, so it is obeyed; that it is not kept over the end of the agent is said.
  expect(await refusedInWindow(page, 'pause', { for: 60 })).toBeUndefined();
  await eventually(async () => expect(await menuOf(shown)).toContain('Doctor: 2 things need you'));
  await moveWindow(shown, 900);
  await closeWindow(shown, page);
  await eventually(async () => {
    expect(await menuOf(shown)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('The disk is full'),
        expect.stringMatching(/Free some space/u),
      ]),
    );
  });
  expect(isRunning(shown)).toBe(true);
  expect(await tryMemcached(connection)).toContain(STORED);
  expect(place.shell(`cat ${settingsFile()}`)).toBe(kept);
  expect(databaseProblems()).toBe('ok');

  await empty();
  await eventually(async () => {
    expect(await menuOf(shown)).not.toContain('Settings of this application are not kept');
  });
  expect(JSON.parse(place.shell(`cat ${settingsFile()}`))).toMatchObject({ place: { width: 900 } });
  expect(place.shell(`ls ${disk}/user-data`)).not.toMatch(/settings\.json\S/u);
  expect(await tryMemcached(connection)).toContain(STORED);
  await choose(shown, `stop-${guid}`);
  await eventually(async () => expect(await menuOf(shown)).toContain('cache: stopped › Start'), 60);
});

it('that is read-only before it was started', { timeout: 240_000 }, async () => {
  const first = await start('--hidden');
  await follows(first);
  await choose(first, 'open');
  const firstPage = await openedPage(first);
  await moveWindow(first, 800);
  await closeWindow(first, firstPage);
  await first.close();
  place.run('stop', '--all');
  const kept = place.shell(`cat ${settingsFile()}`);
  const listing = `cd ${disk} && find . -type f -exec sha256sum {} + | sort`;
  const files = place.shell(listing);

  readOnly = true;
  const shown = await start();
  await saysWhy(shown, 'read-only', /cannot be written: it is on a read-only file system/u);
  // What was kept before holds.
  expect(
    await shown.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds()),
  ).toMatchObject({
    width: 800,
  });
  await moveWindow(shown, 900);
  await closeWindow(shown, await openedPage(shown));
  await eventually(async () =>
    expect(await menuOf(shown)).toContain('Settings of this application are not kept'),
  );
  expect(isRunning(shown)).toBe(true);
  await shown.close();
  expect(place.shell(listing)).toBe(files);

  readOnly = false;
  const again = await start();
  await follows(again);
  expect(place.shell(`cat ${settingsFile()}`)).toBe(kept);
});
