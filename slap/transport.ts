/**
 * Ways to a master: over HTTP(S), or straight to a handler in the same process (with the same bytes).
 */
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIPv6 } from 'node:net';
import { finished } from 'node:stream/promises';
import { SlapError } from './errors.ts';
import type { SlapHandler, SlapRequest, SlapResponse, SlapTransport } from './http.ts';
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
  /** PEM texts. The server's certificate is always verified; `ca` replaces the system's authorities. */
  tls?: { ca?: string; cert?: string; key?: string };
};

const TIMEOUT_MILLISECONDS = 60_000;
const MAXIMUM_REDIRECTIONS = 5;

/** @throws TypeError when `url` is not an http or https URL. */
export function createHttpTransport(options: HttpTransportOptions): SlapTransport {
  const base = masterBase(options.url);
  const timeout = options.timeoutMilliseconds ?? TIMEOUT_MILLISECONDS;
  return async (request) => {
    const url = new URL(request.path.slice(1), base);
    url.search = request.query;
    const signal = AbortSignal.timeout(timeout);
    try {
      return await follow(url, request, options, signal);
    } catch (error) {
      if (error instanceof SlapError) throw error;
      // The URL may hold a capability: it is in no message.
      const cause = signal.aborted
        ? 'no answer in time'
        : error instanceof Error
          ? error.message
          : String(error);
      throw new SlapError('unreachable', `${base.host} cannot be reached: ${cause}`, { cause: error });
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
  options: HttpTransportOptions,
  signal: AbortSignal,
): Promise<SlapResponse> {
  let url = start;
  let { method, body } = request;
  for (let hop = 0; hop <= MAXIMUM_REDIRECTIONS; hop += 1) {
    const response = await send(url, { ...request, method, body }, options, signal);
    const location = response.headers['location'];
    if (location === undefined || ![301, 302, 303, 307, 308].includes(response.status)) return response;
    const next = new URL(location, url);
    const upgraded = next.protocol === 'https:' && url.protocol === 'http:' && next.hostname === url.hostname;
    if (next.origin !== url.origin && !upgraded) {
      throw new SlapError('unreachable', `${url.host} sends its callers to ${next.host}`);
    }
    url = next;
    if (method === 'POST' && response.status < 307) [method, body] = ['GET', ''];
  }
  throw new SlapError('unreachable', `${start.host} sends its callers around in circles`);
}

function send(
  url: URL,
  request: SlapRequest,
  options: HttpTransportOptions,
  signal: AbortSignal,
): Promise<SlapResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<SlapResponse>();
  const body = Buffer.from(request.body);
  const headers = {
    ...request.headers,
    ...(request.method === 'POST' ? { 'content-length': body.length } : {}),
  };
  const common = { method: request.method, headers, signal, agent: false as const };
  const outgoing =
    url.protocol === 'https:'
      ? requestHttps(url, { ...common, ...options.tls, rejectUnauthorized: true })
      : requestHttp(url, common);
  outgoing.once('response', (incoming) => {
    receive(incoming).then(resolve, reject);
  });
  outgoing.once('error', reject);
  outgoing.end(body);
  return promise;
}

async function receive(incoming: IncomingMessage): Promise<SlapResponse> {
  const pieces: Buffer[] = [];
  let length = 0;
  incoming.on('data', (piece: Buffer) => {
    length += piece.length;
    pieces.push(piece);
    if (length > MAXIMUM_DOCUMENT) incoming.destroy(new Error('the answer is too large'));
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
