/**
 * The local master as the agent runs it: a SQLite file, a server on 127.0.0.1, capability URLs.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Database } from '../../agent/database.ts';
import { peerIsOwner } from '../../agent/gate/peer.ts';
import { Capabilities } from '../../agent/proxy/capabilities.ts';
import { LocalProxy } from '../../agent/proxy/local-proxy.ts';
import { openProxyDatabase } from '../../agent/proxy/open.ts';
import { ProxyServer, type ProxyServerOptions } from '../../agent/proxy/server.ts';

export type RunningProxy = {
  database: Database;
  proxy: LocalProxy;
  server: ProxyServer;
  capabilities: Capabilities;
  /** Errors of the master that no client may cause. */
  faults: unknown[];
  stop: () => Promise<void>;
};

/** As upstream was configured for the recordings. */
const PRODUCTS = new Map([
  ['kvm', ['http://example.org/kvm/software.cfg']],
  ['erp5', ['http://example.org/erp5/software.cfg']],
  ['peer', ['/srv/slap/sr/software.cfg']],
]);

export async function startProxy(
  options: Partial<ProxyServerOptions> = {},
  computerId = 'local_computer',
): Promise<RunningProxy> {
  const folder = mkdtempSync(path.join(tmpdir(), 'slapgrid-proxy-'));
  const { database } = openProxyDatabase(path.join(folder, 'slapgrid.sqlite'));
  const proxy = new LocalProxy({
    database,
    computerId,
    products: (product) => PRODUCTS.get(product) ?? [],
  });
  const capabilities = new Capabilities(database);
  const faults: unknown[] = [];
  const clean = (): void => {
    database.close();
    rmSync(folder, { recursive: true });
  };
  try {
    const server = await ProxyServer.start({
      proxy,
      capabilities,
      port: 0,
      peerIsOwner,
      onFault: (error) => faults.push(error),
      ...options,
    });
    const stop = async (): Promise<void> => {
      await server.close();
      clean();
    };
    return { database, proxy, server, capabilities, faults, stop };
  } catch (error) {
    clean();
    throw error;
  }
}
