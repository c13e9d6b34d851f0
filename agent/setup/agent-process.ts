/**
 * The agent as a process: started away from the terminal, awaited until it answers, replaced by a newer one.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { SlapgridError } from '../errors.ts';
import type { Paths } from '../paths.ts';
import type { Runtime } from '../runtime/install.ts';
import { isRunning } from '../runtime/processes.ts';

/** Exit status of an agent that found another one on its data folder (upstream's “already running”). */
export const ALREADY_RUNNING_STATUS = 10;

/** What the agent may know of the environment it is started from; everything else stays behind. */
const PASSED_ON = [
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'XDG_RUNTIME_DIR',
  'XDG_CONFIG_HOME',
  'DBUS_SESSION_BUS_ADDRESS',
  // apt and the fetching of profiles follow the host's HTTP proxy.
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
] as const;

/**
 * The agent lives long and does little: a small nursery (MB) is collected often, which costs it nothing, and keeps what a request
 * or an installation needed for a moment from becoming its size for good. Halves its own memory after an installation
 * (`docs/benchmarks.md`).
 */
export const NODE_ARGUMENTS = ['--max-semi-space-size=1'];

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The environment of an agent on the data folder `home`. */
export function agentEnvironment(
  home: string,
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const result: Record<string, string> = { PATH: SYSTEM_PATH, SLAPGRID_HOME: home };
  for (const name of PASSED_ON) {
    const value = environment[name];
    if (value !== undefined) result[name] = value;
  }
  return result;
}

export type StartedAgent = {
  pid: number;
  /** Its exit status once it has ended. */
  status(): Promise<number | null>;
  /** Lets the caller end while the agent goes on. */
  release(): void;
  /** After its end: nobody is to start it again. */
  giveUp(): Promise<void>;
  /** What it wrote since it was started. */
  log(): Promise<string>;
};

/** Starts the agent in a session of its own, away from this terminal and this folder. */
export async function startAgent(
  paths: Paths,
  runtime: Pick<Runtime, 'node' | 'agent'>,
): Promise<StartedAgent> {
  const log = await open(paths.agentLog, 'a', 0o600);
  try {
    const { size } = await log.stat();
    const child = spawn(runtime.node, [...NODE_ARGUMENTS, runtime.agent], {
      cwd: '/',
      detached: true,
      env: agentEnvironment(paths.home),
      stdio: ['ignore', log.fd, log.fd],
    });
    await spawned(child);
    return {
      pid: child.pid ?? 0,
      status: async () => child.exitCode ?? (child.signalCode === null ? null : 1),
      release: () => child.unref(),
      giveUp: async () => undefined,
      log: async () => (await readFile(paths.agentLog)).subarray(size).toString('utf8'),
    };
  } finally {
    await log.close();
  }
}

function spawned(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve());
  });
}

const POLL_MILLISECONDS = 25;
const LOG_LINES = 12;

/**
 * Waits until an agent answers: the one started, or another that was faster.
 * @param connect resolves to undefined while nobody answers.
 * @throws SlapgridError `agent-did-not-start` with its last words, `agent-slow` when the time is over.
 */
export async function waitForAgent<Connection>(
  started: StartedAgent,
  connect: () => Promise<Connection | undefined>,
  options: { timeoutSeconds: number; now: () => number },
): Promise<Connection> {
  const deadline = options.now() + options.timeoutSeconds * 1000;
  for (;;) {
    const status = await started.status();
    const connection = await connect();
    if (connection !== undefined) {
      started.release();
      return connection;
    }
    if (status !== null && status !== ALREADY_RUNNING_STATUS) {
      await started.giveUp();
      throw new SlapgridError('agent-did-not-start', lastWords(await started.log()));
    }
    if (options.now() > deadline) {
      started.release();
      throw new SlapgridError('agent-slow', {
        seconds: options.timeoutSeconds,
        ...lastWords(await started.log()),
      });
    }
    await delay(POLL_MILLISECONDS);
  }
}

function lastWords(log: string): { said: 'yes' | 'no'; log: string } {
  const lines = log.trimEnd().split('\n').slice(-LOG_LINES).join('\n');
  return { said: lines === '' ? 'no' : 'yes', log: lines };
}

/** Waits for the end of a process that was asked to end. @throws SlapgridError `agent-does-not-end`. */
export async function waitForEnd(
  pid: number,
  options: { timeoutSeconds: number; now: () => number },
): Promise<void> {
  const deadline = options.now() + options.timeoutSeconds * 1000;
  while (await isRunning(pid)) {
    if (options.now() > deadline) throw new SlapgridError('agent-does-not-end', { pid: String(pid) });
    await delay(POLL_MILLISECONDS);
  }
}
