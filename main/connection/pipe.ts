/**
 * Carries a request to the agent's Unix socket and its answer back, as it comes: no faster than it is read, and no longer.
 *
 * Not by `net.fetch`: with it, a page that stops reading does not end the request behind it (electron/electron#47097). Electron
 * cancels the body of the answer, and that ends the request here.
 */
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import type { ErrorView } from '../../agent/api/contract.ts';
import { readToken, type AgentAddress } from './address.ts';
import { refusedBy } from './refusal.ts';

export type Pipe = (request: Request) => Promise<Response>;

/** What a page may say to the agent. Its credentials are ours, and nothing else of it concerns anybody. */
const PASSED_ON = ['accept', 'content-type', 'last-event-id', 'trpc-accept'] as const;
/** What the agent may say to a page. */
const PASSED_BACK = ['content-type', 'content-length', 'content-disposition', 'cache-control'] as const;

/**
 * @param address null while no agent is known.
 * @param failure why none could be started; null while nothing is known to be wrong.
 */
export function createPipe(
  address: () => AgentAddress | null,
  failure: () => ErrorView | null = () => null,
): Pipe {
  const unanswered = (): Response => {
    const known = failure();
    return known === null ? unreachable() : refusedBy(known);
  };
  return async (request) => {
    try {
      const known = address();
      if (known === null) return unanswered();
      return await carry(request, known.socket, await readToken(known));
    } catch {
      // Whoever asked tries again.
      return unanswered();
    }
  };
}

function unreachable(): Response {
  return new Response(null, { status: 502, headers: { 'cache-control': 'no-store' } });
}

async function carry(request: Request, socketPath: string, token: string): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  // The largest body the agent takes is a megabyte.
  const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
  const outgoing = http.request({
    socketPath,
    path: `${pathname}${search}`,
    method: request.method,
    agent: false,
    headers: {
      ...picked(PASSED_ON, (name) => request.headers.get(name)),
      authorization: `Bearer ${token}`,
      // A page in our window may do no more than one in a browser.
      'slapgrid-scope': 'page',
      ...(body === undefined ? {} : { 'content-length': body.length }),
    },
  });
  const end = (): void => void outgoing.destroy();
  request.signal.addEventListener('abort', end, { once: true });
  outgoing.once('close', () => request.signal.removeEventListener('abort', end));
  if (request.signal.aborted) end();
  const incoming = await answerOf(outgoing, body);
  return new Response(streamOf(incoming, outgoing), {
    status: incoming.statusCode ?? 502,
    headers: picked(PASSED_BACK, (name) => incoming.headers[name] ?? null),
  });
}

function picked(
  names: readonly string[],
  valueOf: (name: string) => string | string[] | null,
): Record<string, string> {
  const found = names.map((name): [string, string | string[] | null] => [name, valueOf(name)]);
  return Object.fromEntries(found.filter((each): each is [string, string] => typeof each[1] === 'string'));
}

function answerOf(outgoing: ClientRequest, body: Buffer | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve);
    // Also after the answer has begun: then its body says so.
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function streamOf(
  incoming: IncomingMessage,
  outgoing: ClientRequest,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      let open = true;
      incoming.on('data', (chunk: Buffer<ArrayBuffer>) => {
        if (!open) return;
        controller.enqueue(new Uint8Array(chunk));
        if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
      });
      incoming.once('end', () => {
        if (open) controller.close();
        open = false;
      });
      incoming.once('error', (error) => {
        if (open) controller.error(error);
        open = false;
      });
      // Nothing is read before somebody asks.
      incoming.pause();
    },
    pull() {
      incoming.resume();
    },
    cancel() {
      // Its stream is closed already: nothing more may be put into it.
      incoming.removeAllListeners('data').removeAllListeners('end').removeAllListeners('error');
      incoming.on('error', () => {});
      outgoing.destroy();
    },
  });
}
