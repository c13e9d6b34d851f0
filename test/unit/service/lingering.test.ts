import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Lingering } from '../../../agent/service/lingering.ts';

const SEARCH_PATH = path.resolve(import.meta.dirname, '../../fakes/systemd');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-linger-'));
  process.env['STAND_IN_FOLDER'] = folder;
});
afterEach(async () => {
  delete process.env['STAND_IN_FOLDER'];
  await rm(folder, { recursive: true });
});

function lingering(held = true): Lingering {
  return new Lingering({
    held,
    userName: 'me',
    folder: path.join(folder, 'linger'),
    searchPath: SEARCH_PATH,
  });
}

const asked = (): Promise<string> => readFile(path.join(folder, 'loginctl'), 'utf8').catch(() => '');

it('is switched on and off by loginctl, for this user alone, and only where that changes something', async () => {
  expect(await lingering().view()).toMatchObject({ supported: true, enabled: false });
  await lingering().set(true);
  await lingering().set(true);
  expect(await lingering().view()).toMatchObject({ supported: true, enabled: true });
  await lingering().set(false);
  expect(await lingering().view()).toMatchObject({ enabled: false });
  expect(await asked()).toBe('--no-ask-password enable-linger me\n--no-ask-password disable-linger me\n');
});

it('that is refused says so in loginctl’s own words', async () => {
  await writeFile(path.join(folder, 'refuses'), '');
  await expect(lingering().set(true)).rejects.toMatchObject({
    code: 'lingering-refused',
    message: expect.stringContaining('Access denied'),
    nextStep: expect.stringContaining('loginctl enable-linger me'),
  });
});

it('is not for an agent that systemd does not look after', async () => {
  expect(await lingering(false).view()).toMatchObject({ supported: false });
  await expect(lingering(false).set(true)).rejects.toMatchObject({ code: 'lingering-refused' });
  expect(await asked()).toBe('');
});
