/**
 * The API for the owner's programs: a Unix socket (0600, in a 0700 folder) that also wants the agent's token.
 *
 * A program that speaks for a page says so by a header, and is then allowed what a page is, and no more: a page that was taken
 * over gains nothing by the program that carries its calls.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { chmod, lstat, mkdir, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { SlapgridError, systemErrorCode } from '../errors.ts';
import { sameSecret } from '../gate/token.ts';
import type { AgentService } from './contract.ts';
import { DOWNLOAD_PATH } from './downloads.ts';
import { refuse, type Log } from './failures.ts';
import {
  answerCall,
  API_PATH,
  bearerOf,
  closeServer,
  createLimitedServer,
  listen,
  type HttpLimits,
} from './http-server.ts';

export type UnixServer = { close(): Promise<void> };

/** With the value `page`: the caller wants no more than a page may have. */
const SCOPE_HEADER = 'slapgrid-scope';

/**
 * Listens on `socketPath`. A socket that an earlier agent left is replaced when nobody answers on it and it is ours.
 * @throws SlapgridError `socket-in-use`, `socket-path-foreign`, `socket-folder-foreign`.
 */
export async function createUnixServer(options: {
  socketPath: string;
  /** The agent's own token (`gate/token.ts`). */
  token: string;
  service: AgentService;
  /** Answers the one-time paths that the service hands out (`PageServer.answerDownload`). Left out: there are none. */
  answerDownload?: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  log: Log;
  limits?: Partial<HttpLimits>;
}): Promise<UnixServer> {
  const { socketPath, token, service, answerDownload, log } = options;
  await preparePrivateFolder(path.dirname(socketPath));
  await removeStaleSocket(socketPath);
  const server = createLimitedServer(async (request, response) => {
    const { url = '' } = request;
    if (!sameSecret(bearerOf(request), token)) {
      refuse(response, 'UNAUTHORIZED', new SlapgridError('wrong-token'));
    } else if (url.startsWith(API_PATH)) {
      const scope = request.headers[SCOPE_HEADER] === 'page' ? 'page' : 'socket';
      await answerCall(request, response, { service, scope, log });
    } else if (url.startsWith(DOWNLOAD_PATH) && answerDownload !== undefined) {
      await answerDownload(request, response);
    } else {
      refuse(response, 'NOT_FOUND', new SlapgridError('not-found'));
    }
  }, options.limits);
  await listen(server, { path: socketPath });
  await chmod(socketPath, 0o600);
  return { close: () => closeServer(server) };
}

async function preparePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const status = await lstat(folder);
  if (!status.isDirectory() || status.uid !== process.getuid?.()) {
    throw new SlapgridError('socket-folder-foreign', { folder });
  }
  await chmod(folder, 0o700);
}

async function removeStaleSocket(socketPath: string): Promise<void> {
  let status;
  try {
    status = await lstat(socketPath);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return;
    throw error;
  }
  if (!status.isSocket() || status.uid !== process.getuid?.()) {
    throw new SlapgridError('socket-path-foreign', { path: socketPath });
  }
  if (await somebodyAnswers(socketPath)) throw new SlapgridError('socket-in-use', { path: socketPath });
  await unlink(socketPath);
}

function somebodyAnswers(socketPath: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => {
      if (systemErrorCode(error) === 'ECONNREFUSED') resolve(false);
      else reject(error);
    });
  });
}
