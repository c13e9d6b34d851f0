/**
 * The HTTP in front of a SLAP handler of this computer: how large, how slow, from whom. Every URL is a capability: its first path
 * segment. What comes from a browser (an Origin), under another host name, or from another user's process is refused before anything else
 * is looked at. {@link openInside} is the same for the instance of one partition.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { chmod, chown, rm } from 'node:fs/promises';
import type { ListenOptions, Socket } from 'node:net';
import process from 'node:process';
import { errorResponse } from '../../slap/html.ts';
import type { SlapHandler, SlapResponse } from '../../slap/http.ts';
import { refusalFor } from '../../slap/server.ts';
import { systemErrorCode } from '../errors.ts';
import { text } from '../messages.ts';
import { TokenBucket, type Rate } from './token-bucket.ts';

export type DoorOptions = {
  /** What a capability opens; null: nothing. */
  handlerOf(this: void, capability: string): SlapHandler | null | Promise<SlapHandler | null>;
  /** Whether the other end of a connection is a process of the user the agent runs as. */
  peerIsOwner(this: void, socket: Socket): Promise<boolean>;
  /** Told about faults, of which a client only sees 500. */
  onFault?(this: void, error: unknown): void;
  /** How often all callers together may call; left out: as often as they like. */
  rate?: Rate;
  /** Milliseconds for the head, for the whole request, and between two on one connection. */
  timeouts?: { head: number; request: number; idle: number };
};

const TIMEOUTS = { head: 10_000, request: 30_000, idle: 5000 };
const MAXIMUM_BODY = 1024 * 1024;
const MAXIMUM_CONNECTIONS = 256;
/** Characters; a shorter text travels in one piece with its head, which is cheaper. */
const LONG_BODY = 8192;
/** How long another user's connection may wait for its refusal. */
const STRANGER_MILLISECONDS = 1000;

/** How long a client that was refused may say nothing before it is left. */
const SILENCE_MILLISECONDS = 250;

/** Pages of this server are for programs: a browser that gets one shows it without rights, and nobody keeps a copy unless the answer says so. */
const HARDENING = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; sandbox",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Where an instance finds the master inside its network; above what a system chooses by itself. */
export const INSIDE_PORT = 61_999;
export const INSIDE_HOST = `127.0.0.1:${INSIDE_PORT}`;

/** Ends it, and every connection. */
export async function endServer(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  await promise;
}

/** @param host the only name under which it answers. */
export function openDoor(server: Server, host: string, options: DoorOptions): void {
  attach(server, new Door(options, host), options);
}

export function newServer({ timeouts = TIMEOUTS }: Pick<DoorOptions, 'timeouts'>): Server {
  const server = createServer({
    headersTimeout: timeouts.head,
    requestTimeout: timeouts.request,
    keepAliveTimeout: timeouts.idle,
    connectionsCheckingInterval: timeouts.head,
  });
  server.maxConnections = MAXIMUM_CONNECTIONS;
  return server;
}

function attach(server: Server, door: Door, { onFault }: Pick<DoorOptions, 'onFault'>): void {
  server.on('connection', (socket: Socket) => door.meet(socket));
  server.on('request', (request, response) => {
    door.answer(request, response).catch((error: unknown) => {
      // A client that went away is no fault.
      if (request.errored === null) onFault?.(error);
      response.destroy();
    });
  });
  server.on('clientError', refuseGarbage);
}

/**
 * Lets the instance of one partition in, through the door inside its network: the socket's file can be opened by the partition's user
 * only.
 * @param file absolute; in a folder that nobody else can write.
 */
export async function openInside(
  file: string,
  owner: { uid: number; gid: number },
  options: Omit<DoorOptions, 'peerIsOwner'> & { rate: Rate },
): Promise<Server> {
  const server = newServer(options);
  // The kernel checks who opens the file.
  openDoor(server, INSIDE_HOST, { ...options, peerIsOwner: async () => true });
  try {
    // What a former agent left.
    await rm(file, { force: true });
    await listening(server, { path: file });
    await chmod(file, 0o600);
    if (process.getuid?.() === 0) await chown(file, owner.uid, owner.gid);
  } catch (error) {
    server.close();
    throw error;
  }
  return server;
}

export async function listening(server: Server, where: ListenOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(where, resolve);
  await promise;
  server.off('error', reject);
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

/** Of answers that may be given again. */
const bytes = new WeakMap<SlapResponse, Buffer>();

/** A long text is encoded once, not each time it is sent. */
function bytesOf(answer: SlapResponse): Buffer | string {
  if (answer.body.length < LONG_BODY) return answer.body;
  const known = bytes.get(answer) ?? Buffer.from(answer.body);
  bytes.set(answer, known);
  return known;
}

class Door {
  readonly #options: DoorOptions;
  readonly #host: string;
  readonly #owners = new WeakMap<Socket, Promise<boolean>>();
  readonly #bucket: TokenBucket | null;

  constructor(options: DoorOptions, host: string) {
    this.#options = options;
    this.#host = host;
    this.#bucket = options.rate === undefined ? null : new TokenBucket(options.rate);
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
    const body = bytesOf(answer);
    response.writeHead(answer.status, { ...HARDENING, ...answer.headers });
    if (request.complete) {
      response.end(body);
      return;
    }
    // Closing now would take the answer away from a client that is still sending.
    response.write(body);
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
    const wait = this.#bucket?.take() ?? 0;
    if (wait > 0) {
      return refusalFor(path, 429, {
        words: text('proxy.inside.often'),
        headers: { 'retry-after': String(Math.ceil(wait)) },
      });
    }
    const handler = await this.#options.handlerOf(capability);
    // As any unknown path: no telling how near it was.
    if (handler === null) return errorResponse(404);
    const body = await readBody(request);
    if (body === null) return refusalFor(path, 413);
    const decodedBody = decoded(body);
    if (decodedBody === null) return refusalFor(path, 400);
    return handler({
      method: request.method ?? '',
      path,
      query: target?.[3] ?? '',
      headers: headersOf(request, capability),
      body: decodedBody,
    });
  }
}

/** What the families look at. The capability is one more part of where this master is, as a reverse proxy's own prefix. */
function headersOf(request: IncomingMessage, capability: string): Record<string, string | undefined> {
  const prefix = single(request.headers['x-forwarded-prefix'])?.replace(/\/+$/, '') ?? '';
  return {
    accept: request.headers.accept,
    'content-type': request.headers['content-type'],
    host: request.headers.host,
    'if-none-match': request.headers['if-none-match'],
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

const NO_BODY = Buffer.alloc(0);

/** null when it is too large. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const { headers } = request;
  // HTTP says so of a request without a body (RFC 9112 §6.3).
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return NO_BODY;
  if (Number(headers['content-length'] ?? 0) > MAXIMUM_BODY) return null;
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
