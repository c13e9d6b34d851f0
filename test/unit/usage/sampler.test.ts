import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InstanceView } from '../../../agent/api/contract.ts';
import type { StateStore } from '../../../agent/state.ts';
import type { UnitStatus } from '../../../agent/supervisor/types.ts';
import { NEW_METER, UsageHistory, type InstanceMeter } from '../../../agent/usage/history.ts';
import type { Reading } from '../../../agent/usage/meter.ts';
import type { Entry } from '../../../agent/usage/book.ts';
import { added, NOTHING, type Tally } from '../../../agent/usage/tally.ts';
import { UsageSampler } from '../../../agent/usage/sampler.ts';
import { ManualClock } from '../../e2e/supervisor/manual-clock.ts';
import { readyInstance, StandInAgentService } from '../../fakes/agent-service.ts';

const SECOND = 1000;

let clock: ManualClock;
let store: StateStore;
let history: UsageHistory;
let sampler: UsageSampler;
/** Units that run, by id. */
let running: Map<string, UnitStatus>;
let unitChanged: (status: UnitStatus) => void;
/** What the partition has used so far and holds now. */
let used: { cpuSeconds: number; memoryBytes: number };
/** How often the kernel was asked. */
let reads: number;
/** Partitions whose disk was measured, in order. */
let measured: string[];
let diskBytes: number;
/** Whether the kernel answers with an error. */
let refuse: boolean;
/** Bytes through the network so far; null: not known. */
let network: number | null;
/** How far the clock of the wall was set, and how long the computer slept. */
let set: number;
let asleep: number;
let faults: unknown[];

beforeEach(() => {
  clock = new ManualClock();
  store = new StandInAgentService(1).store;
  history = UsageHistory.open(':memory:', clock.now());
  running = new Map();
  unitChanged = () => undefined;
  used = { cpuSeconds: 100, memoryBytes: 50_000_000 };
  reads = 0;
  measured = [];
  diskBytes = 4096;
  refuse = false;
  network = null;
  set = 0;
  asleep = 0;
  faults = [];
  show(null);
  sampler = newSampler();
});
afterEach(() => sampler.close());

function newSampler(): UsageSampler {
  return new UsageSampler({
    store,
    units: {
      list: () => [...running.values()],
      onChange(listener) {
        unitChanged = listener;
        return () => undefined;
      },
    },
    meter: {
      read(partitions) {
        if (refuse) throw new Error('too many open files');
        reads += 1;
        const reading: Reading = {
          cpuSeconds: new Map([['boot/1@1', used.cpuSeconds]]),
          memoryBytes: used.memoryBytes,
          processes: 4,
        };
        return new Map([...partitions.keys()].map((id) => [id, reading]));
      },
    },
    history,
    measureDisk: async (partitionId) => {
      measured.push(partitionId);
      return diskBytes;
    },
    networkBytes: () => network,
    clock: { now: wall, after: (milliseconds, call) => clock.after(milliseconds, call) },
    uptime: () => clock.now(),
    sinceBoot: () => clock.now() + asleep,
    boot: 'boot',
    onFault: (error) => faults.push(error),
  });
}

/** The clock of the wall. */
function wall(): number {
  return clock.now() + asleep + set;
}

function show(instance: Partial<InstanceView> | null): void {
  store.setPartition({
    id: 'slappart0',
    master: 'local',
    address: '127.64.0.1',
    instance: instance === null ? null : readyInstance({ guid: 'GUID', ...instance }),
  });
}

function start(): void {
  const status: UnitStatus = {
    state: 'running',
    id: 'slappart0/redis',
    shimPid: 10,
    payloadPid: 11,
    startedAt: '',
    configuration: '',
    restarts: 0,
  };
  running.set(status.id, status);
  running.set('slappart0/.holder', { ...status, id: 'slappart0/.holder', shimPid: 8, payloadPid: 9 });
  show({ state: 'started' });
  unitChanged(status);
}

function stop(): void {
  const stopping: UnitStatus = { state: 'stopping', id: 'slappart0/redis', shimPid: 10 };
  running.set(stopping.id, stopping);
  unitChanged(stopping);
  // Stopping takes a moment.
  clock.pass(0);
  running.clear();
  unitChanged({ state: 'stopped', id: 'slappart0/redis', lastExit: null });
  show({ state: 'stopped' });
}

