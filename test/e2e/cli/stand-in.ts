/**
 * The real command in a process of its own, before a stand-in of the agent on a real Unix socket.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createUnixServer } from '../../../agent/api/unix-server.ts';
import { loadToken } from '../../../agent/gate/token.ts';
import { pathsOf, socketPath } from '../../../agent/paths.ts';
import { StandInAgentService } from '../../fakes/agent-service.ts';

export const launcher = path.resolve(import.meta.dirname, '../../../slapgrid');

export type Ended = { status: number; stdout: string; stderr: string };

export type Terminal = {
  /** Everything that was written to it so far. */
  output(): string;
  /** Types: text, or a control character such as `\u0003` (Ctrl-C). */
  type(text: string): void;
  /** Exit status of the command. */
  ended: Promise<number>;
};

export type StandInAgent = {
  service: StandInAgentService;
  home: string;
  environment: NodeJS.ProcessEnv;
  /** Runs the command with pipes for its output, to its end. */
  run(...argv: string[]): Promise<Ended>;
  /** Runs a line of bash, in which `$SLAPGRID` is the command. */
  bash(line: string): Promise<Ended>;
  /** Runs the command on a terminal of its own. */
  onTerminal(...argv: string[]): Terminal;
  /** Ends the agent; its data folder stays. */
  endAgent(): Promise<void>;
  close(): Promise<void>;
};

export async function standInAgent(): Promise<StandInAgent> {
  const home = await mkdtemp(path.join(tmpdir(), 'slapgrid-cli-'));
  const paths = pathsOf(home);
  await mkdir(paths.private, { mode: 0o700 });
  const service = new StandInAgentService();
  const server = await createUnixServer({
    socketPath: socketPath(paths, createHash('sha256').update(home).digest('hex')),
    token: await loadToken(paths.token),
    service,
    log: () => {},
  });
  const environment = { ...process.env, SLAPGRID_HOME: home, SLAPGRID: launcher, TERM: 'xterm' };
  let listening = true;
  const endAgent = async (): Promise<void> => {
    if (listening) await server.close();
    listening = false;
  };
  return {
    service,
    home,
    environment,
    run: (...argv) => runToEnd(launcher, argv, environment),
    bash: (line) => runToEnd('/bin/bash', ['-c', line], environment),
    onTerminal: (...argv) => terminal([launcher, ...argv], environment),
    endAgent,
    async close() {
      await endAgent();
      await rm(home, { recursive: true, force: true });
    },
  };
}

function runToEnd(program: string, argv: readonly string[], environment: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status: status ?? -1, stdout, stderr }));
  });
}

/**
 * script(1) gives a program a terminal, passes on what is typed, and ends with its status. `exec`: a shell in between would die of
 * the same Ctrl-C.
 */
function terminal(argv: readonly string[], environment: NodeJS.ProcessEnv): Terminal {
  const command = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const child = spawn(
    'script',
    ['--quiet', '--return', '--flush', '--command', `exec ${command}`, '/dev/null'],
    {
      env: environment,
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return {
    output: () => output,
    type: (text) => void child.stdin.write(text),
    ended: new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve(status ?? -1));
    }),
  };
}
