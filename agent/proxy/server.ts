/**
 * The local master on 127.0.0.1, for SLAP clients of this computer. Every URL is a capability: its first path segment. What comes from a
 * browser (an Origin), under another host name, or from another user's process is refused before anything else is looked at.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { errorResponse } from '../../slap/html.ts';
import type { SlapHandler, SlapResponse } from '../../slap/http.ts';
import { createSlapServer, refusalFor } from '../../slap/server.ts';
import { SlapgridError, systemErrorCode } from '../errors.ts';
import { whoListens } from '../gate/listener.ts';
import type { Capabilities, Scope } from './capabilities.ts';
import type { LocalProxy } from './local-proxy.ts';
import { rememberAnswers } from './remembered.ts';
import { scopedMaster } from './scopes.ts';

export type ProxyServerOptions = {
  proxy: LocalProxy;
  capabilities: Capabilities;
  /** Fixed for the life of a data folder; 0 takes any. */
  port: number;
  /** Whether the other end of a connection is a process of the user the agent runs as. */
  peerIsOwner(this: void, socket: Socket): Promise<boolean>;
  /** Told about faults of the master, of which a client only sees 500. */
  onFault?(this: void, error: unknown): void;
  /** Milliseconds for the head, for the whole request, and between two on one connection. */
  timeouts?: { head: number; request: number; idle: number };
};

const TIMEOUTS = { head: 10_000, request: 30_000, idle: 5000 };
const MAXIMUM_BODY = 1024 * 1024;
const MAXIMUM_CONNECTIONS = 256;
/** How long another user's connection may wait for its refusal. */
const STRANGER_MILLISECONDS = 1000;

/** How long a client that was refused may say nothing before it is left. */
const SILENCE_MILLISECONDS = 250;

/** Pages of this server are for programs: a browser that gets one shows it without rights, and nobody keeps a copy. */
const HARDENING = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; sandbox",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

export class ProxyServer {
  readonly port: number;
  readonly #server: Server;
  readonly #capabilities: Capabilities;

  private constructor(server: Server, port: number, capabilities: Capabilities) {
    this.#server = server;
    this.port = port;
    this.#capabilities = capabilities;
  }

  /** @throws SlapgridError `port-taken`, naming who has the port if that can be seen. */
  static async start(options: ProxyServerOptions): Promise<ProxyServer> {
    const timeouts = options.timeouts ?? TIMEOUTS;
    const server = createServer({
      headersTimeout: timeouts.head,
      requestTimeout: timeouts.request,
      keepAliveTimeout: timeouts.idle,
      connectionsCheckingInterval: timeouts.head,
    });
    server.maxConnections = MAXIMUM_CONNECTIONS;
    const port = await listen(server, options.port);
    const door = new Door(options, `127.0.0.1:${port}`);
    server.on('connection', (socket: Socket) => door.meet(socket));
    server.on('request', (request, response) => {
      door.answer(request, response).catch((error: unknown) => {
        // A client that went away is no fault.
        if (request.errored === null) options.onFault?.(error);
        response.destroy();
      });
    });
    server.on('clientError', refuseGarbage);
    return new ProxyServer(server, port, options.capabilities);
  }

  /** The master URL of a scope, as SLAP clients take it. */
  url(scope: Scope): string {
    return `http://127.0.0.1:${this.port}/${this.#capabilities.of(scope)}`;
  }

  /** Ends every URL handed out so far. */
  rotate(): void {
    this.#capabilities.rotate();
  }

  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }
}