/** Time passes second by second, in each of which `cpu` processors are busy. */
async function pass(seconds: number, cpu = 0): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    used.cpuSeconds += cpu;
    clock.pass(SECOND);
    // A measurement of the disk is not done at once.
    await new Promise(setImmediate);
  }
}

/** Somebody follows the changes. Returns what ends that. */
function watch(): () => void {
  const leave = new AbortController();
  const changes = store.changes({ lastEventId: null, signal: leave.signal });
  void (async () => {
    for await (const _ of changes);
  })();
  return () => leave.abort();
}

describe('while nothing runs', () => {
  it('asks the kernel nothing and sets no timer, though somebody follows', async () => {
    sampler.start();
    watch();
    await pass(30);
    show({ state: 'stopped' });
    await pass(30);
    expect(reads).toBe(0);
    expect(clock.waiting).toBe(0);
  });

  it('shows zeros for what is stopped, with its disk, and nothing for what is free', async () => {
    sampler.start();
    expect(store.snapshot().usage).toEqual({});
    show({ state: 'stopped' });
    await pass(2);
    expect(store.snapshot().usage).toEqual({
      slappart0: { cpu: 0, memoryBytes: 0, diskBytes: 4096, processes: 0 },
    });
    show(null);
    expect(store.snapshot().usage).toEqual({});
  });
});

describe('while something runs', () => {
  beforeEach(() => {
    sampler.start();
    start();
  });

  it('looks every ten seconds, for the history', async () => {
    await pass(3);
    const before = reads;
    await pass(60);
    expect(reads - before).toBe(6);
  });

  it('looks every second as long as somebody follows', async () => {
    await pass(3);
    const before = reads;
    const leave = watch();
    await pass(20);
    expect(reads - before).toBe(20);
    leave();
    await pass(12);
    expect(reads - before).toBeLessThanOrEqual(23);
  });

  it('does not look every second for a reader without usage', async () => {
    await pass(3);
    const before = reads;
    void store.changes({ lastEventId: null, signal: new AbortController().signal, usage: false }).next();
    await pass(20);
    expect(reads - before).toBe(2);
  });

  it('shows processors in use, memory, processes and disk', async () => {
    watch();
    await pass(2);
    await pass(1, 1.5);
    expect(store.snapshot().usage).toEqual({
      slappart0: { cpu: 1.5, memoryBytes: 50_000_000, diskBytes: 4096, processes: 4 },
    });
    used.memoryBytes = 80_000_000;
    await pass(1);
    expect(store.snapshot().usage['slappart0']).toMatchObject({ cpu: 0, memoryBytes: 80_000_000 });
  });

  it('takes nothing that was used before it was looked at for a rate', async () => {
    await pass(2);
    expect(store.snapshot().usage['slappart0']?.cpu).toBe(0);
  });

  it('makes no change of what does not really move', async () => {
    watch();
    await pass(5);
    const changes: unknown[] = [];
    const leave = new AbortController();
    void (async () => {
      for await (const { change } of store.changes({ lastEventId: null, signal: leave.signal }))
        changes.push(change.kind);
    })();
    used.memoryBytes += 3000;
    await pass(10, 0.001);
    leave.abort();
    expect(changes).toEqual(['snapshot']);
  });

  it('has a point of the curve every ten seconds, which is the mean of them', async () => {
    await pass(2);
    await pass(20, 0.25);
    await pass(20, 0.75);
    const samples = sampler.samples('slappart0', 30);
    expect(samples).toHaveLength(4);
    expect(samples.at(-1)?.cpu).toBe(0.75);
    const distances = samples.slice(1).map(({ at }, index) => {
      return Date.parse(at) - Date.parse(samples[index]?.at ?? '');
    });
    expect(distances).toEqual([10_000, 10_000, 10_000]);
  });

  it('ends with the partition: its curve is nothing to who comes after', async () => {
    await pass(30);
    running.clear();
    show(null);
    expect(sampler.samples('slappart0', 30)).toEqual([]);
    show({ guid: 'NEXT', state: 'started' });
    expect(sampler.samples('slappart0', 30)).toEqual([]);
    expect(history.guids()).not.toContain('GUID');
  });

  it('writes every point, and when the last has stopped', async () => {
    await pass(8);
    expect(history.hasUnwritten).toBe(true);
    await pass(3);
    expect(history.hasUnwritten).toBe(false);
    expect(sampler.samples('slappart0', 30)).toHaveLength(1);
    await pass(5);
    stop();
    await pass(2);
    expect(history.hasUnwritten).toBe(false);
    expect(clock.waiting).toBe(0);
  });

  it('goes on after the kernel refused an answer, and says so once', async () => {
    await pass(3);
    refuse = true;
    await pass(30);
    expect(faults).toHaveLength(1);
    refuse = false;
    watch();
    await pass(15, 0.5);
    expect(store.snapshot().usage['slappart0']?.cpu).toBe(0.5);
  });

  it('adds up by the hour what is used', async () => {
    await pass(2);
    const before = addedUp();
    await pass(60, 0.5);
    stop();
    await pass(2);
    expect(addedUp() - before).toBeCloseTo(30);
  });
});

