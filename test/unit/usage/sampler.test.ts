import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InstanceView } from '../../../agent/api/contract.ts';
import type { StateStore } from '../../../agent/state.ts';
import type { UnitStatus } from '../../../agent/supervisor/types.ts';
import { UsageHistory } from '../../../agent/usage/history.ts';
import type { Reading } from '../../../agent/usage/meter.ts';
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
    clock,
    uptime: () => clock.now(),
    onFault: (error) => faults.push(error),
  });
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

  it('writes its first point at once, for an agent that is killed early', async () => {
    await pass(8);
    expect(history.hasUnwritten).toBe(true);
    await pass(3);
    expect(history.hasUnwritten).toBe(false);
    expect(sampler.samples('slappart0', 30)).toHaveLength(1);
  });

  it('writes once a minute, and when the last has stopped', async () => {
    await pass(25);
    expect(history.hasUnwritten).toBe(true);
    await pass(60);
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

/** Processor seconds in the accounts. */
function addedUp(): number {
  history.write(clock.now());
  return history.hours().reduce((sum, hour) => sum + hour.cpuSeconds, 0);
}

describe('the next agent', () => {
  it('counts what was used while none ran, and shows it in no rate', async () => {
    history.setMeter('GUID', { counters: new Map([['boot/1@1', 60]]), disk: null });
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
    history.setMeter('GUID', { counters: new Map(), disk: { bytes: 7, at: clock.now() - 60_000 } });
    start();
    sampler.start();
    await pass(2);
    expect(measured).toEqual([]);
    expect(store.snapshot().usage['slappart0']?.diskBytes).toBe(7);
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
