import { expect, it } from 'vitest';
import type { ChangeEvent, SoftwareView } from '../../../agent/api/contract.ts';
import { StateStore } from '../../../agent/state.ts';

function newStore(): StateStore {
  return new StateStore({
    version: '1',
    pid: 1,
    startedAt: '',
    home: '/h',
    computerId: 'local_computer',
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