/** All accounts together. */
function tallied(): Tally {
  return entries().reduce((sum, { tally }) => added(sum, tally), NOTHING);
}

function entries(): Entry[] {
  return history.book.entries(0, Number.MAX_SAFE_INTEGER);
}

function knownMeter(differs: Partial<InstanceMeter>): void {
  history.setMeter('GUID', { ...NEW_METER, ...differs });
}

/** Processor seconds in the accounts. */
function addedUp(): number {
  history.write(clock.now());
  return tallied().cpuSeconds;
}

describe('the next agent', () => {
  it('counts what was used while none ran, and shows it in no rate', async () => {
    knownMeter({ counters: new Map([['boot/1@1', 60]]) });
    start();
    sampler.start();
    await pass(2);
    expect(store.snapshot().usage['slappart0']?.cpu).toBe(0);
    stop();
    await pass(2);
    expect(addedUp()).toBe(40);
  });

  it('has the curve at once', () => {
    history.addSample('GUID', { at: clock.now() - 10_000, cpu: 0.5, memoryBytes: 1, diskBytes: 2 });
    start();
    sampler.start();
    expect(sampler.samples('slappart0', 30)).toEqual([
      { at: new Date(clock.now() - 10_000).toISOString(), cpu: 0.5, memoryBytes: 1, diskBytes: 2 },
    ]);
  });

  it('forgets what is not there any more', () => {
    history.addSample('GONE', { at: clock.now(), cpu: 1, memoryBytes: 1, diskBytes: null });
    start();
    sampler.start();
    expect(history.guids()).not.toContain('GONE');
  });

  it('does not measure the disk of what it finds as it was', async () => {
    knownMeter({ disk: { bytes: 7, at: clock.now() - 60_000 } });
    start();
    sampler.start();
    await pass(2);
    expect(measured).toEqual([]);
    expect(store.snapshot().usage['slappart0']?.diskBytes).toBe(7);
  });
});

