/** What a real service uses is what is shown, live and as a curve, and right after the agent was killed. */
import { randomBytes } from 'node:crypto';
import { createClient } from 'redis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Change, Usage, UsageRecord } from '../../../agent/api/contract.ts';
import type { UsageSummary } from '../../../agent/api/contract-usage.ts';
import { Home, until } from '../agent/home.ts';
import { openPage, type PageSession } from './session.ts';

const MEGABYTE = 1_000_000;
/** Of work, one command of Redis; it has one thread. */
const BURN = 'local n = 0; for i = 1, ARGV[1] do n = n + i end; return n';

let home: Home;
let page: PageSession;
let partition: string;
let url: string;
/** The usage of the partition, as the page is told it; 0: when it was measured is not known. */
let shown: (Usage & { at: number })[];
let leave: AbortController;

beforeAll(async () => {
  home = await Home.make();
  home.start();
  url = home.request('store', 'redis', '--parameters', 'memory=256')['url'] ?? '';
  partition = (await home.partitionOf('store')).id;
  await follow();
});
afterAll(async () => {
  leave.abort();
  await home.remove();
});

async function follow(): Promise<void> {
  page = await openPage(home);
  leave = new AbortController();
  const seen: typeof shown = [];
  shown = seen;
  const { signal } = leave;
  void (async () => {
    for await (const change of page.changes(signal)) {
      const usage = usageIn(change)?.[partition];
      if (usage !== undefined) seen.push({ ...usage, at: 'at' in change ? Date.parse(change.at) : 0 });
    }
  })();
}

// Its type is longer than all that is done with it.
// oxlint-disable-next-line typescript/explicit-function-return-type
const connectRedis = () => createClient({ url }).connect();

function usageIn(change: Change): UsageRecord | undefined {
  if (change.kind === 'snapshot') return change.state.usage;
  return change.kind === 'usage' ? change.usage : undefined;
}

async function withRedis(
  use: (client: Awaited<ReturnType<typeof connectRedis>>) => Promise<unknown>,
): Promise<void> {
  const client = await connectRedis();
  try {
    await use(client);
  } finally {
    client.destroy();
  }
}

const showsSoon = (what: (usage: Usage) => boolean): Promise<Usage> =>
  until(() => {
    const last = shown.at(-1);
    return last !== undefined && what(last) && last;
  });

const samples = async (): Promise<{ at: string; cpu: number }[]> =>
  (await page.call.usageHistory.query({ partition })).samples;

it('is shown soon after the start, with all its processes and its memory', async () => {
  const usage = await showsSoon(({ memoryBytes }) => memoryBytes > 0);
  expect(usage.processes).toBeGreaterThan(5);
  expect(usage.memoryBytes).toBeGreaterThan(MEGABYTE);
  expect(usage.memoryBytes).toBeLessThan(60 * MEGABYTE);
});

it('shows a busy processor within seconds, and rest again', async () => {
  const busy = new AbortController();
  const working = withRedis(async (client) => {
    while (!busy.signal.aborted) await client.eval(BURN, { arguments: ['1000000'] });
  });
  try {
    // Others work on this computer, too.
    const { cpu } = await showsSoon((usage) => usage.cpu > 0.2);
    expect(cpu).toBeLessThan(1.3);
  } finally {
    busy.abort();
    await working;
  }
  await showsSoon((usage) => usage.cpu < 0.1);
});

it('shows memory that grows', async () => {
  const before = shown.at(-1)?.memoryBytes ?? 0;
  await withRedis((client) => client.set('large', 'x'.repeat(60 * MEGABYTE)));
  await showsSoon(({ memoryBytes }) => memoryBytes > before + 50 * MEGABYTE);
});

it('shows what the data takes on the disk, when it was written and somebody looks', async () => {
  await withRedis(async (client) => {
    await client.set('random', randomBytes(20 * MEGABYTE).toString('latin1'));
    await client.sendCommand(['SAVE']);
  });
  await until(async () => {
    // As a page does when it opens the partition; asked too often it is not measured again.
    await samples();
    return (shown.at(-1)?.diskBytes ?? 0) > 19 * MEGABYTE;
  });
});

it('pushes at most one change a second', () => {
  const distances = shown.slice(1).map(({ at }, index) => at - (shown[index]?.at ?? 0));
  // The first is the snapshot. Between a look and its being told the computer may do something else.
  expect(Math.min(...distances.slice(1))).toBeGreaterThan(700);
});

it('has a curve of ten seconds a point, in which the work is seen', async () => {
  const curve = await until(async () => {
    const points = await samples();
    return points.length >= 3 && points;
  });
  expect(Math.max(...curve.map(({ cpu }) => cpu))).toBeGreaterThan(0.05);
  const distances = curve
    .slice(1)
    .map(({ at }, index) => Date.parse(at) - Date.parse(curve[index]?.at ?? ''));
  for (const distance of distances) {
    expect(distance).toBeGreaterThan(8000);
    expect(distance).toBeLessThan(13_000);
  }
});

it('has its curve right after the agent was killed, without what was not written in the last minute', async () => {
  const before = await samples();
  leave.abort();
  await home.killAgent();
  home.start();
  await follow();
  const after = await samples();
  const kept = before.filter(({ at }) => after.some((point) => point.at === at));
  expect(kept.length).toBeGreaterThan(0);
  const newest = before.at(-1)?.at ?? '';
  const written = kept.at(-1)?.at ?? '';
  expect(Date.parse(newest) - Date.parse(written)).toBeLessThanOrEqual(65_000);
  await showsSoon(({ memoryBytes }) => memoryBytes > 50 * MEGABYTE);
  expect(shown.every(({ cpu }) => cpu < 1.3)).toBe(true);
});

it('is printed by the command, counted on over the kill, with the traffic through the door', () => {
  const shownUsage = (...words: string[]): UsageSummary => home.json(['usage', ...words]) as UsageSummary;
  const before = shownUsage('--by', 'partition').series[0];
  expect(before).toMatchObject({ title: 'store', owner: { kind: 'me' } });
  expect(before?.totals.cpuSeconds).toBeGreaterThan(0.5);
  expect(before?.totals.runSeconds).toBeGreaterThan(20);
  expect(before?.totals.memoryPeakBytes).toBeGreaterThan(50 * MEGABYTE);
  // What was written through the door: 60 MB of text, and random bytes that take more as text.
  expect(before?.totals.networkBytes).toBeGreaterThan(80 * MEGABYTE);
  expect(before?.totals.networkBytes).toBeLessThan(200 * MEGABYTE);
  expect(before?.diskBytes.at(-1)).toBeGreaterThan(0);
  const byPerson = shownUsage();
  expect(byPerson.series).toHaveLength(1);
  expect(home.run(['usage', 'week']).stdout).toMatch(/PERSON +PROCESSOR/u);
  expect(home.run(['usage', '--csv', '-']).stdout.split('\r\n').length).toBeGreaterThan(90);
});

it('is nothing but its disk when the service is stopped', async () => {
  await page.call.stop.mutate({ name: 'store' });
  const usage = await showsSoon(({ processes }) => processes === 0);
  expect(usage).toMatchObject({ cpu: 0, memoryBytes: 0 });
  expect(usage.diskBytes).toBeGreaterThan(19 * MEGABYTE);
});

it('is gone with the instance, and its curve with it', async () => {
  await page.call.destroy.mutate({ name: 'store' });
  await until(async () => (await home.state()).usage[partition] === undefined);
  await until(async () => (await home.state()).partitions.every(({ instance }) => instance === null));
  home.request('store', 'redis');
  expect(await samples()).toEqual([]);
});
