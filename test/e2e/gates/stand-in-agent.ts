/**
 * The real servers of the API around the stand-in of the agent, in a folder of their own.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connectAgent, type AgentConnection } from '../../../agent/api/client.ts';
import type { DownloadFile } from '../../../agent/api/downloads.ts';
import type { HttpLimits } from '../../../agent/api/http-server.ts';
import { createPageServer, type PageServer } from '../../../agent/api/page-server.ts';
import { createUnixServer, type UnixServer } from '../../../agent/api/unix-server.ts';
import { Sessions } from '../../../agent/gate/sessions.ts';
import { loadToken } from '../../../agent/gate/token.ts';
import { StandInAgentService } from '../../fakes/agent-service.ts';

export type StandInAgent = {
  folder: string;
  service: StandInAgentService;
  /** What the servers wrote to the agent's log. */
  log: string[];
  sessions: Sessions;
  page: PageServer;
  /** `http://127.0.0.1:<port>` */
  origin: string;
  socketPath: string;
  token: string;
  connection: AgentConnection;
  /** Ends both servers, as the end of the agent does. */
  stop(): Promise<void>;
  /** Listens again on the same port and socket, for the same service. */
  restart(): Promise<void>;
  close(): Promise<void>;
};

/**
 * @param options.assetsFolder the built page; without one, a page that says nothing.
 * @param options.now the clock of links and sessions.
 * @param options.service what answers; by default one with ten free partitions.
 */
export async function startStandInAgent(
  options: {
    assetsFolder?: string;
    limits?: Partial<HttpLimits>;
    now?: () => number;
    service?: StandInAgentService;
  } = {},
): Promise<StandInAgent> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-gates-'));
  const assetsFolder = options.assetsFolder ?? (await emptyPage(folder));
  const service = options.service ?? new StandInAgentService();
  const log: string[] = [];
  const socketPath = path.join(folder, 'private', 'agent.sock');
  await mkdir(path.dirname(socketPath), { mode: 0o700 });
  const token = await loadToken(path.join(folder, 'private', 'token'));
  const sessionsFile = path.join(folder, 'private', 'sessions.json');
  const limits = options.limits ?? {};

  const listen = async (port: number): Promise<[PageServer, UnixServer, Sessions]> => {
    const sessions = await Sessions.open(sessionsFile, options.now);
    const common = { service, limits, log: (line: string) => void log.push(line) };
    const clock = options.now === undefined ? {} : { now: options.now };
    const page = await createPageServer({ ...common, ...clock, port, assetsFolder, sessions });
    const { answerDownload } = page;
    const unix = await createUnixServer({ ...common, socketPath, token, answerDownload });
    service.link = () => page.createLink();
    service.download = ({ name, what }) => ({
      path: page.createDownload(async () => standInFile(name, what)),
    });
    return [page, unix, sessions];
  };
  let [page, unix, sessions] = await listen(0);
  const { port } = page;
  const stop = async (): Promise<void> => {
    await Promise.all([page.close(), unix.close()]);
  };

  return {
    folder,
    service,
    log,
    get sessions() {
      return sessions;
    },
    get page() {
      return page;
    },
    origin: `http://127.0.0.1:${port}`,
    socketPath,
    token,
    connection: connectAgent({ socketPath, token }),
    stop,
    restart: async () => {
      [page, unix, sessions] = await listen(port);
    },
    close: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A few lines, sent as a real file is. */
function standInFile(name: string, what: string): DownloadFile {
  return {
    fileName: `${name}-${what}.txt`,
    type: 'text/plain; charset=utf-8',
    send: (destination, signal) =>
      pipeline(Readable.from([`${what} of `, name]), destination, { end: false, signal }),
  };
}

async function emptyPage(folder: string): Promise<string> {
  const assets = path.join(folder, 'page');
  await mkdir(assets);
  await writeFile(path.join(assets, 'index.html'), '<!doctype html><title>page</title>');
  return assets;
}