describe('the accounts', () => {
  it('know run time, mean and peak of memory, and bytes of the network', async () => {
    network = 5000;
    sampler.start();
    start();
    await pass(20);
    used.memoryBytes = 150_000_000;
    network = 25_000;
    await pass(10);
    stop();
    await pass(2);
    const sum = tallied();
    expect(sum.runSeconds).toBeGreaterThan(28);
    expect(sum.runSeconds).toBeLessThan(32);
    expect(sum.memoryPeakBytes).toBe(150_000_000);
    const mean = sum.memoryByteSeconds / sum.runSeconds;
    expect(mean).toBeGreaterThan(70_000_000);
    expect(mean).toBeLessThan(130_000_000);
    expect(sum.networkBytes).toBe(25_000);
  });

  it('do not know of a network that cannot be seen', async () => {
    sampler.start();
    start();
    await pass(20);
    expect(tallied().networkBytes).toBeNull();
  });

  it('keep name, owner and partition of an instance that is gone', async () => {
    sampler.start();
    start();
    await pass(20, 0.5);
    running.clear();
    show(null);
    await pass(2);
    expect(entries()[0]?.subject).toEqual({
      key: 'GUID',
      partition: 'slappart0',
      master: 'local',
      name: readyInstance().name,
      owner: readyInstance().owner,
    });
    expect(addedUp()).toBeGreaterThan(9);
  });

  it('count the time in which no agent ran, once, where the same processes ran all the time', async () => {
    const ran = { boot: 'boot', at: clock.now() - 600_000 };
    knownMeter({ counters: new Map([['boot/1@1', 60]]), ran });
    start();
    sampler.start();
    await pass(2);
    sampler.settle();
    expect(tallied()).toMatchObject({ cpuSeconds: 40, uncertain: false });
    expect(tallied().runSeconds).toBeCloseTo(601, -1);
    // It is spread over the time in which it was used.
    expect(entries()[0]?.at).toBeLessThan(wall() - 590_000);
  });

  it('do not count the time in which no agent ran where other processes run since', async () => {
    const ran = { boot: 'boot', at: clock.now() - 600_000 };
    knownMeter({ counters: new Map([['boot/0@0', 60]]), ran });
    start();
    sampler.start();
    await pass(2);
    sampler.settle();
    expect(tallied().cpuSeconds).toBe(100);
    expect(tallied().runSeconds).toBeLessThan(5);
  });

  it('count the room on the disk while nothing runs, too', async () => {
    sampler.start();
    start();
    await pass(10);
    stop();
    await pass(5);
    const before = tallied().diskByteSeconds ?? 0;
    await pass(3600);
    sampler.settle();
    expect(((tallied().diskByteSeconds ?? 0) - before) / 4096).toBeCloseTo(3600, -1);
  });

  it('count no time twice when the clock is set back, and mark it', async () => {
    sampler.start();
    start();
    await pass(3600, 0.5);
    expect(entries().some(({ tally }) => tally.uncertain)).toBe(false);
    set = -1_800_000;
    await pass(600, 0.5);
    stop();
    await pass(2);
    const sum = tallied();
    expect(sum.runSeconds).toBeGreaterThan(4190);
    expect(sum.runSeconds).toBeLessThan(4205);
    // 100 were there before.
    expect(sum.cpuSeconds).toBeCloseTo(100 + 2100);
    const uncertain = entries().filter(({ tally }) => tally.uncertain);
    expect(uncertain.length).toBeGreaterThan(8);
    expect(uncertain.every(({ at }) => at <= wall())).toBe(true);
  });

  it('count nothing for a time that never was when the clock is set forward and back', async () => {
    sampler.start();
    start();
    await pass(60);
    set = 30 * 24 * 3_600_000;
    await pass(60);
    set = 0;
    await pass(60);
    stop();
    await pass(2);
    expect(tallied().runSeconds).toBeLessThan(185);
    expect((tallied().diskByteSeconds ?? 0) / 4096).toBeLessThan(185);
    expect(entries().some(({ tally }) => tally.uncertain)).toBe(true);
  });

  it('count the disk and no run time while the computer sleeps, without a doubt', async () => {
    sampler.start();
    start();
    await pass(60);
    asleep = 3_600_000;
    await pass(60);
    sampler.settle();
    const sum = tallied();
    expect(sum.runSeconds).toBeLessThan(125);
    expect((sum.diskByteSeconds ?? 0) / 4096).toBeGreaterThan(3650);
    expect(sum.uncertain).toBe(false);
  });

  it('say once that they cannot be written, and lose nothing', async () => {
    sampler.start();
    start();
    await pass(20, 0.5);
    const write = history.write.bind(history);
    history.write = () => {
      throw Object.assign(new Error('database or disk is full'), { errcode: 13 });
    };
    await pass(60, 0.5);
    expect(faults).toHaveLength(1);
    expect(store.snapshot().agent.notices.map(({ id }) => id)).toEqual(['usage']);
    expect(sampler.settle()).toBeLessThan(wall() - 50_000);
    history.write = write;
    await pass(12, 0.5);
    expect(store.snapshot().agent.notices).toEqual([]);
    expect(sampler.settle()).toBeGreaterThan(wall() - 2000);
    expect(addedUp()).toBeGreaterThan(100 + 44);
  });
});

describe('the disk', () => {
  beforeEach(() => {
    sampler.start();
    start();
  });

  it('is measured after the start, and every ten minutes while it runs', async () => {
    await pass(5);
    expect(measured).toEqual(['slappart0']);
    await pass(9 * 60);
    expect(measured).toHaveLength(1);
    await pass(2 * 60);
    expect(measured).toHaveLength(2);
    stop();
    await pass(60 * 60);
    // Once more when it stopped.
    expect(measured).toHaveLength(3);
  });

  it('is measured again when somebody looks at the partition', async () => {
    await pass(60);
    diskBytes = 20_000_000;
    sampler.samples('slappart0', 30);
    await pass(2);
    expect(store.snapshot().usage['slappart0']?.diskBytes).toBe(20_000_000);
    sampler.samples('slappart0', 30);
    await pass(2);
    expect(measured).toHaveLength(2);
  });
});
