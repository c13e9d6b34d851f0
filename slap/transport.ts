/**
 * Ways to a master: over HTTP(S), or straight to a handler in the same process (with the same bytes).
 */
import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { isIPv6 } from 'node:net';
import process from 'node:process';
import { finished } from 'node:stream/promises';
import type { SecureContext } from 'node:tls';
import { SlapError } from './errors.ts';
import type { SlapHandler, SlapRequest, SlapResponse, SlapTransport } from './http.ts';
import { UnreachableError, unreachableReason } from './unreachable.ts';
import { MAXIMUM_DOCUMENT } from './xml.ts';

/** Calls `handler` directly. */
export function createLocalTransport(handler: SlapHandler): SlapTransport {
  return (request) => handler(request);
}

export type HttpTransportOptions = {
  /** May have a path; a bare IPv6 address needs no brackets (§2.1). */
  url: string;
  /** Default 60 s, for a whole call with its redirections (§2.1). */
  timeoutMilliseconds?: number;
  tls?: TransportSecurity;
};

/** PEM texts. The server's certificate is always verified; `ca` replaces the usual authorities. */
export type TransportSecurity = {
  ca?: string | string[];
  /** Who the caller is. */
  cert?: string;
  key?: string;
  /** Whether a certificate of `ca` that another authority vouches for, or a server's own, is trusted as a root's is. */
  allowPartialTrustChain?: boolean;
};

const TIMEOUT_MILLISECONDS = 60_000;
const MAXIMUM_REDIRECTIONS = 5;

/** Connections are kept for the next calls; more than these at once wait for one. */
const MOST_CONNECTIONS = 8;
/** How long one is kept without a call. It keeps no process alive. */
const IDLE_MILLISECONDS = 30_000;

/**
 * @throws TypeError when `url` is not an http or https URL. The transport throws {@link UnreachableError}s.
 */
export function createHttpTransport(options: HttpTransportOptions): SlapTransport {
  const base = masterBase(options.url);
  const timeout = options.timeoutMilliseconds ?? TIMEOUT_MILLISECONDS;
  const send = senderFor(options.tls ?? {});
  return async (request) => {
    const url = new URL(request.path.slice(1), base);
    url.search = request.query;
    const signal = AbortSignal.timeout(timeout);
    const progress: Progress = { isSent: false };
    try {
      return await follow(url, request, (...call) => send(...call, progress), signal);
    } catch (error) {
      if (error instanceof SlapError) throw error;
      // The URL may hold a capability: it is in no message.
      const cause = signal.aborted
        ? 'no answer in time'
        : error instanceof Error
          ? error.message
          : String(error);
      const reason = signal.aborted ? 'silent' : unreachableReason(error);
      throw new UnreachableError(reason, `${base.host} cannot be reached: ${cause}`, {
        cause: error,
        wasSent: progress.isSent,
      });
    }
  };
}

/**
 * What the names of calls are appended to: with a slash at its end, and brackets around a bare IPv6 address (§2.1).
 * @throws TypeError when it is not an http or https URL.
 */
export function masterBase(text: string): URL {
  const url = new URL(withBrackets(text));
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError('not an http or https URL');
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  url.search = '';
  url.hash = '';
  return url;
}

