import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import process from 'node:process';
import { afterEach, describe, expect, it } from 'vitest';
import { peerIsOwner, peerUid } from '../../../agent/gate/peer.ts';

const opened: (Server | Socket)[] = [];

afterEach(() => {
  for (const one of opened.splice(0)) {
    if ('destroy' in one) one.destroy();
    else one.close();
  }
});

/** Both ends of a new connection. */
async function connection(
  listenAt: string,
  connectTo: string,
): Promise<{ client: Socket; accepted: Socket }> {
  const server = createServer();
  server.listen(0, listenAt);
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('not a TCP server');
  const arrival = once(server, 'connection');
  const client = connect(address.port, connectTo);
  const [accepted]: Socket[] = await arrival;
  if (accepted === undefined) throw new Error('nobody came');
  opened.push(server, client, accepted);
  return { client, accepted };
}

describe('the peer of a loopback connection', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.9', '127.0.0.9'],
    ['127.0.0.1', '::ffff:127.0.0.1'],
    ['::', '127.0.0.1'],
  ])('is known by its uid, from %s to %s', async (listenAt, connectTo) => {
    const { accepted } = await connection(listenAt, connectTo);
    expect(await peerUid(accepted)).toBe(process.getuid?.());
    expect(await peerIsOwner(accepted)).toBe(true);
  });

  it('is nobody when it has left: what the kernel still shows of it proves nothing', async () => {
    const { client, accepted } = await connection('127.0.0.1', '127.0.0.1');
    client.destroy();
    await once(client, 'close');
    expect(await peerUid(accepted)).toBeNull();
    expect(await peerIsOwner(accepted)).toBe(false);
  });

  it('is nobody when the connection itself is gone', async () => {
    const { accepted } = await connection('127.0.0.1', '127.0.0.1');
    accepted.destroy();
    await once(accepted, 'close');
    expect(await peerUid(accepted)).toBeNull();
  });
});
