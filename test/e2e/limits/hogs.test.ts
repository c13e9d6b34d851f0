/**
 * Real hogs in real partitions. What the kernel limits is tried where this machine has control groups for who runs the tests; elsewhere
 * it is shown that nothing is claimed.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LendingLimits, Limits } from '../../../agent/api/contract-lending.ts';
import { eventually } from '../supervisor/eventually.ts';
import { isLiving } from '../supervisor/processes.ts';
import { groupsHere, hosting, NO_LIMITS, UNLIMITED, type HostedPartition } from './hosting.ts';

const MEBIBYTE = 2 ** 20;
const SPIN = ['/usr/bin/perl', '-e', '1 while 1'];
const SLEEP = ['/usr/bin/perl', '-e', 'sleep 1000'];
/** Takes so many MiB, and says so. */
const take = (mebibytes: number): string[] => [
  '/usr/bin/perl',
  '-e',
  `my $m = "x" x (${mebibytes} << 20); print "had it"`,
];

/** Waits for its file. */
const BOMB_ON_DEMAND = [
  '/usr/bin/perl',
  '-e',
  'select undef, undef, undef, 0.01 until -e "/srv/data/go"; while (1) { fork() || sleep 1000 }',
];

const groups = await groupsHere();

const each = (limits: Partial<Limits>): LendingLimits => ({
  ...UNLIMITED,
  each: { ...NO_LIMITS, ...limits },
});
const together = (limits: Partial<Limits>): LendingLimits => ({
  ...UNLIMITED,
  together: { ...NO_LIMITS, ...limits },
});

/** What is hosted gives way to whatever else a machine has to do. */
const BUSY_MACHINE = 100_000;

/** CPUs that were used of, until the slowest of them has used `seconds`. */
async function pace(partitions: readonly HostedPartition[], seconds: number): Promise<number[]> {
  const used = (): number[] => partitions.map((partition) => partition.cpuSeconds());
  const [before, began] = [used(), performance.now()];
  await eventually(() => used().every((now, index) => now - (before[index] ?? 0) >= seconds), BUSY_MACHINE);
  const elapsed = (performance.now() - began) / 1000;
  return used().map((now, index) => (now - (before[index] ?? 0)) / elapsed);
}

if (groups === null)
  it('without control groups nothing of this is claimed', () => {
    const held = hosting(null).limits.held();
    expect([held.cpus.held, held.memoryBytes.held, held.processes.held]).toEqual(['none', 'none', 'none']);
  });
