import { once } from 'node:events';
import http from 'node:http';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPageServer } from '../../../agent/api/page-server.ts';
import { ask, callProcedure, codeOf, exchange, sendBytes, signIn } from './ask.ts';
import { startStandInAgent, type StandInAgent } from './stand-in-agent.ts';

let agent: StandInAgent;
let now: number;

beforeEach(async () => {
  now = Date.parse('2026-11-22T14:00:00Z');
  agent = await startStandInAgent({
    now: () => now,
    limits: { headersTimeout: 200, requestTimeout: 400, connectionsCheckingInterval: 50 },
  });
});
afterEach(() => agent.close());

const newSession = (): Promise<string> => signIn(agent.origin, agent.page.createLink().url);

/** Follows the changes; resolves when the server ends the stream. */
async function endOfStream(token: string): Promise<void> {
  const request = http.get(`${agent.origin}/trpc/changes`, { headers: { authorization: `Bearer ${token}` } });
  const [response]: http.IncomingMessage[] = await once(request, 'response');
  const closed = new Promise<void>((resolve) => response?.once('close', resolve));
  response?.on('error', () => {}).resume();
  await closed;
}

describe('the page’s server refuses', () => {
  it('a call without a token', async () => {
    expect(await callProcedure({ origin: agent.origin }, null, 'state', undefined, 'GET')).toMatchObject({
      status: 401,
      code: 'not-signed-in',
    });
  });

  it.each([
    ['one nobody made', () => randomBytes(32).toString('base64url')],
    ['the agent’s own, which is for its socket', () => agent.token],
    ['the code of a link that was not exchanged', () => codeOf(agent.page.createLink().url)],
  ])('a wrong token: %s', async (_what, token) => {
    expect(await callProcedure({ origin: agent.origin }, token(), 'stop', { name: 'cache' })).toMatchObject({
      status: 401,
    });
    expect(agent.service.calls).toEqual([]);
  });

  it('a link that was used', async () => {
    const { url } = agent.page.createLink();
    await signIn(agent.origin, url);
    expect(await exchange(agent.origin, codeOf(url))).toMatchObject({ status: 401, code: 'link-unusable' });
  });

  it('a link that is older than a minute', async () => {
    const { url } = agent.page.createLink();
    now += 60_000;
    expect(await exchange(agent.origin, codeOf(url))).toMatchObject({ status: 401, code: 'link-unusable' });
  });

  it('a session that was revoked, and ends what it was being told', async () => {
    const token = await newSession();
    const ended = endOfStream(token);
    await expect.poll(() => agent.service.openStreams).toBe(1);
    await agent.sessions.revoke(token);
    await ended;
    expect(await callProcedure({ origin: agent.origin }, token, 'state', undefined, 'GET')).toMatchObject({
      status: 401,
    });
  });

  it.each(['foreign.example', '127.0.0.1', 'localhost', '127.0.0.2:1'])(
    'a foreign Host: %s',
    async (host) => {
      const token = await newSession();
      const headers = { host, authorization: `Bearer ${token}` };
      expect(await ask({ origin: agent.origin, headers })).toMatchObject({
        status: 403,
        code: 'foreign-host',
      });
      expect(await ask({ origin: agent.origin, path: '/trpc/state', headers })).toMatchObject({
        status: 403,
      });
    },
  );

  it('two Hosts, and none', async () => {
    const host = `Host: 127.0.0.1:${agent.page.port}\r\n`;
    const two = await sendBytes(agent.origin, `GET / HTTP/1.1\r\n${host}${host}\r\n`);
    expect(two).toContain(' 403 ');
    expect(await sendBytes(agent.origin, 'GET / HTTP/1.1\r\n\r\n')).toContain(' 400 ');
  });

  it('the address of another server in the request line', async () => {
    const request = `GET http://foreign.example/ HTTP/1.1\r\nHost: 127.0.0.1:${agent.page.port}\r\nConnection: close\r\n\r\n`;
    expect(await sendBytes(agent.origin, request)).toContain(' 404 ');
  });

  it.each(['http://127.0.0.1:1', 'http://foreign.example', 'null'])(
    'a foreign Origin: %s',
    async (origin) => {
      const token = await newSession();
      const headers = { origin, authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const answer = await ask({
        origin: agent.origin,
        path: '/trpc/stop',
        method: 'POST',
        headers,
        body: '{"name":"cache"}',
      });
      expect(answer).toMatchObject({ status: 403, code: 'foreign-origin' });
      expect(agent.service.calls).toEqual([]);
    },
  );

  it.each(['same-site', 'cross-site'])('a request of a page that is %s', async (site) => {
    const token = await newSession();
    const headers = { 'sec-fetch-site': site, authorization: `Bearer ${token}` };
    expect(await ask({ origin: agent.origin, path: '/trpc/state', headers })).toMatchObject({
      status: 403,
      code: 'foreign-origin',
    });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''])(
    'a body that a form of another site could send: %s',
    async (type) => {
      const token = await newSession();
      const answer = await ask({
        origin: agent.origin,
        path: '/trpc/stop',
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, ...(type === '' ? {} : { 'content-type': type }) },
        body: '{"name":"cache"}',
      });
      expect(answer.status).toBe(415);
      expect(agent.service.calls).toEqual([]);
    },
  );

  it.each(['/trpc/stop', '/link'])('more than a megabyte, announced or not, at %s', async (path) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${await newSession()}` };
    const body = Buffer.alloc(1024 * 1024 + 1, 'x');
    const question = { origin: agent.origin, path, method: 'POST', body };
    const announced = await ask({ ...question, headers: { ...headers, 'content-length': body.length } });
    const chunked = await ask({ ...question, headers: { ...headers, 'transfer-encoding': 'chunked' } });
    for (const answer of [announced, chunked]) {
      expect(answer).toMatchObject({ status: 413, code: 'body-too-large' });
    }
    expect(agent.service.calls).toEqual([]);
  });

  it('garbage, and goes on for everybody else', async () => {
    const garbage = [
      randomBytes(4096),
      Buffer.from('GET / HTTP/9.9\r\n\r\n'),
      Buffer.from('\u0016\u0003\u0001'),
    ];
    for (const bytes of garbage) {
      const answer = await sendBytes(agent.origin, bytes);
      expect(answer === '' || answer.includes(' 400 ') || answer.includes(' 408 ')).toBe(true);
    }
    expect((await ask({ origin: agent.origin })).status).toBe(200);
  });

  it.each(['{', '[]', '{"code":1}', '"x"'])('a link request that is %s', async (body) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await ask({ origin: agent.origin, path: '/link', method: 'POST', headers, body });
    expect(answer).toMatchObject({ status: 400, code: 'request-invalid' });
  });

  it.each(['[', '{"name":1}', '{"name":"a\\u0000b"}'])('a call whose input is %s', async (body) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${await newSession()}` };
    const answer = await ask({ origin: agent.origin, path: '/trpc/stop', method: 'POST', headers, body });
    expect(answer).toMatchObject({ status: 400, code: 'request-invalid' });
    expect(agent.log).toEqual([]);
  });

  it('headers that are too large, or that never end', async () => {
    const large = `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(17 * 1024)}\r\n\r\n`;
    expect(await sendBytes(agent.origin, large)).toContain(' 431 ');
    expect(await sendBytes(agent.origin, 'GET / HTTP/1.1\r\nHost: ')).toContain(' 408 ');
  });

  it('a body that never ends', async () => {
    const head = `POST /link HTTP/1.1\r\nHost: 127.0.0.1:${agent.page.port}\r\nContent-Type: application/json\r\n`;
    expect(await sendBytes(agent.origin, `${head}Content-Length: 10\r\n\r\n{`)).toContain(' 408 ');
  });

  it('more calls in one request than a page has', async () => {
    const batch = Array.from({ length: 17 }, () => 'catalogue').join(',');
    const headers = { authorization: `Bearer ${await newSession()}` };
    const answer = await ask({ origin: agent.origin, path: `/trpc/${batch}?batch=1`, headers });
    expect(answer.status).toBe(400);
    expect(agent.service.calls).toEqual([]);
  });

  it.each([
    ['createLink', 'POST', {}],
    ['masterUrl', 'GET', { scope: 'person' }],
    ['rotateMasterUrl', 'POST', {}],
    ['exportData', 'POST', { name: 'cache', file: '/tmp/data.tar' }],
    ['shutdown', 'POST', {}],
  ])('what is kept for the owner’s own programs: %s', async (procedure, method, input) => {
    const answer = await callProcedure(
      { origin: agent.origin },
      await newSession(),
      procedure,
      input,
      method,
    );
    expect(answer).toMatchObject({ status: 403, code: 'wrong-scope' });
    expect(agent.service.calls).toEqual([]);
  });

  it.each([
    '/../private/token',
    '/%2e%2e/private/token',
    '/..%2fprivate%2ftoken',
    '/page/../../private/token',
    '//etc/passwd',
  ])('what is not the page’s: %s', async (path) => {
    expect((await ask({ origin: agent.origin, path })).status).toBe(404);
  });

  it.each(['PUT', 'DELETE', 'OPTIONS', 'TRACE'])('%s', async (method) => {
    expect((await ask({ origin: agent.origin, method })).status).toBe(405);
    expect((await ask({ origin: agent.origin, path: '/link', method })).status).toBe(405);
  });
});

