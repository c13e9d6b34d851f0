/** What an agent that was killed leaves of its reports, and what the next one makes of it. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UsageQueue } from '../../../agent/masters/usage-queue.ts';
import { HOUR_MILLISECONDS, type HourlySum } from '../../../agent/usage/book.ts';
import { UnreachableError } from '../../../slap/unreachable.ts';

const NOW = Date.UTC(2026, 10, 22, 14, 30);
const HOUR = Math.floor(NOW / HOUR_MILLISECONDS);

let folder: string;
let settledUntil: number;
let sums: HourlySum[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'usage-queue-'));
  settledUntil = Number.MAX_SAFE_INTEGER;
  sums = [];
});
afterEach(() => rm(folder, { recursive: true }));

function open(): Promise<UsageQueue> {
  const hours = (_prefix: string, from: number, to: number): HourlySum[] =>
    sums.filter(({ hour }) => hour >= from && hour < to);
  const settle = (): number => settledUntil;
  return UsageQueue.open({ folder, masterId: 'one', computerId: 'COMP-1', hours, settle }, NOW);
}

const leave = (name: string, text = '<journal/>'): Promise<void> => writeFile(path.join(folder, name), text);

it('is in doubt about a report that was being sent', async () => {
  await leave(`${HOUR}.xml`);
  await leave(`${HOUR}.sent`, '2026-11-22T15:06:00.000Z');
  const sent: string[] = [];
  const queue = await open();
  await queue.deliver({ reportUsage: (_, report) => void sent.push(report) }, NOW);
  expect(sent).toEqual([]);
  expect(queue.view().uncertain).toEqual([
    { period: 'COMP-1-2026-11-22T14', sentAt: '2026-11-22T15:06:00.000Z' },
  ]);
});

it('has no doubt about one that was acknowledged, and tidies up', async () => {
  await leave(`${HOUR}.xml`);
  await leave(`${HOUR}.sent`);
  await leave(`${HOUR - 1}.sent`);
  await leave('acknowledged', `${HOUR}\n`);
  const queue = await open();
  expect(queue.waiting).toBe(0);
  expect(queue.view().acknowledgedUntil).toBe('2026-11-22T15:00:00.000Z');
  expect((await readdir(folder)).sort()).toEqual(['acknowledged', 'next']);
});

it('repeats by itself what surely did not arrive', async () => {
  await leave(`${HOUR}.xml`);
  const queue = await open();
  const refused = new UnreachableError('refused', 'nobody listens', { wasSent: false });
  const reportUsage = (): Promise<void> => Promise.reject(refused);
  await expect(queue.deliver({ reportUsage }, NOW)).rejects.toBe(refused);
  expect(queue.view()).toMatchObject({ waiting: 1, uncertain: [] });
  expect(await readdir(folder)).not.toContain(`${HOUR}.sent`);
  await queue.deliver({ reportUsage: () => undefined }, NOW);
  expect(queue.view()).toMatchObject({ waiting: 0, acknowledgedUntil: '2026-11-22T15:00:00.000Z' });
});

it('makes no report of an hour before everything of it is known', async () => {
  const queue = await open();
  sums = [
    {
      guid: 'one/slappart10/G',
      hour: HOUR,
      seconds: 60,
      cpuSeconds: 6,
      memoryByteSeconds: 0,
      diskByteSeconds: 0,
    },
  ];
  const later = NOW + 2 * HOUR_MILLISECONDS;
  settledUntil = NOW;
  await queue.compose(later);
  expect(queue.waiting).toBe(0);
  settledUntil = later;
  await queue.compose(later);
  expect(queue.waiting).toBe(1);
});