/** `http://2001:db8::1:5000` → `http://[2001:db8::1]:5000`: what can be a port is one. */
function withBrackets(text: string): string {
  const match = /^(https?:\/\/)([0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*?)((?:\/.*)?)$/i.exec(text);
  if (match === null) return text;
  const [, scheme = '', host = '', rest = ''] = match;
  const lastColon = host.lastIndexOf(':');
  const before = host.slice(0, lastColon);
  if (isIPv6(host) && !isIPv6(before)) return `${scheme}[${host}]${rest}`;
  return isIPv6(before) ? `${scheme}[${before}]${host.slice(lastColon)}${rest}` : text;
}

async function follow(
  start: URL,
  request: SlapRequest,
  send: (...call: Call) => Promise<SlapResponse>,
  signal: AbortSignal,
): Promise<SlapResponse> {
  let url = start;
  let { method, body } = request;
  for (let hop = 0; hop <= MAXIMUM_REDIRECTIONS; hop += 1) {
    const response = await send(url, { ...request, method, body }, signal);
    const location = response.headers['location'];
    if (location === undefined || ![301, 302, 303, 307, 308].includes(response.status)) return response;
    const next = new URL(location, url);
    const upgraded = next.protocol === 'https:' && url.protocol === 'http:' && next.hostname === url.hostname;
    if (next.origin !== url.origin && !upgraded) {
      throw new UnreachableError('elsewhere', `${url.host} sends its callers to ${next.host}`);
    }
    url = next;
    if (method === 'POST' && response.status < 307) [method, body] = ['GET', ''];
  }
  throw new UnreachableError('elsewhere', `${start.host} sends its callers around in circles`);
}

type Call = [url: URL, request: SlapRequest, signal: AbortSignal];
type Send = (...call: [...Call, Progress]) => Promise<SlapResponse>;

/** `isSent`: there was a connection, so the call may have been heard. */
type Progress = { isSent: boolean };

function senderFor(tls: TransportSecurity): Send {
  const keeping = { keepAlive: true, maxSockets: MOST_CONNECTIONS, timeout: IDLE_MILLISECONDS };
  const plain = new HttpAgent(keeping);
  let context: SecureContext | undefined;
  // Only when it is needed: with many authorities it takes a while, and TLS itself is large.
  const security = (): { secureContext: SecureContext; rejectUnauthorized: true } => ({
    secureContext: (context ??= process.getBuiltinModule('node:tls').createSecureContext(tls)),
    rejectUnauthorized: true,
  });
  let secure: HttpsAgent | undefined;
  const secureAgent = (once: boolean): HttpsAgent => {
    const { Agent } = process.getBuiltinModule('node:https');
    return once ? new Agent(security()) : (secure ??= new Agent({ ...keeping, ...security() }));
  };
  const attempt: Send = (url, request, signal, progress) => {
    const { promise, resolve, reject } = Promise.withResolvers<SlapResponse>();
    const body = Buffer.from(request.body);
    const headers = {
      ...request.headers,
      ...(request.method === 'POST' ? { 'content-length': body.length } : {}),
    };
    const common = { method: request.method, headers, signal };
    const isSecure = url.protocol === 'https:';
    const outgoing = isSecure
      ? process
          .getBuiltinModule('node:https')
          .request(url, { ...common, agent: secureAgent(request.once ?? false) })
      : requestHttp(url, { ...common, agent: request.once ? new HttpAgent() : plain });
    // A call that waited for a connection to be free has one that is kept, too, though Node does not call it reused.
    let isKept = false;
    outgoing.once('socket', (socket) => {
      isKept = !socket.connecting;
      if (isKept) progress.isSent = true;
      else
        socket.once(isSecure ? 'secureConnect' : 'connect', () => {
          progress.isSent = true;
        });
    });
    let isAnswered = false;
    outgoing.once('response', (incoming) => {
      isAnswered = true;
      receive(incoming).then(resolve, reject);
    });
    outgoing.once('error', (error) => {
      // The other end had given the kept connection up before this call arrived.
      const isStale = isKept && !isAnswered && unreachableReason(error) === 'interrupted';
      reject(isStale ? new StaleConnection('given up by the other end', { cause: error }) : error);
    });
    outgoing.end(body);
    return promise;
  };
  return async (url, request, signal, progress) => {
    for (;;) {
      try {
        return await attempt(url, request, signal, progress);
      } catch (error) {
        if (!(error instanceof StaleConnection)) throw error;
      }
    }
  };
}

/** The call is made again on another connection. Should it have been looked at after all: calls are idempotent. */
class StaleConnection extends Error {}

async function receive(incoming: IncomingMessage): Promise<SlapResponse> {
  const pieces: Buffer[] = [];
  let length = 0;
  incoming.on('data', (piece: Buffer) => {
    length += piece.length;
    pieces.push(piece);
    if (length > MAXIMUM_DOCUMENT)
      incoming.destroy(new UnreachableError('too-large', 'the answer is too large'));
  });
  await finished(incoming);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    status: incoming.statusCode ?? 0,
    headers,
    body: decoderOf(headers['content-type']).decode(Buffer.concat(pieces)),
  };
}

/** As the server announces it; UTF-8 for what nobody knows. */
function decoderOf(contentType: string | undefined): TextDecoder {
  const label = /charset="?([\w.:-]+)/i.exec(contentType ?? '')?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(label);
  } catch {
    return new TextDecoder('utf-8');
  }
}
