import { array, assert, asyncProperty, nat } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serverEvents, type ServerEvent } from '../../../agent/api/event-stream.ts';

async function read(chunks: Iterable<Uint8Array>): Promise<ServerEvent[]> {
  const stream = (async function* stream() {
    yield* chunks;
  })();
  const events: ServerEvent[] = [];
  for await (const event of serverEvents(stream)) events.push(event);
  return events;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('an event stream', () => {
  it('gives each event its name, its data and its id', async () => {
    const events = await read([bytes('event: connected\ndata: {}\n\n\ndata: 1\nid: a:1\n\n\n')]);
    expect(events).toEqual([
      { type: 'connected', data: '{}', id: '' },
      { type: 'message', data: '1', id: 'a:1' },
    ]);
  });

  it('joins several lines of data, and ignores comments and unknown fields', async () => {
    const events = await read([bytes(': ping\nretry: 5\ndata: one\ndata: two\n\n')]);
    expect(events).toEqual([{ type: 'message', data: 'one\ntwo', id: '' }]);
  });

  it('does not deliver an event that was cut off', async () => {
    expect(await read([bytes('data: 1\n\ndata: 2\n')])).toHaveLength(1);
  });

  it('is the same however it is cut into chunks', async () => {
    const whole = bytes('event: message\ndata: {"name":"“é”"}\nid: run:1\n\n\ndata: 🗄\nid: run:2\n\n\n');
    const expected = await read([whole]);
    await assert(
      asyncProperty(array(nat(whole.length)), async (cuts) => {
        const places = [0, ...cuts.toSorted((one, two) => one - two), whole.length];
        const chunks = places.slice(1).map((end, index) => whole.slice(places[index], end));
        expect(await read(chunks)).toEqual(expected);
      }),
    );
  });
});
