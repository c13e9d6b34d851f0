import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SocketDiag } from '../../../agent/gate/socket-diag.ts';
import { plainAddress, type End } from '../../../agent/gate/socket-table.ts';

const opened: (Server | Socket)[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const one of opened.splice(0)) {
    if ('destroy' in one) one.destroy();
    else one.close();
  }
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

type Connection = { client: Socket; accepted: Socket; own: End; other: End };

/** The client’s end and the server’s of a new connection. */
async function connection(listenAt = '127.0.0.1', connectTo = listenAt): Promise<Connection> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, listenAt);
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('not a TCP server');
  const arrival = once(server, 'connection');
  const client = connect(address.port, connectTo);
  const [accepted]: Socket[] = await arrival;
  if (accepted === undefined) throw new Error('nobody came');
  await Promise.resolve(client.connecting ? once(client, 'connect') : undefined);
  opened.push(server, client, accepted);
  return {
    client,
    accepted,
    own: { address: plainAddress(client.localAddress ?? ''), port: client.localPort ?? 0 },
    other: { address: plainAddress(client.remoteAddress ?? ''), port: address.port },
  };
}

/** Waits until it can be asked. */
async function ready(diag: SocketDiag): Promise<SocketDiag> {
  const { own, other } = await connection();
  await vi.waitFor(async () => expect(await diag.find(own, other)).toBeDefined(), {
    timeout: 10_000,
    interval: 20,
  });
  return diag;
}

/** A program in Perl’s place. */
async function standIn(script: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-diag-'));
  folders.push(folder);
  const file = path.join(folder, 'perl');
  await writeFile(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

async function isGone(pid: number | null): Promise<void> {
  await vi.waitFor(
    () => {
      if (pid === null) throw new Error('it never ran');
      expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    },
    { timeout: 10_000, interval: 20 },
  );
}

describe('the kernel, asked about one socket', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.9', '127.0.0.9'],
    ['127.0.0.1', '::ffff:127.0.0.1'],
    ['::', '127.0.0.1'],
  ])('says whose it is, from %s to %s', async (listenAt, connectTo) => {
    const diag = await ready(new SocketDiag());
    const { own, other } = await connection(listenAt, connectTo);
    expect(await diag.find(own, other)).toMatchObject({ uid: process.getuid?.() });
  });

  // Only root can be somebody else.
  if (process.getuid?.() === 0) {
    it('tells another user from the owner', async () => {
      const diag = await ready(new SocketDiag());
      const server = createServer();
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      opened.push(server);
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const arrival = once(server, 'connection');
      const script = `exec 3<>/dev/tcp/127.0.0.1/${port}; cat <&3`;
      const stranger = spawn(
        'setpriv',
        ['--reuid=65534', '--regid=65534', '--clear-groups', 'bash', '-c', script],
        { stdio: 'ignore' },
      );
      const ended = once(stranger, 'exit');
      const [accepted]: Socket[] = await arrival;
      const found = await diag.find(
        { address: '127.0.0.1', port: accepted?.remotePort ?? 0 },
        { address: '127.0.0.1', port },
      );
      accepted?.destroy();
      await ended;
      expect(found?.uid).toBe(65534);
    });
  }

  it('answers many questions at once, each with its own', async () => {
    const diag = await ready(new SocketDiag());
    const { own, other } = await connection();
    const nobody = { ...own, address: '127.0.0.77' };
    const found = await Promise.all(
      Array.from({ length: 200 }, (_, index) => diag.find(index % 2 === 0 ? own : nobody, other)),
    );
    expect(found.map((each) => each?.uid ?? null)).toEqual(
      found.map((_, index) => (index % 2 === 0 ? process.getuid?.() : null)),
    );
  });

  it('knows no connection where somebody only listens on that port', async () => {
    const diag = await ready(new SocketDiag());
    const { other } = await connection();
    expect(await diag.find(other, { address: '127.0.0.1', port: 9 })).toBeNull();
  });

  it('gives no process to an end that was closed', async () => {
    const diag = await ready(new SocketDiag());
    const { client, own, other } = await connection();
    client.destroy();
    await once(client, 'close');
    expect((await diag.find(own, other))?.inode ?? '0').toBe('0');
  });
});

describe('the program that asks the kernel', () => {
  it('does not run for one connection now and then', async () => {
    const diag = new SocketDiag();
    const { own, other } = await connection();
    expect(await diag.find(own, other)).toBeUndefined();
    expect(diag.pid).toBeNull();
  });

  it('ends when nobody asked for a while, and comes again', async () => {
    const diag = await ready(new SocketDiag());
    await isGone(diag.pid);
    await vi.waitFor(() => expect(diag.pid).toBeNull(), { timeout: 10_000 });
    await ready(diag);
  });

  it.each([
    ['is not there', null],
    ['ends at once', 'exit 1'],
    ['answers with something else', 'echo ready; while read -r line; do echo nonsense; done'],
    ['answers about another connection', 'echo ready; while read -r line; do echo 1 1 1 0 1; done'],
    ['never answers', 'echo ready; exec sleep 600'],
    ['is never ready', 'exec sleep 600'],
  ])('is not asked for a while when it %s', async (_what, script) => {
    const perl = script === null ? '/nowhere/perl' : await standIn(script);
    const diag = new SocketDiag({ perl, silenceMilliseconds: 200 });
    const { own, other } = await connection();
    await diag.find(own, other);
    const first = diag.find(own, other);
    const { pid } = diag;
    await vi.waitFor(
      async () => {
        expect(await diag.find(own, other)).toBeUndefined();
        expect(diag.pid).toBeNull();
      },
      { timeout: 10_000, interval: 20 },
    );
    expect(await first).toBeUndefined();
    if (script !== null) await isGone(pid);
    await diag.find(own, other);
    expect(diag.pid).toBeNull();
  });
});
