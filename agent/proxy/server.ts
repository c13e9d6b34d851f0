/**
 * The local master on 127.0.0.1, for SLAP clients of this computer. Every URL is a capability: its first path segment. What comes from a
 * browser (an Origin), under another host name, or from another user's process is refused before anything else is looked at.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SlapHandler } from '../../slap/http.ts';
import type { ServedMaster } from '../../slap/master.ts';
import { createSlapServer } from '../../slap/server.ts';
import { SlapgridError, systemErrorCode } from '../errors.ts';
import { whoListens } from '../gate/listener.ts';
import type { Capabilities, Scope } from './capabilities.ts';
import {
  endServer,
  INSIDE_HOST,
  listening,
  newServer,
  openDoor,
  openInside,
  type DoorOptions,
} from './door.ts';
import type { LocalProxy } from './local-proxy.ts';
import { rememberAnswers } from './remembered.ts';
import { scopedMaster } from './scopes.ts';
import type { Rate } from './token-bucket.ts';

export type ProxyServerOptions = Omit<DoorOptions, 'handlerOf'> & {
  proxy: LocalProxy;
  capabilities: Capabilities;
  /** Where requests go, which other masters may answer; left out: to `proxy`. */
  request?: ServedMaster['requestComputerPartition'];
  /** Fixed for the life of a data folder; 0 takes any. */
  port: number;
};

/** Of one instance: what it asks costs the processor of everybody. */
const INSIDE_RATE: Rate = { atOnce: 500, perSecond: 20 };

export class ProxyServer {
  readonly port: number;
  readonly #server: Server;
  readonly #options: ProxyServerOptions;
  /** By the path of their sockets. */
  readonly #inside = new Map<string, Promise<Server>>();

  private constructor(server: Server, port: number, options: ProxyServerOptions) {
    this.#server = server;
    this.port = port;
    this.#options = options;
  }

  /** @throws SlapgridError `port-taken`, naming who has the port if that can be seen. */
  static async start(options: ProxyServerOptions): Promise<ProxyServer> {
    const server = newServer(options);
    const port = await listen(server, options.port);
    openDoor(server, `127.0.0.1:${port}`, { ...options, handlerOf: handlersOf(options) });
    return new ProxyServer(server, port, options);
  }

  /**
   * Lets the instance of one partition in, through the door inside its network: the socket's file can be opened by the partition's user
   * only, and only with that partition's capability. Idempotent.
   * @param file absolute; in a folder that nobody else can write.
   * @returns the master URL inside.
   */
  async openInside(
    scope: Extract<Scope, { kind: 'partition' }>,
    file: string,
    owner: { uid: number; gid: number },
  ): Promise<string> {
    if (!this.#inside.has(file)) {
      const { onFault, timeouts } = this.#options;
      const opened = openInside(file, owner, {
        handlerOf: handlersOf(this.#options, scope),
        rate: INSIDE_RATE,
        ...(onFault === undefined ? {} : { onFault }),
        ...(timeouts === undefined ? {} : { timeouts }),
      });
      this.#inside.set(file, opened);
      opened.catch(() => this.#inside.delete(file));
    }
    await this.#inside.get(file);
    return `http://${INSIDE_HOST}/${this.#options.capabilities.of(scope)}/`;
  }

  /** The master URL of a scope, as SLAP clients take it. */
  url(scope: Scope): string {
    return `http://127.0.0.1:${this.port}/${this.#options.capabilities.of(scope)}`;
  }

  /** Ends every URL handed out so far, but those that instances have inside. */
  rotate(): void {
    this.#options.capabilities.rotate();
  }

  async close(): Promise<void> {
    await Promise.all(
      [this.#server, ...this.#inside.values()].map(async (server) => endServer(await server)),
    );
  }
}

async function listen(server: Server, port: number): Promise<number> {
  try {
    await listening(server, { host: '127.0.0.1', port, exclusive: true });
  } catch (error) {
    if (systemErrorCode(error) !== 'EADDRINUSE') throw error;
    const holder = await whoListens(port);
    throw new SlapgridError('port-taken', { port: String(port), holder }, { cause: error });
  }
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/**
 * What each capability opens.
 * @param only the one scope that may come this way; left out: any.
 */
function handlersOf(options: ProxyServerOptions, only?: Scope): DoorOptions['handlerOf'] {
  const { proxy, capabilities, onFault, request } = options;
  const onlyKey = only === undefined ? null : JSON.stringify(only);
  const runId = crypto.randomUUID().replaceAll('-', '');
  /** By scope: one for each that was ever used, and those are few. */
  const handlers = new Map<string, SlapHandler>();

  const handlerFor = (scope: Scope, key: string): SlapHandler => {
    const known = handlers.get(key);
    if (known !== undefined) return known;
    const handler = rememberAnswers(
      createSlapServer(
        scopedMaster(proxy, scope, (partition) => proxy.rootOf(partition), request),
        {
          runId,
          requester: scope.kind === 'partition' ? scope : null,
          ...(onFault === undefined ? {} : { onFault }),
        },
      ),
      () => proxy.changes,
      { requests: request === undefined },
    );
    handlers.set(key, handler);
    return handler;
  };

  return (capability) => {
    const scope = capabilities.find(capability);
    if (scope === null) return null;
    const key = JSON.stringify(scope);
    return onlyKey !== null && onlyKey !== key ? null : handlerFor(scope, key);
  };
}
