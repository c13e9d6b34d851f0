/**
 * The application whose data folder and own settings are on a disk that is full, or that cannot be written to: it lives, says it,
 * loses nothing, and goes on by itself when it can.
 */
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

beforeEach(async () => {
  home = await Home.make({ seed: false });
  disk = path.join(home.folder, 'disk');
  home.environment['SLAPGRID_HOME'] = path.join(disk, 'data');
  place = await Place.smallDisk(home, DISK_BYTES, disk);
  // Whoever runs the tests may have a panel; it is none of theirs.
  home.environment['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=/nonexistent';
  application = null;
});
afterEach(async () => {
  await application?.close();
  place.shell(`mount -o remount,rw ${disk}; rm -f ${disk}/filler`);
  place.run('uninstall', '--yes');
  await place.leave();
  await home.remove();
});

const settingsFile = (): string => path.join(disk, 'user-data', 'settings.json');

/** Leaves so many bytes. */
function fill(left = 0): void {
  place.shell(`free=$(df --output=avail -B1 ${disk} | tail -n 1)
    head -c $((free - ${left})) /dev/zero >> ${disk}/filler || true`);
}

function empty(): void {
  place.shell(`rm -f ${disk}/filler`);
}

async function start(...args: string[]): Promise<ElectronApplication> {
  const program = path.join(home.folder, 'application');
  await writeFile(program, `#!/bin/sh\nexec ${place.entering.join(' ')} ${STAND_IN} "$@"\n`);
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
  const banner = (await openedPage(shown)).getByRole('alert');
  await eventually(async () => {
    expect(await banner.textContent()).toMatch(sentence);
    expect(await banner.textContent()).toContain(`Code: ${code}`);
  });
}

it('that is full before anything was ever started', async () => {
  fill();
  const shown = await start();
  await saysWhy(shown, 'home-no-space|disk-full', /no room|disk is full/u);
  expect(place.shell(`find ${disk} -type f -size +0 -not -name filler`)).toBe('');
  const page = await openedPage(shown);
  await closeWindow(shown, page);
  await eventually(async () => expect(await menuOf(shown)).toContain('Settings of this application are not kept'));
  expect(isRunning(shown)).toBe(true);

  empty();
  await eventually(async () => expect(await menuOf(shown)).toContain('Nothing is running yet.'), 120);
  await eventually(async () => {
    expect(await menuOf(shown)).not.toContain('Settings of this application are not kept');
  });
  expect(JSON.parse(place.shell(`cat ${settingsFile()}`))).toMatchObject({ place: { width: 1080 } });
});
