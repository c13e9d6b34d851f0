import { once } from 'node:events';
import http from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FetchEventSource } from '../../../renderer/connection/event-source.ts';

let server: http.Server;
let url: string;
/** Headers of the requests, in order. */
let requests: http.IncomingHttpHeaders[];
/** Answers the request with this number. */
let answer: (response: http.ServerResponse, number: number) => void;
let source: FetchEventSource | null;

beforeEach(async () => {
  // A browser's global scope is an event target; Node's is not.
  vi.stubGlobal('addEventListener', () => {});
  requests = [];
  source = null;
  server = http
    .createServer((request, response) => {
      requests.push(request.headers);
      answer(response, requests.length);
    })
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`;
});
afterEach(() => {
  source?.close();
  server.closeAllConnections();
  server.close();
  vi.unstubAllGlobals();
});

/** Opens the stream and notes what happens. */
function listen(): string[] {
  const heard: string[] = [];
  source = new FetchEventSource(url, { fetch });
  source.addEventListener('open', () => heard.push('open'));
  source.addEventListener('error', () => heard.push(`error ${source?.readyState}`));
  for (const type of ['message', 'connected']) {
    source.addEventListener(type, (event) => {
      if (event instanceof MessageEvent) heard.push(`${type} ${event.data} ${event.lastEventId}`.trim());
    });
  }
  return heard;
}

const stream = (response: http.ServerResponse, text: string): boolean =>
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write(text);

describe('an event source over fetch', () => {
  it('tells events by their name, with the id of the last one that had an id', async () => {
    answer = (response) =>
      stream(response, 'event: connected\ndata: {}\n\ndata: 1\nid: a\n\ndata: 2\ndata: 3\n\n');
    const heard = listen();
    await expect.poll(() => heard).toEqual(['open', 'connected {}', 'message 1 a', 'message 2\n3 a']);
  });

  it('puts together what arrives in pieces', async () => {
    answer = (response) => {
      stream(response, 'da');
      setImmediate(() => response.write(Buffer.from('ta: “é')));
      setImmediate(() => response.write(Buffer.from('”\n\n')));
    };
    const heard = listen();
    await expect.poll(() => heard).toEqual(['open', 'message “é”']);
  });

  it('takes a cut stream up again after the last event it saw', async () => {
    answer = (response, number) => {
      stream(response, `data: ${number}\nid: run:${number}\n\n`);
      if (number === 1) response.end();
    };
    const heard = listen();
    await expect.poll(() => heard.length).toBe(5);
    expect(heard).toEqual(['open', 'message 1 run:1', 'error 0', 'open', 'message 2 run:2']);
    expect(requests.map((headers) => headers['last-event-id'])).toEqual([undefined, 'run:1']);
  });

  it('tries again when the server fails, and gives up when it refuses', async () => {
    answer = (response, number) => response.writeHead(number === 1 ? 502 : 401).end();
    const heard = listen();
    await expect.poll(() => heard).toEqual(['error 0', 'error 2']);
    expect(requests).toHaveLength(2);
  });

  it('is silent once it is closed, and closes its connection', async () => {
    const closed = new Promise((resolve) => {
      answer = (response) => {
        stream(response, 'data: 1\n\n');
        response.once('close', resolve);
      };
    });
    const heard = listen();
    await expect.poll(() => heard).toEqual(['open', 'message 1']);
    source?.close();
    await closed;
    expect(heard).toEqual(['open', 'message 1']);
    expect(requests).toHaveLength(1);
  });
});
