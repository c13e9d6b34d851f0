import { describe, expect, it } from 'vitest';
import type { ChangeEvent, SoftwareView, UsageRecord } from '../../../agent/api/contract.ts';
import { StateStore } from '../../../agent/state.ts';

function newStore(): StateStore {
  return new StateStore({
    version: '1',
    contractVersion: 1,
    pid: 1,
    startedAt: '',
    home: '/h',
    computerId: 'local_computer',
    computer: { cpus: 1, memoryBytes: 1 },
    mode: 'shared',
    firstRunDone: true,
    notifications: { ready: true, failed: true, dying: true, problem: true, master: true, update: true },
    notices: [],
  });
}

function software(url: string): SoftwareView {
  return {
    url,
    title: url,
    requestedState: 'available',
    state: 'waiting',
    progress: null,
    error: null,
    bytes: null,
  };
}

async function take(events: AsyncIterable<ChangeEvent>, count: number): Promise<ChangeEvent[]> {
  const taken: ChangeEvent[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

it('begins with a snapshot and goes on with changes', async () => {
  const store = newStore();
  store.setSoftware(software('a'));
  const stop = new AbortController();
  const reading = take(store.changes({ lastEventId: null, signal: stop.signal }), 2);
  store.setSoftware(software('b'));
  const [first, second] = await reading;
  expect(first?.change.kind).toBe('snapshot');
  expect(second?.change).toMatchObject({ kind: 'software', software: { url: 'b' } });
});

it('gives a reader that comes back exactly what it missed', async () => {
  const store = newStore();
  const stop = new AbortController();
  const [snapshot] = await take(store.changes({ lastEventId: null, signal: stop.signal }), 1);
  for (const url of ['a', 'b', 'c']) store.setSoftware(software(url));
  const missed = await take(store.changes({ lastEventId: snapshot?.id ?? '', signal: stop.signal }), 3);
  expect(missed.map((event) => event.change.kind === 'software' && event.change.software.url)).toEqual([
    'a',
    'b',
    'c',
  ]);
});

it('starts over with a snapshot for a reader of another run', async () => {
  const store = newStore();
  const stop = new AbortController();
  const [event] = await take(store.changes({ lastEventId: 'other:3', signal: stop.signal }), 1);
  expect(event?.change.kind).toBe('snapshot');
});

it('makes no change of an equal view', () => {
  const store = newStore();
  store.setSoftware(software('a'));
  const before = store.snapshot().revision;
  store.setSoftware(software('a'));
  expect(store.snapshot().revision).toBe(before);
});

it('ends the stream when the reader leaves', async () => {
  const store = newStore();
  const stop = new AbortController();
  const events = store.changes({ lastEventId: null, signal: stop.signal });
  await events.next();
  const waiting = events.next();
  stop.abort();
  expect((await waiting).done).toBe(true);
});

describe('usage', () => {
  const usage = (cpu: number): UsageRecord => ({
    slappart0: { cpu, memoryBytes: 1, diskBytes: null, processes: 1 },
  });

  it('comes with the snapshot, then as it changes', async () => {
    const store = newStore();
    store.setUsage('2026-11-22T14:00:00.000Z', usage(1));
    const stop = new AbortController();
    const reading = take(store.changes({ lastEventId: null, signal: stop.signal }), 2);
    await new Promise(setImmediate);
    store.setUsage('2026-11-22T14:00:01.000Z', usage(2));
    const [first, second] = await reading;
    expect(first?.change).toMatchObject({ kind: 'snapshot', state: { usage: usage(1) } });
    expect(second?.change).toEqual({ kind: 'usage', at: '2026-11-22T14:00:01.000Z', usage: usage(2) });
  });

  it('of which only the newest counts, does not move the place in the stream', async () => {
    const store = newStore();
    const stop = new AbortController();
    const [snapshot] = await take(store.changes({ lastEventId: null, signal: stop.signal }), 1);
    for (const cpu of [1, 2, 3]) store.setUsage(String(cpu), usage(cpu));
    store.setSoftware(software('a'));
    const back = store.changes({ lastEventId: snapshot?.id ?? '', signal: stop.signal });
    const [change, newest] = await take(back, 2);
    expect(change?.change.kind).toBe('software');
    expect(newest).toEqual({ id: change?.id, change: { kind: 'usage', at: '3', usage: usage(3) } });
  });

  it('is not told to a reader that does not want it', async () => {
    const store = newStore();
    const stop = new AbortController();
    const reading = take(store.changes({ lastEventId: null, signal: stop.signal, usage: false }), 2);
    await new Promise(setImmediate);
    store.setUsage('1', usage(1));
    store.setSoftware(software('a'));
    expect((await reading).map(({ change }) => change.kind)).toEqual(['snapshot', 'software']);
  });

  it('knows how many follow it', async () => {
    const store = newStore();
    const told: number[] = [];
    store.onWatchers((watchers) => told.push(watchers));
    const stop = new AbortController();
    const reading = take(store.changes({ lastEventId: null, signal: stop.signal }), 2);
    void take(store.changes({ lastEventId: null, signal: stop.signal, usage: false }), 2);
    await new Promise(setImmediate);
    expect(store.watchers).toBe(1);
    stop.abort();
    await reading;
    expect(told).toEqual([1, 0]);
  });

  it('is none of a partition that is free', () => {
    const store = newStore();
    store.setUsage('1', usage(1));
    store.setPartition({ id: 'slappart0', master: 'local', address: '127.64.0.1', instance: null });
    expect(store.snapshot().usage).toEqual({});
  });
});
