import { once } from 'node:events';
import { createServer } from 'node:net';
import process from 'node:process';
import { expect, it } from 'vitest';
import { whoListens } from '../../../agent/gate/listener.ts';

it.each(['127.0.0.1', '0.0.0.0', '::'])('names the program that listens at %s', async (host) => {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const words = await whoListens(port);
  server.close();
  expect(words).toContain(`process ${process.pid}`);
});

it('says “another program” when nobody can be named', async () => {
  expect(await whoListens(1)).toBe('another program');
});
