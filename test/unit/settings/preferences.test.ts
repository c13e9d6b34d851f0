import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pathsOf, type Paths } from '../../../agent/paths.ts';
import { Preferences } from '../../../agent/settings/preferences.ts';

let paths: Paths;

beforeEach(async () => {
  paths = pathsOf(await mkdtemp(path.join(tmpdir(), 'preferences-')));
  await mkdir(paths.private);
});
afterEach(() => rm(paths.home, { recursive: true }));

it('begin with the first run', async () => {
  expect((await Preferences.open(paths)).firstRunDone).toBe(false);
});

it('remember that it is done', async () => {
  const preferences = await Preferences.open(paths);
  await preferences.finishFirstRun();
  expect(preferences.firstRunDone).toBe(true);
  expect((await Preferences.open(paths)).firstRunDone).toBe(true);
});

it('remember what a person does not want to be told', async () => {
  const preferences = await Preferences.open(paths);
  const all = preferences.notifications;
  expect(Object.values(all)).toEqual(Array.from({ length: 6 }, () => true));
  await preferences.setNotification({ kind: 'ready', wanted: false });
  await preferences.setNotification({ kind: 'update', wanted: false });
  await preferences.setNotification({ kind: 'update', wanted: true });
  expect((await Preferences.open(paths)).notifications).toEqual({ ...all, ready: false });
});

it('begin anew when their file says nothing', async () => {
  await writeFile(path.join(paths.private, 'preferences.json'), '{"schema":1,"firstRun');
  expect((await Preferences.open(paths)).firstRunDone).toBe(false);
});
