import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import path from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import type { SlapRequest } from '../../../slap/http.ts';
import { SlapError } from '../../../slap/errors.ts';
import { mayHaveArrived } from '../../../slap/unreachable.ts';
import { createHttpTransport, masterBase } from '../../../slap/transport.ts';

const TLS = path.join(import.meta.dirname, '..', '..', 'fixtures', 'slap', 'tls');
const cert = readFileSync(path.join(TLS, 'localhost.crt'), 'utf8');
const key = readFileSync(path.join(TLS, 'localhost.key'), 'utf8');

const GET: SlapRequest = {
  method: 'GET',
  path: '/getRunId',
  query: 'a=b',
  headers: { accept: '*/*' },
  body: '',
};
const POST: SlapRequest = {
  method: 'POST',
  path: '/supplySupply',
  query: '',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: 'url=é',
};

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(listener: RequestListener, host = '127.0.0.1', secure = false): Promise<number> {
  const server = secure ? createTlsServer({ cert, key }, listener) : createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Answers with what it was asked. */
const echo: RequestListener = (request, response) => {
  void readText(request).then((body) =>
    response.setHeader('X-Seen', 'yes').end(`${request.method} ${request.url} ${body}`),
  );
};

describe('over HTTP', () => {
  it('asks below the path of the master, with or without a slash at its end', async () => {
    const port = await serve(echo);
    for (const url of [`http://127.0.0.1:${port}/slap/x`, `http://127.0.0.1:${port}/slap/x/`]) {
      const transport = createHttpTransport({ url });
      expect(await transport(GET)).toMatchObject({ status: 200, body: 'GET /slap/x/getRunId?a=b ' });
      expect(await transport(POST)).toMatchObject({
        body: 'POST /slap/x/supplySupply url=é',
        headers: { 'x-seen': 'yes' },
      });
    }
  });

  it.each([
    ['http://2001:db8::1', 'http://[2001:db8::1]/'],
    ['http://2001:db8::1/m', 'http://[2001:db8::1]/m/'],
    ['https://fe80::1:2:3:4:5000/m/', 'https://[fe80::1:2:3:4]:5000/m/'],
    ['http://1:2:3:4:5:6:7:8:5000', 'http://[1:2:3:4:5:6:7:8]:5000/'],
    ['http://[::1]:5000', 'http://[::1]:5000/'],
    ['http://localhost:5000/a?b#c', 'http://localhost:5000/a/'],
  ])('takes %s for %s', (url, base) => {
    expect(masterBase(url).href).toBe(base);
  });

  it('follows redirections of the same master', async () => {
    const port = await serve((request, response) => {
      if (request.url === '/new/place') echo(request, response);
      else response.writeHead(request.method === 'GET' ? 301 : 307, { location: '/new/place' }).end();
    });
    const transport = createHttpTransport({ url: `http://127.0.0.1:${port}` });
    expect(await transport(GET)).toMatchObject({ body: 'GET /new/place ' });
    expect(await transport(POST)).toMatchObject({ body: 'POST /new/place url=é' });
  });

  it('takes its capability nowhere else, and does not walk in circles', async () => {
    const port = await serve((request, response) => {
      response
        .writeHead(302, { location: request.method === 'GET' ? 'http://127.0.0.2:1/' : '/again' })
        .end();
    });
    const transport = createHttpTransport({ url: `http://127.0.0.1:${port}/slapcap_x` });
    await expect(transport(GET)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('127.0.0.2:1'),
    });
    const circle = await serve((_request, response) => response.writeHead(302, { location: '/again' }).end());
    await expect(createHttpTransport({ url: `http://127.0.0.1:${circle}` })(GET)).rejects.toMatchObject({
      message: expect.stringContaining('circles'),
    });
  });

  it('decodes what the server announces', async () => {
    const port = await serve((_request, response) => {
      response.setHeader('Content-Type', 'text/xml; charset=iso-8859-1').end(Buffer.from([0xe9]));
    });
    expect(await createHttpTransport({ url: `http://127.0.0.1:${port}` })(GET)).toMatchObject({ body: 'é' });
  });

  it('gives up after its time, and says nothing of the URL', async () => {
    const port = await serve(() => {});
    const transport = createHttpTransport({
      url: `http://127.0.0.1:${port}/slapcap_x`,
      timeoutMilliseconds: 50,
    });
    const error: unknown = await transport(GET).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'unreachable',
      message: `127.0.0.1:${port} cannot be reached: no answer in time`,
    });
  });

  it('says when nobody is there', async () => {
    const port = await serve(echo);
    servers.splice(0).forEach((server) => server.close());
    await expect(createHttpTransport({ url: `http://127.0.0.1:${port}` })(GET)).rejects.toMatchObject({
      code: 'unreachable',
      status: 0,
    });
  });

  it('refuses other schemes', () => {
    expect(() => createHttpTransport({ url: 'file:///etc/passwd' })).toThrow(TypeError);
  });
});

describe('over HTTPS', () => {
  it('refuses a certificate of an unknown authority', async () => {
    const port = await serve(echo, '127.0.0.1', true);
    await expect(createHttpTransport({ url: `https://127.0.0.1:${port}` })(GET)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('self-signed'),
    });
  });

  it('accepts one of an authority that was given', async () => {
    const port = await serve(echo, '127.0.0.1', true);
    const transport = createHttpTransport({ url: `https://127.0.0.1:${port}/m`, tls: { ca: cert } });
    expect(await transport(GET)).toMatchObject({ body: 'GET /m/getRunId?a=b ' });
  });

  it('refuses a certificate of another host', async () => {
    const port = await serve(echo, '127.0.0.2', true);
    const transport = createHttpTransport({ url: `https://127.0.0.2:${port}`, tls: { ca: cert } });
    await expect(transport(GET)).rejects.toMatchObject({ code: 'unreachable' });
  });
});

