import { describe, expect, it } from 'vitest';
import * as small from '../../../agent/api/small-messages.ts';

const url = new URL('http://127.0.0.1/trpc/state?batch=1');
const { signal } = new AbortController();
const init = { method: 'POST', signal, body: '{"name":"café"}' };
const accept: [string, string][] = [['Accept', '*/*']];

// What is said of both is the standard's, as Node has it.
const both = [
  ['the small ones', small, () => new small.Request(url, { ...init, headers: new small.Headers(accept) })],
  ['Node’s own', { Headers, Response }, () => new Request(url, { ...init, headers: new Headers(accept) })],
] as const;

describe.each(both)('headers: %s', (_whose, messages) => {
  it('have names in any case, and one value each', () => {
    const headers = new messages.Headers([['Vary', 'accept']]);
    headers.append('vary', 'trpc-accept');
    headers.set('Content-Type', 'text/plain');
    headers.set('content-type', 'application/json');
    expect([...headers].toSorted(([one], [other]) => one.localeCompare(other))).toEqual([
      ['content-type', 'application/json'],
      ['vary', 'accept, trpc-accept'],
    ]);
    expect([headers.get('CONTENT-TYPE'), headers.get('accept')]).toEqual(['application/json', null]);
    expect([headers.has('VARY'), headers.has('accept')]).toEqual([true, false]);
    expect(headers.getSetCookie()).toEqual([]);
  });
});

it.each(both)('a request has what it was made of: %s', async (_whose, _messages, make) => {
  const request = make();
  expect(request.url).toBe('http://127.0.0.1/trpc/state?batch=1');
  expect(request.method).toBe('POST');
  expect(request.headers.get('accept')).toBe('*/*');
  expect(request.signal.aborted).toBe(false);
  expect(await request.text()).toBe('{"name":"café"}');
});

describe.each(both)('a response: %s', (_whose, messages) => {
  const read = async (body: AsyncIterable<Uint8Array>): Promise<string> =>
    Buffer.concat(await Array.fromAsync(body)).toString('utf8');

  it('streams its text', async () => {
    const response = new messages.Response('{"name":"café"}', { status: 207 });
    expect(response.status).toBe(207);
    expect(response.body === null ? null : await read(response.body)).toBe('{"name":"café"}');
  });

  it('streams a stream, and nothing', async () => {
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const text of ['one ', 'two']) controller.enqueue(Buffer.from(text));
        controller.close();
      },
    });
    const { body } = new messages.Response(stream, { status: 200 });
    expect(body === null ? null : await read(body)).toBe('one two');
    expect(new messages.Response(null, { status: 204 }).body).toBeNull();
  });
});