async function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host: '127.0.0.1', port, exclusive: true }, resolve);
  try {
    await promise;
  } catch (error) {
    if (systemErrorCode(error) !== 'EADDRINUSE') throw error;
    const holder = await whoListens(port);
    throw new SlapgridError('port-taken', { port: String(port), holder }, { cause: error });
  }
  server.off('error', reject);
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** What is no HTTP at all, or comes too slowly. */
function refuseGarbage(error: Error, socket: Pick<Socket, 'writable' | 'end' | 'destroy'>): void {
  const isLate = systemErrorCode(error) === 'ERR_HTTP_REQUEST_TIMEOUT';
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const status = isLate ? '408 Request Timeout' : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

class Door {
  readonly #options: ProxyServerOptions;
  readonly #host: string;
  readonly #owners = new WeakMap<Socket, Promise<boolean>>();

  constructor(options: ProxyServerOptions, host: string) {
    this.#options = options;
    this.#host = host;
  }

  /** Finds out whose process it is while the request is still under way. */
  meet(socket: Socket): void {
    const isOwner = this.#options.peerIsOwner(socket).catch(() => false);
    this.#owners.set(socket, isOwner);
    void this.#endStranger(socket, isOwner);
  }

  async #endStranger(socket: Socket, isOwner: Promise<boolean>): Promise<void> {
    if (await isOwner) return;
    setTimeout(() => socket.destroy(), STRANGER_MILLISECONDS).unref();
  }

  /** What is left of a refused body is read and forgotten, for no longer than a request may take. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.#answerTo(request);
    response.writeHead(answer.status, { ...answer.headers, ...HARDENING });
    if (request.complete) {
      response.end(answer.body);
      return;
    }
    // Closing now would take the answer away from a client that is still sending.
    response.write(answer.body);
    await rest(request);
    response.end();
  }

  async #answerTo(request: IncomingMessage): Promise<SlapResponse> {
    if (!(await this.#owners.get(request.socket))) return errorResponse(403);
    if (request.headers.host !== this.#host || request.headers.origin !== undefined)
      return errorResponse(403);
    const target = /^\/([^/?]+)(\/[^?]*)?(?:\?(.*))?$/s.exec(request.url ?? '');
    const capability = target?.[1] ?? '';
    const path = target?.[2] ?? '/';
    const scope = this.#options.capabilities.find(capability);
    // As any unknown path: no telling how near it was.
    if (scope === null) return errorResponse(404);
    const body = await readBody(request);
    if (body === null) return refusalFor(path, 413);
    const text = decoded(body);
    if (text === null) return refusalFor(path, 400);
    return this.#handler(scope)({
      method: request.method ?? '',
      path,
      query: target?.[3] ?? '',
      headers: headersOf(request, capability),
      body: text,
    });
  }

  readonly #runId = crypto.randomUUID().replaceAll('-', '');

  /** By scope: one for each that was ever used, and those are few. */
  readonly #handlers = new Map<string, SlapHandler>();

  #handler(scope: Scope): SlapHandler {
    const key = JSON.stringify(scope);
    const known = this.#handlers.get(key);
    if (known !== undefined) return known;
    const { proxy, onFault } = this.#options;
    const handler = rememberAnswers(
      createSlapServer(
        scopedMaster(proxy, scope, (partition) => proxy.rootOf(partition)),
        {
          runId: this.#runId,
          requester: scope.kind === 'partition' ? scope : null,
          ...(onFault === undefined ? {} : { onFault }),
        },
      ),
      () => proxy.changes,
    );
    this.#handlers.set(key, handler);
    return handler;
  }
}

/** What the families look at. The capability is one more part of where this master is, as a reverse proxy's own prefix. */
function headersOf(request: IncomingMessage, capability: string): Record<string, string | undefined> {
  const prefix = single(request.headers['x-forwarded-prefix'])?.replace(/\/+$/, '') ?? '';
  return {
    accept: request.headers.accept,
    'content-type': request.headers['content-type'],
    host: request.headers.host,
    'x-forwarded-proto': single(request.headers['x-forwarded-proto']),
    'x-forwarded-prefix': `${prefix}/${capability}`,
  };
}

/** Node joins a header that came several times with commas. */
function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** null for bytes that are no UTF-8: a text must not change on its way. */
function decoded(body: Buffer): string | null {
  try {
    return UTF8.decode(body);
  } catch {
    return null;
  }
}

/** Reads on and forgets it, until the body ends or nothing more comes. */
async function rest(request: IncomingMessage): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const silence = setTimeout(resolve, SILENCE_MILLISECONDS);
  request.on('data', () => silence.refresh());
  request.once('close', resolve);
  request.once('end', resolve);
  await promise;
  clearTimeout(silence);
}

/** null when it is too large. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > MAXIMUM_BODY) return null;
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>();
  let pieces: Buffer[] = [];
  let length = 0;
  request.on('data', (piece: Buffer) => {
    length += piece.length;
    if (length <= MAXIMUM_BODY) pieces.push(piece);
    else {
      pieces = [];
      resolve(null);
    }
  });
  request.once('end', () => resolve(Buffer.concat(pieces)));
  request.once('error', reject);
  return promise;
}