describe('connections', () => {
  function counted(server: Server): { connections: number } {
    const count = { connections: 0 };
    server.on('connection', () => {
      count.connections += 1;
    });
    return count;
  }

  it('are kept for the next call', async () => {
    for (const secure of [false, true]) {
      const port = await serve(echo, '127.0.0.1', secure);
      const count = counted(servers.at(-1) as Server);
      const url = `http${secure ? 's' : ''}://127.0.0.1:${port}`;
      const transport = createHttpTransport({ url, tls: { ca: cert } });
      for (let call = 0; call < 3; call += 1) expect(await transport(POST)).toMatchObject({ status: 200 });
      expect(count.connections).toBe(1);
    }
  });

  it('are made anew when the other end has given a kept one up', async () => {
    let isFirst = true;
    const port = await serve((request, response) => {
      // The connection ends when the next call comes, as when both happen at once.
      if (isFirst) request.socket.once('data', () => request.socket.resetAndDestroy());
      isFirst = false;
      echo(request, response);
    });
    const count = counted(servers.at(-1) as Server);
    const transport = createHttpTransport({ url: `http://127.0.0.1:${port}` });
    expect(await transport(GET)).toMatchObject({ status: 200 });
    expect(await transport(POST)).toMatchObject({ body: 'POST /supplySupply url=é' });
    expect(count.connections).toBe(2);
  });

  it('are kept for calls that wait for one to be free, and made anew for these as well', async () => {
    const known = new Set<unknown>();
    let isGivenUp = false;
    const port = await serve((request, response) => {
      const isKept = known.has(request.socket);
      known.add(request.socket);
      if (!isKept || isGivenUp) response.end('here');
      else {
        isGivenUp = true;
        request.socket.destroy();
      }
    });
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warn);
    const transport = createHttpTransport({ url: `http://127.0.0.1:${port}` });
    const answers = await Promise.all(Array.from({ length: 100 }, () => transport(GET)));
    // Warnings come a turn later.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    process.off('warning', warn);
    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['here']));
    expect(isGivenUp).toBe(true);
    expect(warnings).toEqual([]);
  });

  it('that end on every call are a failure', async () => {
    const port = await serve((request) => request.socket.resetAndDestroy());
    const transport = createHttpTransport({ url: `http://127.0.0.1:${port}` });
    await expect(transport(GET)).rejects.toMatchObject({ reason: 'interrupted' });
    await expect(transport(POST)).rejects.toMatchObject({ reason: 'interrupted' });
  });

  it('say what TLS is missing', async () => {
    const plain = await serve(echo);
    await expect(createHttpTransport({ url: `https://127.0.0.1:${plain}` })(GET)).rejects.toMatchObject({
      code: 'unreachable',
      reason: 'not-tls',
    });
  });
});

describe('a call that may not be made twice', () => {
  const ONCE: SlapRequest = { ...POST, once: true };

  async function failure(url: string, options: { timeoutMilliseconds?: number } = {}): Promise<unknown> {
    try {
      await createHttpTransport({ url, ...options })(ONCE);
    } catch (error) {
      return error;
    }
    throw new Error('it was answered');
  }

  it('surely did not arrive where nobody listens, or who listens is not trusted or speaks no TLS', async () => {
    const gone = await serve(echo);
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(mayHaveArrived(await failure(`http://127.0.0.1:${gone}`))).toBe(false);
    const secure = await serve(echo, '127.0.0.1', true);
    expect(mayHaveArrived(await failure(`https://127.0.0.1:${secure}`))).toBe(false);
    const plain = await serve(echo);
    expect(mayHaveArrived(await failure(`https://127.0.0.1:${plain}`))).toBe(false);
  });

  it('may have arrived where the connection ended, or stayed silent, before an answer', async () => {
    let heard = 0;
    const ending = await serve((request) => {
      heard += 1;
      request.socket.destroy();
    });
    expect(mayHaveArrived(await failure(`http://127.0.0.1:${ending}`))).toBe(true);
    expect(heard).toBe(1);
    const silent = await serve(() => undefined);
    const url = `http://127.0.0.1:${silent}`;
    expect(mayHaveArrived(await failure(url, { timeoutMilliseconds: 200 }))).toBe(true);
  });

  it('has a connection of its own, and is not repeated when that is given up', async () => {
    const heard: (string | undefined)[] = [];
    const port = await serve((request, response) => {
      heard.push(request.url);
      if (request.method === 'GET') response.end('yes');
      else request.socket.destroy();
    });
    const transport = createHttpTransport({ url: `http://127.0.0.1:${port}` });
    await transport(GET);
    await expect(transport(ONCE)).rejects.toThrow(/cannot be reached/u);
    expect(heard).toEqual(['/getRunId?a=b', '/supplySupply']);
  });

  it('was not done when the server says so, unless it asked another one', () => {
    const statuses = [400, 403, 500, 502, 503, 504];
    const doubtful = statuses.filter((status) => mayHaveArrived(new SlapError('server', '', { status })));
    expect(doubtful).toEqual([502, 504]);
    expect(mayHaveArrived(new Error('what is this'))).toBe(true);
  });
});
