/** Where the application works; a disk that takes nothing is stood in for by a file where the folder would be. */
import { hostname, tmpdir } from 'node:os';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { chooseOwnFolder } from '../../../main/own-folder.ts';

let base: string;
let ordinary: string;
let passing: string;

beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'slapgrid-own-'));
  [ordinary, passing] = [path.join(base, 'ordinary'), path.join(base, 'passing')];
});
afterEach(() => rmSync(base, { recursive: true }));

const choose = (): string => chooseOwnFolder(ordinary, passing, 'linux');

/** As Chromium shows that a process works there. */
function hold(folder: string, pid: number): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  symlinkSync(`${hostname()}-${pid}`, path.join(folder, 'SingletonLock'));
}

/** No process has this number: it is beyond the kernel's largest. */
const GONE = 4_194_305;

it('is that of the settings, and what tried it leaves nothing', () => {
  expect(choose()).toBe(ordinary);
  expect(readdirSync(ordinary)).toEqual([]);
  expect(existsSync(passing)).toBe(false);
});

it('is another where nothing can be written', () => {
  writeFileSync(ordinary, '');
  expect(choose()).toBe(passing);
});

it('is where the first one works, also when the disk has room again', () => {
  hold(passing, process.pid);
  expect(choose()).toBe(passing);
});

it('is where the first one works, also when the disk has become full since', () => {
  hold(ordinary, process.pid);
  writeFileSync(passing, '');
  expect(choose()).toBe(ordinary);
});

it('is not where one has ended', () => {
  hold(passing, GONE);
  expect(choose()).toBe(ordinary);
});

it('is none that others may enter', () => {
  writeFileSync(ordinary, '');
  mkdirSync(passing);
  chmodSync(passing, 0o755);
  expect(choose()).toBe(ordinary);
});
