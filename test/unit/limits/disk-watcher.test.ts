/** The watcher on a disk and partitions that are only figures; time passes when told. Real fillers are in `test/e2e/limits`. */
import { beforeEach, expect, it } from 'vitest';
import type { LendingLimits, Limits } from '../../../agent/api/contract-lending.ts';
import { DiskWatcher } from '../../../agent/limits/disk-watcher.ts';
import { ManualClock } from '../../e2e/supervisor/manual-clock.ts';

const MEGABYTE = 1_000_000;
const NONE: Limits = {
  cpus: null,
  memoryBytes: null,
  diskBytes: null,
  files: null,
  processes: null,
  ports: null,
  networkBytesPerSecond: null,
};

let clock: ManualClock;
let free: { bytes: number; files: number };
let running: string[];
let data: Map<string, { bytes: number; files: number }>;
let frozen: Set<string>;
let measured: string[];
let told: string[];
let faults: unknown[];

beforeEach(() => {
  clock = new ManualClock();
  free = { bytes: 1000 * MEGABYTE, files: 1_000_000 };
  running = ['one', 'two'];
  data = new Map(running.map((id) => [id, { bytes: 0, files: 0 }]));
  frozen = new Set();
  measured = [];
  told = [];
  faults = [];
});

function watcher(limits: Partial<LendingLimits>, reserveBytes = 0): DiskWatcher {
  return new DiskWatcher({
    free: () => ({ ...free }),
    measure: async (id) => {
      measured.push(id);
      const amount = data.get(id);
      if (amount === undefined) throw new Error(`no data of ${id}`);
      return { ...amount };
    },
    running: () => running,
    freezer: {
      freeze: async (id) => {
        frozen.add(id);
        return true;
      },
      thaw: async (id) => void frozen.delete(id),
      isFrozen: (id) => frozen.has(id),
    },
    exceeded: (id, error) => told.push(`${id} ${error.code}`),
    reserveBytes,
    limits: { together: NONE, each: NONE, ...limits },
    clock,
    onFault: (error) => faults.push(error),
  });
}

