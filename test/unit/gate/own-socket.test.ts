import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { refuseForeignSocket } from '../../../agent/gate/own-socket.ts';

let folder: string;
let server: Server;
const socket = (): string => path.join(folder, 'agent.sock');

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-socket-'));
  server = createServer().listen(socket());
  await once(server, 'listening');
});
afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

it('a socket of ours is spoken to, and one that is not there is nobody’s', async () => {
  await refuseForeignSocket(socket());
  await refuseForeignSocket(path.join(folder, 'nothing', 'agent.sock'));
});

it('a socket in a folder of somebody else is not, whoever answers there', async () => {
  const somebodyElse = (process.getuid?.() ?? 0) + 1;
  await expect(refuseForeignSocket(socket(), somebodyElse)).rejects.toMatchObject({
    code: 'socket-path-foreign',
  });
});
