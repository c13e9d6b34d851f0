/** What a browser saves: a path that works once, on the page’s server alone. */
import { once } from 'node:events';
import http from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SlapgridError } from '../../../agent/errors.ts';
import { ask, callProcedure, signIn } from './ask.ts';
import { startStandInAgent, type StandInAgent } from './stand-in-agent.ts';

let agent: StandInAgent;
let now: number;

beforeEach(async () => {
  now = Date.parse('2026-11-22T14:00:00Z');
  agent = await startStandInAgent({ now: () => now });
});
afterEach(() => agent.close());

/** A path as the page gets it. */
async function newDownload(): Promise<string> {
  const token = await signIn(agent.origin, agent.page.createLink().url);
  const { body } = await callProcedure({ origin: agent.origin }, token, 'createDownload', {
    name: 'cache',
    what: 'data',
  });
  return /"path":"([^"]+)"/u.exec(body)?.[1] ?? '';
}

const get = (path: string, headers = {}): ReturnType<typeof ask> =>
  ask({ origin: agent.origin, path, headers });

describe('a download', () => {
  it('is answered with a file, without the page’s token', async () => {
    const answer = await get(await newDownload(), {
      'sec-fetch-site': 'same-origin',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    });
    expect(answer).toMatchObject({ status: 200, body: 'data of cache' });
    expect(answer.headers).toMatchObject({
      'content-disposition': `attachment; filename="cache-data.txt"; filename*=UTF-8''cache-data.txt`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
  });

  it('works once', async () => {
    const path = await newDownload();
    await get(path);
    expect(await get(path)).toMatchObject({ status: 404, code: 'download-unusable' });
  });

  it('works for a minute', async () => {
    const path = await newDownload();
    now += 60_000;
    expect(await get(path)).toMatchObject({ status: 404, code: 'download-unusable' });
  });

  it.each(['/download/', '/download/x', `/download/${'A'.repeat(43)}`, '/download/../index.html'])(
    'is nothing that somebody made up: %s',
    async (path) => {
      expect(await get(path)).toMatchObject({ status: 404 });
    },
  );

  it.each([
    ['another Host', { host: 'foreign.example' }, 'foreign-host'],
    ['another Origin', { origin: 'http://foreign.example' }, 'foreign-origin'],
    [
      'a link on another site',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
      'foreign-origin',
    ],
    ['a page of another port', { 'sec-fetch-site': 'same-site' }, 'foreign-origin'],
  ])('is refused to %s, and still there afterwards', async (_who, headers, code) => {
    const path = await newDownload();
    expect(await get(path, headers)).toMatchObject({ status: 403, code });
    expect((await get(path)).status).toBe(200);
  });

  it.each(['HEAD', 'POST', 'PUT', 'OPTIONS'])('is not used up by %s', async (method) => {
    const path = await newDownload();
    expect((await ask({ origin: agent.origin, path, method })).status).toBe(405);
    expect((await get(path)).status).toBe(200);
  });

  it('says what is wrong in the agent’s own words', async () => {
    const path = agent.page.createDownload(async () => {
      throw new SlapgridError('export-destroyed', { name: 'cache' });
    });
    expect(await get(path)).toMatchObject({ status: 422, code: 'export-destroyed' });
  });

  it('has a name that no header minds', async () => {
    const fileName = 'a"b\r\nÜ-数据.tar';
    const path = agent.page.createDownload(async () => ({
      fileName,
      type: 'application/x-tar',
      send: async () => undefined,
    }));
    const disposition = (await get(path)).headers['content-disposition'] ?? '';
    expect(disposition).toContain('filename="a_b__');
    expect(decodeURIComponent(disposition.split("UTF-8''")[1] ?? '')).toBe(fileName);
  });

  it('that fails half-way is cut off, so that nobody takes the part for the whole', async () => {
    const path = agent.page.createDownload(async () => ({
      fileName: 'x',
      type: 'application/x-tar',
      send: async (destination) => {
        destination.write('half');
        throw new SlapgridError('contents-export', { folder: '/x', detail: 'it broke' });
      },
    }));
    await expect(get(path)).rejects.toThrow(/aborted|hang up/u);
    expect(agent.log.join('\n')).toContain('it broke');
  });
});

describe('what is being sent', () => {
  /** Never ends by itself. */
  function endless(): { path: string; sent: () => number; ended: Promise<boolean> } {
    const { promise: ended, resolve } = Promise.withResolvers<boolean>();
    let sent = 0;
    const chunks = function* (): Generator<Buffer> {
      for (;;) {
        sent += 64 * 1024;
        yield Buffer.alloc(64 * 1024);
      }
    };
    const path = agent.page.createDownload(async () => ({
      fileName: 'x',
      type: 'application/x-tar',
      send: (destination, signal) =>
        pipeline(Readable.from(chunks()), destination, { end: false, signal }).finally(() =>
          resolve(signal.aborted),
        ),
    }));
    return { path, sent: () => sent, ended };
  }

  async function begin(path: string): Promise<http.ClientRequest> {
    const request = http.get(`${agent.origin}${path}`, { agent: false });
    request.on('error', () => undefined);
    const [response]: http.IncomingMessage[] = await once(request, 'response');
    response?.on('error', () => undefined);
    return request;
  }

  it('waits for a browser that does not read on', async () => {
    const { path, sent } = endless();
    const request = await begin(path);
    let before = -1;
    await expect
      .poll(
        () => {
          const stands = sent() === before;
          before = sent();
          return stands;
        },
        { interval: 200 },
      )
      .toBe(true);
    // What fits between the two ends: buffers of streams and sockets.
    expect(sent()).toBeLessThan(32 * 1024 * 1024);
    request.destroy();
  });

  it('ends when the browser goes away', async () => {
    const { path, ended } = endless();
    (await begin(path)).destroy();
    expect(await ended).toBe(true);
  });

  it('ends when the agent does', async () => {
    const { path, ended } = endless();
    await begin(path);
    await agent.page.endDownloads();
    expect(await ended).toBe(true);
  });
});