/** Lets time pass, and what is due be done. */
async function look(milliseconds = 5000): Promise<void> {
  clock.pass(milliseconds);
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

function grows(id: string, bytes: number, files = 0): void {
  const before = data.get(id) ?? { bytes: 0, files: 0 };
  data.set(id, { bytes: before.bytes + bytes, files: before.files + files });
  free = { bytes: free.bytes - bytes, files: free.files - files };
}

const each = (limits: Partial<Limits>): Partial<LendingLimits> => ({ each: { ...NONE, ...limits } });
const together = (limits: Partial<Limits>): Partial<LendingLimits> => ({ together: { ...NONE, ...limits } });

it('measures what begins, and then nothing while the disk does not change', async () => {
  const watch = watcher(each({ diskBytes: 100 * MEGABYTE }));
  watch.wake();
  await look(0);
  expect(measured).toEqual(['one', 'two']);
  for (let times = 0; times < 100; times += 1) await look();
  expect(measured).toHaveLength(2);
});

it('does nothing at all while nothing hosted runs', async () => {
  running = [];
  const watch = watcher(each({ diskBytes: 100 * MEGABYTE }));
  watch.wake();
  await look(0);
  expect(clock.waiting).toBe(0);
});

it('freezes who exceeds, has it stopped once, and leaves the other alone', async () => {
  const watch = watcher(each({ diskBytes: 100 * MEGABYTE }));
  watch.wake();
  await look(0);
  grows('one', 101 * MEGABYTE);
  await look();
  expect(told).toEqual(['one disk-limit']);
  expect([...frozen]).toEqual(['one']);
  grows('one', 50 * MEGABYTE);
  await look();
  expect(told).toHaveLength(1);
});

it('counts files as well', async () => {
  const watch = watcher(each({ files: 5000 }));
  watch.wake();
  await look(0);
  grows('two', 0, 5001);
  await look();
  expect(told).toEqual(['two disk-limit']);
});

it('refuses one that was stopped until it keeps the limit, or may have more', async () => {
  const watch = watcher(each({ diskBytes: 100 * MEGABYTE }));
  watch.wake();
  await look(0);
  grows('one', 101 * MEGABYTE);
  await look();
  await expect(watch.check('one')).rejects.toMatchObject({ code: 'disk-limit' });
  await watch.check('two');
  grows('one', -50 * MEGABYTE);
  await watch.check('one');
  await look();
  grows('one', 60 * MEGABYTE);
  await look();
  expect(watch.apply({ together: NONE, each: { ...NONE, diskBytes: 500 * MEGABYTE } })).toEqual(['one']);
  await watch.check('one');
});

it('stops who grows beyond what is for all, and not who has its share since long', async () => {
  data.set('two', { bytes: 80 * MEGABYTE, files: 1 });
  const watch = watcher(together({ diskBytes: 100 * MEGABYTE }));
  watch.wake();
  await look(0);
  grows('one', 30 * MEGABYTE);
  await look();
  expect(told).toEqual(['one disk-limit']);
  grows('two', 100);
  await look(70_000);
  expect(told).toHaveLength(1);
});

it('stops the largest when nobody grows, because there may be less than before', async () => {
  data.set('two', { bytes: 80 * MEGABYTE, files: 1 });
  data.set('one', { bytes: 40 * MEGABYTE, files: 1 });
  const watch = watcher({});
  watch.wake();
  await look(0);
  watch.apply({ each: NONE, together: { ...NONE, diskBytes: 100 * MEGABYTE } });
  await look(0);
  expect(told).toEqual(['two disk-limit']);
});

it('keeps the reserve: freezes all, stops who took it, lets the others go on', async () => {
  const watch = watcher({}, 200 * MEGABYTE);
  frozen.add('paused');
  running = ['one', 'two', 'paused'];
  data.set('paused', { bytes: 0, files: 0 });
  watch.wake();
  await look(0);
  grows('two', 850 * MEGABYTE);
  await look();
  expect(told).toEqual(['two disk-reserve']);
  expect([...frozen].toSorted()).toEqual(['paused', 'two']);
});

it('blames nobody hosted for what somebody else took, and does not ask again for every byte', async () => {
  const watch = watcher({}, 200 * MEGABYTE);
  watch.wake();
  await look(0);
  free.bytes = 100 * MEGABYTE;
  await look();
  expect(told).toEqual([]);
  expect(frozen.size).toBe(0);
  const before = measured.length;
  free.bytes -= MEGABYTE;
  await look();
  expect(measured.length).toBe(before);
});

it('finds within a minute who grows behind one that shrinks', async () => {
  data.set('two', { bytes: 500 * MEGABYTE, files: 1 });
  const watch = watcher(each({ diskBytes: 600 * MEGABYTE }));
  watch.wake();
  await look(0);
  grows('one', 700 * MEGABYTE);
  free.bytes += 701 * MEGABYTE;
  await look();
  expect(told).toEqual([]);
  await look(61_000);
  free.bytes += 1;
  await look();
  expect(told).toEqual(['one disk-limit']);
});

it('measures again what could not be measured', async () => {
  const watch = watcher(each({ diskBytes: 100 * MEGABYTE }));
  data.delete('one');
  watch.wake();
  await look(0);
  expect(faults).toHaveLength(1);
  data.set('one', { bytes: 500 * MEGABYTE, files: 1 });
  await look();
  expect(told).toEqual(['one disk-limit']);
});

it('ends when it is told', async () => {
  const watch = watcher(each({ diskBytes: 1 }));
  watch.wake();
  await watch.close();
  expect(clock.waiting).toBe(0);
  watch.wake();
  expect(clock.waiting).toBe(0);
});
