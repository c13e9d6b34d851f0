import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Database } from '../../../agent/database.ts';
import { NEW_METER, UsageHistory } from '../../../agent/usage/history.ts';
import { NOTHING } from '../../../agent/usage/tally.ts';
import { subject } from './accounts.ts';

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

it('has in its accounts what was written with the counters it came from, and nothing of the rest', () => {
  const used = { ...NOTHING, cpuSeconds: 2 };
  history.book.add(subject('GUID'), NOW, NOW, used);
  history.setMeter('GUID', { ...NEW_METER, counters: new Map([['a', 2]]) });
  history.write(NOW);
  history.book.add(subject('GUID'), NOW, NOW, used);
  history.setMeter('GUID', { ...NEW_METER, counters: new Map([['a', 4]]) });
  reopen();
  expect(history.book.hoursOf('', 0, 1e9)).toMatchObject([{ guid: 'GUID', cpuSeconds: 2 }]);
  expect(history.meter('GUID')?.counters.get('a')).toBe(2);
});

it('remembers counters, the size on the disk, and up to when both are counted, for the next agent', () => {
  const meter = {
    counters: new Map([['a', 1.5]]),
    network: new Map([['b', 1000]]),
    disk: { bytes: 4096, at: NOW },
    ran: { boot: 'boot', at: 7 },
    stored: { boot: 'boot', at: 8, wall: NOW },
  };
  history.setMeter('GUID', meter);
  history.write(NOW);
  reopen();
  expect(history.meter('GUID')).toEqual(meter);
});

it('forgets an instance for good, but not what it used', () => {
  addPoint(NOW);
  history.setMeter('GUID', NEW_METER);
  history.book.add(subject('GUID'), NOW, NOW, { ...NOTHING, cpuSeconds: 1 });
  history.write(NOW);
  history.forget('GUID');
  expect(times(30)).toEqual([]);
  reopen();
  expect(history.guids()).toEqual([]);
  expect(history.book.hoursOf('', 0, 1e9)).toHaveLength(1);
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
  newer.execute('PRAGMA user_version = 3');
  newer.close();
  history = UsageHistory.open(file, NOW);
  addPoint(NOW);
  history.write(NOW);
  expect(times(30)).toEqual([NOW]);
  reopen();
  expect(times(30)).toEqual([]);
});

it('takes over the sums by the hour of an earlier release', () => {
  history.close();
  const old = new Database(file);
  old.execute(`DROP TABLE tally; DROP TABLE subject; ALTER TABLE meter DROP COLUMN marks;
    CREATE TABLE hour (guid TEXT, hour INTEGER, seconds REAL, cpu_seconds REAL, memory_byte_seconds REAL,
      disk_byte_seconds REAL, PRIMARY KEY (guid, hour)) STRICT, WITHOUT ROWID;
    INSERT INTO meter VALUES ('GUID', '[["a",1]]', 4096, 7);
    INSERT INTO hour VALUES ('GUID', 400000, 60, 6, 3e9, 1000), ('one/slappart10/GUID', 400000, 30, 3, 0, 0);
    PRAGMA user_version = 1`);
  old.close();
  history = UsageHistory.open(file, NOW);
  const sum = { hour: 400_000, memoryByteSeconds: 3e9, diskByteSeconds: 1000 };
  expect(history.book.hoursOf('', 0, 1e9)).toEqual([
    { ...sum, guid: 'GUID', seconds: 60, cpuSeconds: 6 },
    {
      ...sum,
      guid: 'one/slappart10/GUID',
      seconds: 30,
      cpuSeconds: 3,
      memoryByteSeconds: 0,
      diskByteSeconds: 0,
    },
  ]);
  const hosted = history.book
    .entries(0, NOW)
    .find(({ subject: { partition } }) => partition === 'slappart10');
  expect(hosted?.subject).toMatchObject({ master: 'one', owner: { kind: 'other', name: 'one' } });
  expect(history.meter('GUID')).toEqual({
    ...NEW_METER,
    counters: new Map([['a', 1]]),
    disk: { bytes: 4096, at: 7 },
  });
});
