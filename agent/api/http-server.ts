/**
 * The HTTP server under the API, with the limits that keep one client from using up the agent.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ListenOptions } from 'node:net';
import { nodeHTTPRequestHandler } from '@trpc/server/adapters/node-http';
import { SlapgridError } from '../errors.ts';
import { LARGEST_BODY, readBody } from '../gate/body.ts';
import { MOST_CALLS_IN_A_BATCH } from './contract.ts';
import { refuse } from './failures.ts';
import { appRouter, type ApiContext } from './router.ts';

export const API_PATH = '/trpc/';

export type HttpLimits = {
  /** Milliseconds until the headers of a request must be complete. */
  headersTimeout: number;
  /** Milliseconds until a request with its body must be complete. Answers may last longer. */
  requestTimeout: number;
  /** Milliseconds between two looks for requests that exceed the above. */
  connectionsCheckingInterval: number;
  maxConnections: number;
};

const LIMITS: HttpLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 10_000,
  maxConnections: 512,
};

const MOST_HEADER_BYTES = 16 * 1024;

/** A server that answers nothing yet. A `listener` that rejects costs its own connection only. */
export function createLimitedServer(
  listener: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  limits: Partial<HttpLimits> = {},
): Server {
  const { maxConnections, ...timeouts } = { ...LIMITS, ...limits };
  const server = createServer({ ...timeouts, maxHeaderSize: MOST_HEADER_BYTES }, (request, response) => {
    listener(request, response).catch(() => response.destroy());
  });
  server.maxConnections = maxConnections;
  return server;
}

/** Resolves when the server listens; rejects with the system's error. */
export function listen(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Ends every connection, open streams included, and resolves when the address is free. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** The value of `Authorization: Bearer …`; empty when there is none. */
export function bearerOf(request: IncomingMessage): string {
  const [, token = ''] = /^Bearer ([\w-]+)$/u.exec(request.headers.authorization ?? '') ?? [];
  return token;
}

/** The body of a POST of JSON; null when the request was refused. */
export async function readJsonBody(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<string | null> {
  // Anything else could be sent by a form of another site without asking (a "simple" request).
  if (!/^application\/json\b/iu.test(request.headers['content-type'] ?? '')) {
    const problem = 'content-type';
    refuse(response, 'UNSUPPORTED_MEDIA_TYPE', new SlapgridError('request-invalid', { problem }));
    return null;
  }
  try {
    return await readBody(request, LARGEST_BODY);
  } catch (error) {
    if (!(error instanceof SlapgridError)) throw error;
    refuse(response, error.code === 'body-too-large' ? 'PAYLOAD_TOO_LARGE' : 'BAD_REQUEST', error);
    return null;
  }
}

/** Answers a call of the API from somebody who was let in. */
export async function answerCall(
  request: IncomingMessage,
  response: ServerResponse,
  context: ApiContext,
): Promise<void> {
  const body = request.method === 'POST' ? await readJsonBody(request, response) : '';
  if (body === null) return;
  const called = (request.url ?? '').slice(API_PATH.length).split('?', 1)[0] ?? '';
  await nodeHTTPRequestHandler({
    router: appRouter,
    // tRPC takes a body that was read already as it is.
    req: Object.assign(request, { body }),
    res: response,
    path: called,
    maxBatchSize: MOST_CALLS_IN_A_BATCH,
    createContext: () => Promise.resolve(context),
  });
}