else
  describe('the kernel', () => {
    it('ends a memory hog alone, while its neighbour answers', async () => {
      const { partition } = hosting(groups, each({ memoryBytes: 64 * MEBIBYTE }));
      const hog = await partition('slappart1');
      const neighbour = await partition('slappart2');
      const living = await neighbour.start('one', ...SLEEP);
      expect(await hog.run(...take(512))).toBe('');
      expect(isLiving(living.payloadPid)).toBe(true);
      expect(await neighbour.run('/bin/echo', 'well')).toBe('well');
    });

    it('counts a file in memory as memory', async () => {
      const { partition } = hosting(groups, each({ memoryBytes: 64 * MEBIBYTE }));
      const hog = await partition('slappart1');
      const said = await hog.run(
        '/bin/sh',
        '-c',
        'head -c 200M /dev/zero >/dev/shm/large && echo all of it; echo',
      );
      expect(said).not.toContain('all of it');
    });

    it('refuses a fork bomb, while its neighbour answers', async () => {
      const { partition } = hosting(groups, each({ processes: 30 }));
      const hog = await partition('slappart1');
      const neighbour = await partition('slappart2');
      await hog.start('bomb', '/usr/bin/perl', '-e', 'while (1) { fork() }');
      await eventually(() => (groups.usage('slappart1')?.processes ?? 0) >= 28);
      expect(groups.usage('slappart1')?.processes).toBeLessThanOrEqual(30);
      expect(await neighbour.run('/bin/echo', 'well')).toBe('well');
    });

    it('keeps a CPU hog within 5 % of its cap, while its neighbour keeps its share', async () => {
      const { limits, partition } = hosting(groups);
      const hog = await partition('slappart1');
      const neighbour = await partition('slappart2');
      await groups.ensure('slappart1', { memoryBytes: null, processes: null, cpus: 0.3 }, 'hosted');
      for (const name of ['one', 'two', 'three']) await hog.start(name, ...SPIN);
      await neighbour.start('one', ...SPIN);
      const [hogs = 0, neighbours = 0] = await pace([hog, neighbour], 0.7);
      expect(hogs).toBeLessThanOrEqual(0.3 * 1.05 + 0.02);
      // It has no cap: more than the hog where there is room, as much where there is none.
      expect(neighbours).toBeGreaterThan(hogs * 0.7);
      expect(limits.held().cpus.held).toBe('kernel');
    });

    it('gives a person’s own more of a busy processor than what is hosted', async () => {
      const { partition } = hosting(groups);
      const hosted = await partition('slappart1');
      const own = await partition('slappart2', { isHosted: false });
      // More than there are processors, so that they must share them.
      const crowd = `for (1..${2 * availableParallelism()}) { fork() or last } 1 while 1`;
      for (const one of [hosted, own]) await one.start('crowd', '/usr/bin/perl', '-e', crowd);
      const [hosteds = 0, owns = 0] = await pace([hosted, own], 0.3);
      expect(owns).toBeGreaterThan(hosteds * 1.5);
    });

    it('holds two hogs together within what is for all', async () => {
      const { partition } = hosting(groups, together({ cpus: 0.4 }));
      const one = await partition('slappart1');
      const two = await partition('slappart2');
      for (const hog of [one, two]) await hog.start('spin', ...SPIN);
      const [ones = 0, twos = 0] = await pace([one, two], 0.5);
      expect(ones + twos).toBeLessThanOrEqual(0.4 * 1.05 + 0.02);
    });

    it('refuses two fork bombs together what is for all', async () => {
      const { partition } = hosting(groups, together({ processes: 60 }));
      const hogs = [await partition('slappart1'), await partition('slappart2')];
      for (const hog of hogs) await hog.start('bomb', ...BOMB_ON_DEMAND);
      for (const hog of hogs) writeFileSync(path.join(hog.data, 'go'), '');
      const processes = (): number =>
        (groups.usage('slappart1')?.processes ?? 0) + (groups.usage('slappart2')?.processes ?? 0);
      await eventually(() => processes() >= 58);
      expect(processes()).toBeLessThanOrEqual(60);
    });

    it('holds the memory of two together, and leaves the one that takes little', async () => {
      const { partition } = hosting(groups, together({ memoryBytes: 96 * MEBIBYTE }));
      const small = await partition('slappart1');
      const large = await partition('slappart2');
      const living = await small.start('one', ...SLEEP);
      expect(await large.run(...take(512))).toBe('');
      expect(isLiving(living.payloadPid)).toBe(true);
    });

    it('limits what runs when a person changes the limits', async () => {
      const { limits, partition } = hosting(groups);
      const hog = await partition('slappart1');
      await hog.start('spin', ...SPIN);
      await hog.start('spin-too', ...SPIN);
      await limits.apply(each({ cpus: 0.2 }));
      const [hogs = 0] = await pace([hog], 0.5);
      expect(hogs).toBeLessThanOrEqual(0.2 * 1.05 + 0.02);
    });

    it('takes back what is more than a lowered limit: the kernel ends it, or it is told to be stopped', async () => {
      const { limits, partition } = hosting(groups);
      const hog = await partition('slappart1');
      const script = 'my $m = "x" x (200 << 20); open my $f, ">", "/srv/data/has" or die; sleep 1000';
      const holding = await hog.start('hold', '/usr/bin/perl', '-e', script);
      await eventually(() => existsSync(path.join(hog.data, 'has')));
      const told: string[] = [];
      limits.follow({ exceeded: (id, { code }) => told.push(`${id} ${code}`), fits: (id) => told.push(id) });
      await limits.apply(each({ memoryBytes: 64 * MEBIBYTE }));
      await eventually(() => told.length > 0 || !isLiving(holding.payloadPid));
      if (groups.version === 1) expect(told).toEqual(['slappart1 cgroup-failed']);
      else expect(told).toEqual([]);
    });

    it('does not limit a person’s own', async () => {
      const { partition } = hosting(groups, each({ memoryBytes: 64 * MEBIBYTE, processes: 20 }));
      const own = await partition('slappart1', { isHosted: false });
      expect(await own.run(...take(128))).toBe('had it');
    });

    it('limits what was started when there were no groups', async () => {
      const { partition, next } = hosting(null, each({ cpus: 0.2 }));
      const hog = await partition('slappart1');
      const running = await hog.start('spin', ...SPIN);
      const { limits } = await next(groups);
      await limits.ensure('slappart1', true);
      expect(groups.usage('slappart1')?.processes).toBeGreaterThanOrEqual(8);
      expect(isLiving(running.payloadPid)).toBe(true);
      const used = (): number => groups.usage('slappart1')?.cpuSeconds ?? 0;
      const [before, began] = [used(), performance.now()];
      await eventually(() => used() - before >= 0.4, BUSY_MACHINE);
      expect((used() - before) / ((performance.now() - began) / 1000)).toBeLessThanOrEqual(0.2 * 1.05 + 0.02);
    });

    it('goes on with a partition that becomes another’s, within the limits', async () => {
      const { limits, partition } = hosting(groups, each({ processes: 25 }));
      const own = await partition('slappart1', { isHosted: false });
      const running = await own.start('bomb', ...BOMB_ON_DEMAND);
      await limits.ensure('slappart1', true);
      expect(await groups.hosted()).toEqual(['slappart1']);
      expect(isLiving(running.payloadPid)).toBe(true);
      writeFileSync(path.join(own.data, 'go'), '');
      await eventually(() => (groups.usage('slappart1')?.processes ?? 0) >= 23);
      expect(groups.usage('slappart1')?.processes).toBeLessThanOrEqual(25);
    });
  });
