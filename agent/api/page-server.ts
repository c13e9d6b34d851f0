/**
 * The page and its API on loopback, for a browser of the owner and nobody else.
 *
 * No cookie is ever set: cookies ignore ports, so any server on this computer could take one. A one-time code travels in the
 * URL's fragment, which a browser keeps to itself; the page posts it to `/link` and gets a bearer token.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { z } from 'zod';
import { SlapgridError, systemErrorCode } from '../errors.ts';
import { whoListens } from '../gate/listener.ts';
import { refusalByOrigin } from '../gate/origin.ts';
import { peerIsOwner } from '../gate/peer.ts';
import type { Sessions } from '../gate/sessions.ts';
import type { AgentService } from './contract.ts';
import { DOWNLOAD_PATH, Downloads, type DownloadFile } from './downloads.ts';
import { refuse, type Log } from './failures.ts';
import {
  answerCall,
  API_PATH,
  bearerOf,
  closeServer,
  createLimitedServer,
  listen,
  readJsonBody,
  type HttpLimits,
} from './http-server.ts';
import { findPageFiles, PAGE_HEADERS, sendPageFile } from './page-files.ts';

export type PageServer = {
  readonly port: number;
  /** A link that opens the page once, within a minute. */
  createLink(): { url: string; expiresAt: string };
  /** A path on this server that answers with a file, once, within a minute. */
  createDownload(open: () => Promise<DownloadFile>): string;
  /** Answers such a path for somebody who came another way, and may. */
  readonly answerDownload: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Ends the downloads under way, and resolves when nothing of them is left. */
  endDownloads(): Promise<void>;
  close(): Promise<void>;
};

const LOOPBACK = '127.0.0.1';
const linkSchema = z.object({ code: z.string().max(200) });

/**
 * Serves the page on 127.0.0.1.
 * @throws SlapgridError `page-port-taken` naming who has the port, `page-missing`.
 */
export async function createPageServer(options: {
  /** Fixed at the first start; 0 lets the system choose (tests). */
  port: number;
  service: AgentService;
  /** The built page (`dist/renderer`). */
  assetsFolder: string;
  sessions: Sessions;
  log: Log;
  limits?: Partial<HttpLimits>;
  /** Milliseconds since the epoch. */
  now?: () => number;
}): Promise<PageServer> {
  const { service, sessions, log } = options;
  const files = await findPageFiles(options.assetsFolder);
  const isOwner = ownerCheck();
  const downloads = new Downloads({ log, ...(options.now === undefined ? {} : { now: options.now }) });

  const server = createLimitedServer(async (request, response) => {
    for (const [name, value] of Object.entries(PAGE_HEADERS)) response.setHeader(name, value);
    if (!(await isOwner(request.socket))) {
      refuse(response, 'FORBIDDEN', new SlapgridError('other-user'));
      return;
    }
    const refusal = refusalByOrigin(request, request.socket.localPort ?? 0);
    if (refusal !== null) {
      refuse(response, 'FORBIDDEN', refusal);
      return;
    }
    const [path = ''] = (request.url ?? '').split('?', 1);
    if (path === '/link') {
      await exchangeLink(request, response, sessions);
    } else if (path.startsWith(API_PATH)) {
      await answerSession(request, response);
    } else if (path.startsWith(DOWNLOAD_PATH)) {
      await downloads.answer(request, response);
    } else {
      await answerFile(request, response, path);
    }
  }, options.limits);

  const answerSession = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const release = sessions.hold(bearerOf(request), () => response.destroy());
    if (release === null) {
      refuse(response, 'UNAUTHORIZED', new SlapgridError('not-signed-in'));
      return;
    }
    response.once('close', release);
    response.setHeader('cache-control', 'no-store');
    await answerCall(request, response, { service, scope: 'page', log });
  };

  const answerFile = async (
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
  ): Promise<void> => {
    const { method = '' } = request;
    const file = files.get(path);
    if (file === undefined) {
      refuse(response, 'NOT_FOUND', new SlapgridError('not-found'));
    } else if (method !== 'GET' && method !== 'HEAD') {
      refuse(response, 'METHOD_NOT_SUPPORTED', new SlapgridError('wrong-method', { method }));
    } else {
      await sendPageFile(response, file, method === 'HEAD');
    }
  };

  server.on('connection', (socket: Socket) => void isOwner(socket));

  try {
    await listen(server, { host: LOOPBACK, port: options.port, exclusive: true });
  } catch (error) {
    if (systemErrorCode(error) !== 'EADDRINUSE') throw error;
    const listener = await whoListens(options.port);
    throw new SlapgridError('page-port-taken', { port: options.port, listener }, { cause: error });
  }
  const port = portOf(server);

  return {
    port,
    createLink: () => {
      const { code, expiresAt } = sessions.createCode();
      return { url: `http://${LOOPBACK}:${port}/#link=${code}`, expiresAt: expiresAt.toISOString() };
    },
    createDownload: (open) => downloads.create(open),
    answerDownload: (request, response) => downloads.answer(request, response),
    endDownloads: () => downloads.endAll(),
    close: async () => {
      await downloads.endAll();
      await closeServer(server);
      await sessions.settled();
    },
  };
}

/** At most so many connections of other users wait for their refusal; they must not use up those of the owner. */
const MOST_STRANGERS = 8;
const STRANGER_MILLISECONDS = 1000;

/** Asks once per connection whose it is, as soon as it is made. */
function ownerCheck(): (socket: Socket) => Promise<boolean> {
  const known = new WeakMap<Socket, Promise<boolean>>();
  let strangers = 0;
  const check = async (socket: Socket): Promise<boolean> => {
    const owner = await peerIsOwner(socket);
    if (owner || socket.destroyed) return owner;
    strangers += 1;
    socket.once('close', () => (strangers -= 1));
    if (strangers > MOST_STRANGERS) socket.destroy();
    else socket.setTimeout(STRANGER_MILLISECONDS, () => socket.destroy());
    return false;
  };
  return (socket) => {
    const answer = known.get(socket) ?? check(socket);
    known.set(socket, answer);
    return answer;
  };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function exchangeLink(
  request: IncomingMessage,
  response: ServerResponse,
  sessions: Sessions,
): Promise<void> {
  const { method = '' } = request;
  if (method !== 'POST') {
    refuse(response, 'METHOD_NOT_SUPPORTED', new SlapgridError('wrong-method', { method }));
    return;
  }
  const body = await readJsonBody(request, response);
  if (body === null) return;
  const link = parseLink(body);
  if (link === null) {
    refuse(response, 'BAD_REQUEST', new SlapgridError('request-invalid', { problem: 'code' }));
    return;
  }
  try {
    const { token, expiresAt } = sessions.redeem(link.code);
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify({ token, expiresAt: expiresAt.toISOString() }));
  } catch (error) {
    if (!(error instanceof SlapgridError)) throw error;
    refuse(response, 'UNAUTHORIZED', error);
  }
}

function parseLink(body: string): z.infer<typeof linkSchema> | null {
  try {
    return linkSchema.parse(JSON.parse(body));
  } catch {
    return null;
  }
}
