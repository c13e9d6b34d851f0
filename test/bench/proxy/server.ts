/**
 * The local master as the agent runs it, in a process of its own: a database on disk, capability URLs, every caller looked at.
 * Answers `memory` with what it takes after a collection.
 */
import path from 'node:path';
import process from 'node:process';
import { peerIsOwner } from '../../../agent/gate/peer.ts';
import { Capabilities } from '../../../agent/proxy/capabilities.ts';
import { LocalProxy } from '../../../agent/proxy/local-proxy.ts';
import { openProxyDatabase } from '../../../agent/proxy/open.ts';
import { ProxyServer } from '../../../agent/proxy/server.ts';

const [folder = '', ...computers] = process.argv.slice(2);
const { database } = openProxyDatabase(path.join(folder, 'slapgrid.sqlite'));
const server = await ProxyServer.start({
  proxy: new LocalProxy({ database, computerId: 'local_computer' }),
  capabilities: new Capabilities(database),
  port: 0,
  peerIsOwner,
  onFault: (error) => console.error(error),
});
process.on('message', () => {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  process.send?.({ resident: rss / 1e6, heap: heapUsed / 1e6 });
});
process.send?.({
  person: server.url({ kind: 'person' }),
  computers: computers.map((computerId) => server.url({ kind: 'computer', computerId })),
});
