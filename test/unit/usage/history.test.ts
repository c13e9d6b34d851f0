import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Database } from '../../../agent/database.ts';
import { UsageHistory } from '../../../agent/usage/history.ts';

const NOW = Date.UTC(2026, 10, 22, 14, 30);
const MINUTE = 60_000;

let folder: string;
let file: string;
let history: UsageHistory;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'usage-'));
  file = path.join(folder, 'usage.sqlite');
  history = UsageHistory.open(file, NOW);
});
afterEach(async () => {
  history.close();
  await rm(folder, { recursive: true });
});

function reopen(now = NOW): void {
  history.close();
  history = UsageHistory.open(file, now);
}

function addPoint(at: number, cpu = 0.5): void {
  history.addSample('GUID', { at, cpu, memoryBytes: 1_000_000, diskBytes: null });
}

const times = (minutes: number, now = NOW): number[] =>
  history.samples('GUID', minutes, now).map(({ at }) => at);

it('has the points of the minutes that were asked for, oldest first', () => {
  for (const ago of [20, 10, 5]) addPoint(NOW - ago * MINUTE);
  expect(times(15)).toEqual([NOW - 10 * MINUTE, NOW - 5 * MINUTE]);
  expect(history.samples('OTHER', 30, NOW)).toEqual([]);
});

it('has what was written when it is opened again, and loses only what was not', () => {
  addPoint(NOW - 2 * MINUTE);
  history.write(NOW);
  addPoint(NOW - MINUTE);
  reopen();
  expect(history.samples('GUID', 30, NOW)).toEqual([
    { at: NOW - 2 * MINUTE, cpu: 0.5, memoryBytes: 1_000_000, diskBytes: null },
  ]);
});

it('keeps half an hour', () => {
  addPoint(NOW - 31 * MINUTE);
  addPoint(NOW - 29 * MINUTE);
  expect(times(30)).toEqual([NOW - 29 * MINUTE]);
  history.write(NOW);
  reopen(NOW + 10 * MINUTE);
  expect(history.guids()).toEqual([]);
});

it('goes on with the new time when the clock was set back', () => {
  addPoint(NOW);
  addPoint(NOW - 10 * MINUTE);
  addPoint(NOW - 9 * MINUTE);
  expect(times(30, NOW - 8 * MINUTE)).toEqual([NOW - 10 * MINUTE, NOW - 9 * MINUTE]);
  history.write(NOW - 8 * MINUTE);
  reopen(NOW);
  expect(times(30)).toEqual([NOW - 10 * MINUTE, NOW - 9 * MINUTE]);
});

it('adds up what was used in an hour, over restarts', () => {
  const used = { seconds: 10, cpuSeconds: 2, memoryByteSeconds: 100, diskByteSeconds: 50 };
  history.addConsumption('GUID', { at: NOW, ...used });
  history.addConsumption('GUID', { at: NOW + MINUTE, ...used });
  history.write(NOW + MINUTE);
  reopen(NOW + MINUTE);
  history.addConsumption('GUID', { at: NOW + 2 * MINUTE, ...used });
  history.addConsumption('GUID', { at: NOW + 60 * MINUTE, ...used });
  history.write(NOW + 60 * MINUTE);
  const hour = Math.floor(NOW / (60 * MINUTE));
  expect(history.hours()).toEqual([
    { guid: 'GUID', hour, seconds: 30, cpuSeconds: 6, memoryByteSeconds: 300, diskByteSeconds: 150 },
    { guid: 'GUID', hour: hour + 1, ...used },
  ]);
});

it('remembers counters and the size on the disk for the next agent', () => {
  history.setMeter('GUID', { counters: new Map([['a', 1.5]]), disk: { bytes: 4096, at: NOW } });
  history.write(NOW);
  reopen();
  expect(history.meter('GUID')).toEqual({
    counters: new Map([['a', 1.5]]),
    disk: { bytes: 4096, at: NOW },
  });
});

it('forgets an instance for good, but not what it used', () => {
  addPoint(NOW);
  history.setMeter('GUID', { counters: new Map(), disk: null });
  history.addConsumption('GUID', {
    at: NOW,
    seconds: 1,
    cpuSeconds: 1,
    memoryByteSeconds: 1,
    diskByteSeconds: 1,
  });
  history.write(NOW);
  history.forget('GUID');
  expect(times(30)).toEqual([]);
  reopen();
  expect(history.guids()).toEqual([]);
  expect(history.hours()).toHaveLength(1);
});

it('is for its owner only', async () => {
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it('begins anew beside a file that is damaged', async () => {
  history.close();
  await writeFile(file, 'no database at all, but long enough to be taken for one'.repeat(100));
  history = UsageHistory.open(file, NOW);
  addPoint(NOW);
  history.write(NOW);
  reopen();
  expect(times(30)).toEqual([NOW]);
  expect(await readdir(folder)).toContain('usage.sqlite.damaged');
});

it('leaves the file of a newer release as it is, and keeps the history in memory', () => {
  history.close();
  const newer = new Database(file);
  newer.execute('PRAGMA user_version = 2');
  newer.close();
  history = UsageHistory.open(file, NOW);
  addPoint(NOW);
  history.write(NOW);
  expect(times(30)).toEqual([NOW]);
  reopen();
  expect(times(30)).toEqual([]);
});