describe('the page’s server', () => {
  it('lets in whoever has a link of the last minute', async () => {
    const token = await newSession();
    const answer = await callProcedure({ origin: agent.origin }, token, 'state', undefined, 'GET');
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('slappart9');
  });

  it('sets no cookie and forbids everything that the page does not need, in every answer', async () => {
    const token = await newSession();
    const answers = [
      await ask({ origin: agent.origin }),
      await ask({ origin: agent.origin, path: '/nothing' }),
      await ask({ origin: agent.origin, headers: { host: 'foreign.example' } }),
      await callProcedure({ origin: agent.origin }, token, 'state', undefined, 'GET'),
      await callProcedure({ origin: agent.origin }, null, 'state', undefined, 'GET'),
      await exchange(agent.origin, codeOf(agent.page.createLink().url)),
    ];
    for (const { headers } of answers) {
      expect(headers['set-cookie']).toBeUndefined();
      expect(headers['access-control-allow-origin']).toBeUndefined();
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringMatching(/default-src 'self';.*frame-ancestors 'none'/u),
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
    }
  });

  it('keeps the code of a link in the part of the address that is not sent', () => {
    const link = new URL(agent.page.createLink().url);
    expect(`${link.pathname}${link.search}`).toBe('/');
    expect(link.hash).toMatch(/^#link=[\w-]{43}$/u);
  });

  it('remembers its sessions when the agent is started again', async () => {
    const token = await newSession();
    await agent.stop();
    await agent.restart();
    expect((await callProcedure({ origin: agent.origin }, token, 'state', undefined, 'GET')).status).toBe(
      200,
    );
  });

  it('ends its open streams when it ends', async () => {
    const token = await newSession();
    const ended = endOfStream(token);
    await expect.poll(() => agent.service.openStreams).toBe(1);
    await agent.stop();
    await ended;
    await expect.poll(() => agent.service.openStreams).toBe(0);
    await agent.restart();
  });

  it('does not move when its port is taken, and says by whom', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const start = createPageServer({
      port,
      service: agent.service,
      assetsFolder: `${agent.folder}/page`,
      sessions: agent.sessions,
      log: () => {},
    });
    await expect(start).rejects.toMatchObject({
      code: 'page-port-taken',
      message: expect.stringMatching(new RegExp(`^Port ${port} .*process ${process.pid}`, 'u')),
    });
    other.close();
  });

  it('says which folder has no page', async () => {
    const start = createPageServer({
      port: 0,
      service: agent.service,
      assetsFolder: `${agent.folder}/private`,
      sessions: agent.sessions,
      log: () => {},
    });
    await expect(start).rejects.toMatchObject({ code: 'page-missing' });
  });
});
