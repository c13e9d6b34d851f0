import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureView } from '../../../agent/api/client.ts';
import type { ChangeEvent } from '../../../agent/api/contract.ts';
import { serverEvents, type ServerEvent } from '../../../agent/api/event-stream.ts';
import { readyInstance } from '../../fakes/agent-service.ts';
import { signIn } from './ask.ts';
import { startStandInAgent, type StandInAgent } from './stand-in-agent.ts';

let agent: StandInAgent;
let ended: AbortController;

beforeEach(async () => {
  agent = await startStandInAgent();
  agent.service.show(0, readyInstance());
  ended = new AbortController();
});
afterEach(async () => {
  ended.abort();
  await agent.close();
});

/** Makes the change with this number. */
function step(done: number): void {
  agent.service.progress('cache', { step: 'downloading', done, total: 1000 });
}

/** The number of a change made by {@link step}. */
function numberOf({ change }: ChangeEvent): number {
  if (change.kind !== 'partition') throw new Error(`not a step: ${change.kind}`);
  return change.partition.instance?.progress?.done ?? -1;
}

describe('the stream of changes over the socket', () => {
  it('begins with everything, and goes on with what changes', async () => {
    const changes = agent.connection.changes({ signal: ended.signal });
    const first = await changes.next();
    expect(first.value?.change).toMatchObject({ kind: 'snapshot', state: { partitions: { length: 10 } } });
    step(1);
    const second = await changes.next();
    expect(second.value === undefined ? null : numberOf(second.value)).toBe(1);
  });

  it('loses nothing and repeats nothing when it is cut again and again', async () => {
    const seen: number[] = [];
    let lost = 0;
    const changes = agent.connection.changes({ signal: ended.signal, onLost: () => (lost += 1) });
    await changes.next();
    const reading = (async () => {
      for await (const event of changes) {
        seen.push(numberOf(event));
        if (seen.length === 300) return;
      }
    })();
    for (let round = 0; round < 3; round += 1) {
      for (let number = 1; number <= 50; number += 1) step(round * 100 + number);
      await expect.poll(() => seen.length).toBeGreaterThan(round * 100 + 20);
      await agent.stop();
      for (let number = 51; number <= 100; number += 1) step(round * 100 + number);
      await agent.restart();
    }
    await reading;
    expect(seen).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    expect(lost).toBe(3);
  });

  it('begins anew when what was missed is not kept any more', async () => {
    const changes = agent.connection.changes({ signal: ended.signal, lastEventId: 'earlier:7' });
    expect((await changes.next()).value?.change.kind).toBe('snapshot');
  });

  it('says that the agent does not answer when patience ends', async () => {
    await agent.stop();
    const changes = agent.connection.changes({ signal: ended.signal, patienceMilliseconds: 0 });
    expect(await changes.next().catch(failureView)).toMatchObject({ code: 'agent-unreachable' });
    await agent.restart();
  });

  it('ends at the agent when its reader goes', async () => {
    const changes = agent.connection.changes({ signal: ended.signal });
    await changes.next();
    expect(agent.service.openStreams).toBe(1);
    ended.abort();
    expect(await changes.next()).toEqual({ done: true, value: undefined });
    await expect.poll(() => agent.service.openStreams).toBe(0);
  });
});

describe('the stream of changes to the page', () => {
  const follow = async (lastEventId?: string): Promise<IncomingMessage> => {
    const token = await signIn(agent.origin, agent.page.createLink().url);
    const resumed = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const request = http.get(`${agent.origin}/trpc/changes`, {
      headers: { authorization: `Bearer ${token}`, ...resumed },
      agent: false,
      signal: ended.signal,
    });
    request.on('error', () => {});
    const [response]: IncomingMessage[] = await once(request, 'response');
    if (response === undefined) throw new Error('no answer');
    return response.on('error', () => {});
  };
  const dataEvents = async function* dataEvents(stream: IncomingMessage): AsyncGenerator<ServerEvent, void> {
    for await (const event of serverEvents(stream)) if (event.type === 'message') yield event;
  };

  it('goes on after the event that the browser names', async () => {
    const events = dataEvents(await follow());
    const snapshot = await events.next();
    step(1);
    step(2);
    const first = await events.next();
    expect(JSON.parse(snapshot.value?.data ?? '{}')).toMatchObject({ kind: 'snapshot' });
    await events.return();

    const resumed = dataEvents(await follow(first.value?.id));
    const second = await resumed.next();
    expect(JSON.parse(second.value?.data ?? '{}')).toMatchObject({
      kind: 'partition',
      partition: { instance: { progress: { done: 2 } } },
    });
  });

  it('waits for a reader that does not read, instead of keeping everything for it', async () => {
    const stream = await follow();
    stream.pause();
    const message = 'x'.repeat(32 * 1024);
    const changes = 1000;
    for (let number = 1; number <= changes; number += 1) {
      agent.service.change('cache', {
        promises: [{ name: 'port', state: 'kept', message: `${message}${number}`, checkedAt: null }],
      });
    }
    let streamed = -1;
    // It stands still when the buffers of the connection are full.
    await expect
      .poll(() => {
        const still = streamed === agent.service.streamedEvents;
        streamed = agent.service.streamedEvents;
        return still && streamed > 1;
      })
      .toBe(true);
    expect(streamed).toBeLessThan(changes / 2);

    let last = '';
    let count = 0;
    for await (const { data } of dataEvents(stream)) {
      count += 1;
      last = data;
      if (count === changes + 1) break;
    }
    expect(last).toContain(`x${changes}"`);
  });
});
