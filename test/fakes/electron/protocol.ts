/**
 * `protocol.handle`: the handler of `app://host/x` answers Chromium at `http://host.app.localhost:<port>/x`, which is a secure
 * context as the privileged scheme is one. Bodies stream both ways, and a reader that goes away cancels the body.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeStream } from 'node:stream/web';
import type Electron from 'electron';
import { readiness } from './readiness.ts';

type Handler = (request: Request) => Response | Promise<Response>;

const handlers = new Map<string, Handler>();
const privileged = new Set<string>();
let port = 0;

export const protocol = {
  registerSchemesAsPrivileged(schemes: Electron.CustomScheme[]): void {
    readiness.refuseWhenReady('protocol.registerSchemesAsPrivileged');
    for (const { scheme } of schemes) privileged.add(scheme);
  },
  handle(scheme: string, handler: Handler): void {
    readiness.refuseBeforeReady('protocol.handle');
    if (!privileged.has(scheme)) throw new Error(`the stand-in serves privileged schemes only: ${scheme}`);
    if (handlers.has(scheme)) throw new Error(`${scheme} is handled already`);
    handlers.set(scheme, handler);
  },
  isProtocolHandled: (scheme: string): boolean => handlers.has(scheme),
  unhandle: (scheme: string): void => void handlers.delete(scheme),
} satisfies Partial<Electron.Protocol>;

/** Where Chromium finds what the application calls `url`. */
export function toFront(url: string): string {
  const [, scheme = '', host = '', rest = ''] = /^([a-z]+):\/\/([^/]*)(.*)$/u.exec(url) ?? [];
  return handlers.has(scheme) ? `http://${host}.${scheme}.localhost:${port}${rest || '/'}` : url;
}

/** What the application calls the place that Chromium calls `url`. */
export function fromFront(url: string): string {
  const [whole, host, scheme] = /^http:\/\/([^.]+)\.([^.]+)\.localhost:\d+/u.exec(url) ?? [];
  return whole === undefined ? url : `${scheme}://${host}${url.slice(whole.length)}`;
}

export async function startFront(): Promise<void> {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const address = server.address();
  if (typeof address === 'object' && address !== null) ({ port } = address);
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { host = '', origin, referer, connection: _hop, ...given } = incoming.headers;
  const [, name = '', scheme = ''] = /^([^.]+)\.([^.]+)\.localhost/u.exec(host) ?? [];
  const handler = handlers.get(scheme);
  if (handler === undefined) {
    outgoing.writeHead(404).end();
    return;
  }
  const headers = new Headers();
  for (const [key, value] of Object.entries(given)) if (value !== undefined) headers.set(key, String(value));
  if (origin !== undefined) headers.set('origin', fromFront(origin));
  if (referer !== undefined) headers.set('referer', fromFront(referer));
  const { method = 'GET', url = '/' } = incoming;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody ? { body: Readable.toWeb(incoming), duplex: 'half' } : {};
  try {
    const response = await handler(
      new Request(`${scheme}://${name}${url}`, { method, headers, ...body } as RequestInit),
    );
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    send(response.body, outgoing);
  } catch (error) {
    console.error(error);
    outgoing.writeHead(500).end();
  }
}

function send(body: ReadableStream | null, outgoing: ServerResponse): void {
  if (body === null) {
    outgoing.end();
    return;
  }
  const readable = Readable.fromWeb(body as NodeStream);
  readable.once('error', () => outgoing.destroy());
  outgoing.once('close', () => readable.destroy());
  readable.pipe(outgoing);
}
