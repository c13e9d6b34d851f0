import { once } from 'node:events';
import { chmod, chown, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentAddress } from '../../../main/connection/address.ts';
import { createPipe, type Pipe } from '../../../main/connection/pipe.ts';

const TOKEN = 'a'.repeat(43);

const isRoot = process.getuid?.() === 0;

let folder: string;
let address: AgentAddress;
let server: Server;
let answer: RequestListener;
let pipe: Pipe;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-pipe-'));
  address = { socket: path.join(folder, 'agent.sock'), tokenFile: path.join(folder, 'token') };
  await writeFile(address.tokenFile, `${TOKEN}\n`, { mode: 0o600 });
  answer = (_request, response) => response.end('hello');
  server = createServer((request, response) => answer(request, response)).listen(address.socket);
  await once(server, 'listening');
  pipe = createPipe(() => address);
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const ask = (where = '/trpc/state', init: RequestInit = {}): Promise<Response> =>
  pipe(new Request(`app://slapgrid${where}`, init));

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

/** Answers with as much as is taken, and tells when nobody takes any more. */
function endless(): { sent: () => number; closed: Promise<void> } {
  let sent = 0;
  const closed = Promise.withResolvers<void>();
  answer = (_request, response) => {
    const write = (): void => {
      while (!response.destroyed) {
        sent += 65_536;
        if (!response.write(Buffer.alloc(65_536))) break;
      }
    };
    response.on('drain', write);
    response.once('close', () => closed.resolve());
    write();
  };
  return { sent: () => sent, closed: closed.promise };
}

describe('a request', () => {
  it('goes on with what it asks and the token, as a page', async () => {
    const seen = Promise.withResolvers<unknown>();
    answer = (request, response) => {
      seen.resolve(bodyOf(request).then((body) => [request.method, request.url, request.headers, body]));
      response.writeHead(201, { 'content-type': 'application/json', 'set-cookie': 'a=b' }).end('{}');
    };
    const response = await ask('/trpc/stop?batch=1', {
      method: 'POST',
      headers: {
        authorization: 'Bearer of-the-page',
        cookie: 'a=b',
        'slapgrid-scope': 'socket',
        'content-type': 'application/json',
      },
      body: '{"name":"é"}',
    });
    expect(await seen.promise).toEqual([
      'POST',
      '/trpc/stop?batch=1',
      {
        authorization: `Bearer ${TOKEN}`,
        'slapgrid-scope': 'page',
        'content-type': 'application/json',
        'content-length': '13',
        connection: 'close',
        host: 'localhost',
      },
      '{"name":"é"}',
    ]);
    expect(response.status).toBe(201);
    expect([...response.headers]).toEqual([['content-type', 'application/json']]);
    expect(await response.text()).toBe('{}');
  });

  it('is answered as it comes, without waiting for the end', async () => {
    const more = Promise.withResolvers<void>();
    answer = (_request, response) => {
      response.write('first');
      void more.promise.then(() => response.end('last'));
    };
    const reader = (await ask()).body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(await reader?.read()).toEqual({ done: false, value: 'first' });
    more.resolve();
    expect(await reader?.read()).toEqual({ done: false, value: 'last' });
    expect((await reader?.read())?.done).toBe(true);
  });

  it('ends when its body is no longer read', async () => {
    const { closed } = endless();
    const reader = (await ask()).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await closed;
  });

  it('ends when it is aborted', async () => {
    const { closed } = endless();
    const aborting = new AbortController();
    const response = await ask('/trpc/changes', { signal: aborting.signal });
    aborting.abort();
    await closed;
    await expect(response.text()).rejects.toThrow();
  });

  it('takes no more than is read', async () => {
    const { sent } = endless();
    const reader = (await ask()).body?.getReader();
    let read = 0;
    while (read < 4_000_000) read += (await reader?.read())?.value?.length ?? 0;
    // What is in the buffers of both ends and of the kernel.
    expect(sent() - read).toBeLessThan(4_000_000);
    await reader?.cancel();
  });

  it('fails in the middle when the agent does', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => response.destroy());
    };
    await expect((await ask()).text()).rejects.toThrow();
  });
});

describe('nobody answers, and the page is told so,', () => {
  const status = async (): Promise<number> => (await ask()).status;

  it('while no agent is known', async () => {
    pipe = createPipe(() => null);
    expect(await status()).toBe(502);
  });

  it('when the agent has gone and left its socket', async () => {
    const stale = path.join(folder, 'stale.sock');
    server.close();
    await symlink(address.socket, stale);
    address = { ...address, socket: stale };
    expect(await status()).toBe(502);
  });

  it('when the socket is none', async () => {
    address = { ...address, socket: address.tokenFile };
    expect(await status()).toBe(502);
  });

  it('when others could read the token', async () => {
    await chmod(address.tokenFile, 0o644);
    expect(await status()).toBe(502);
  });

  it('when the token is somewhere else', async () => {
    const link = path.join(folder, 'link');
    await symlink(address.tokenFile, link);
    address = { ...address, tokenFile: link };
    expect(await status()).toBe(502);
  });

  it('when the token is somebody else’s', async () => {
    if (isRoot) await chown(address.tokenFile, 1, 1);
    else address = { ...address, tokenFile: '/etc/hostname' };
    expect(await status()).toBe(502);
  });

  it('when the socket is somebody else’s', async () => {
    // To an ordinary user, what is not their own is root's; anything at all is enough to be refused.
    if (isRoot) await chown(address.socket, 1, 1);
    else address = { ...address, socket: '/dev/null' };
    expect(await status()).toBe(502);
  });

  it('until there is a new token', async () => {
    await rm(address.tokenFile);
    expect(await status()).toBe(502);
    await writeFile(address.tokenFile, 'b'.repeat(43), { mode: 0o600 });
    expect(await status()).toBe(200);
  });
});
