/**
 * One installation of the product in a folder of its own, driven by the real command as a person would.
 *
 * Downloads are shared between tests: the first that needs software keeps its software folder as a seed, later homes begin
 * with hard links to it (that is what the provider makes of a repeated installation anyway). Test files run side by side, so
 * the seed is read and replaced under a lock.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { connectAgent } from '../../../agent/api/client.ts';
import type { AgentState, InstanceView, PartitionView } from '../../../agent/api/contract.ts';
import { digestOfHome } from '../../../agent/configuration.ts';
import { readToken } from '../../../agent/gate/token.ts';
import { pathsOf, socketPath } from '../../../agent/paths.ts';
import { killOne } from './processes.ts';

export const root = path.join(import.meta.dirname, '..', '..', '..');
const seed = path.join(tmpdir(), `slapgrid-e2e-seed-${process.getuid?.()}`);

export type Outcome = { status: number | null; stdout: string; stderr: string };

export type HomeOptions = {
  /** false: nothing was ever downloaded to it. */
  seed?: boolean;
  /** Whose it is, for tests that root runs. */
  user?: { uid: number; gid: number };
  /** What a line begins with, to be run elsewhere: in namespaces. Filled in when they are there. */
  enter?: readonly string[];
  /** The command; that of this clone otherwise. */
  command?: string;
};

export class Home {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly #options: HomeOptions;

  private constructor(folder: string, options: HomeOptions) {
    this.folder = folder;
    this.#options = options;
    const own = options.user === undefined ? process.env : { PATH: process.env['PATH'], HOME: folder };
    // Whatever systemd the tester has, these agents are not for it to look after.
    const runtime = path.join(folder, 'run');
    this.environment = { ...own, SLAPGRID_HOME: path.join(folder, 'data'), XDG_RUNTIME_DIR: runtime };
  }

  /** A new data folder with no agent. */
  static async make(options: HomeOptions = {}): Promise<Home> {
    const folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-e2e-'));
    // Root's partition users must get through.
    await chmod(folder, 0o711);
    const home = new Home(folder, options);
    const { seed: wanted = true, user } = options;
    if (user !== undefined) await chown(folder, user.uid, user.gid);
    const owner = user === undefined ? '' : `${user.uid}:${user.gid}`;
    if (wanted) withSeed('--shared', TAKE, seed, home.data, owner);
    return home;
  }

  get data(): string {
    return path.join(this.folder, 'data');
  }

  /** Decides before the first start what the agent would decide itself. */
  async configure(decided: Readonly<Record<string, unknown>>): Promise<void> {
    const { config, private: folder } = pathsOf(this.data);
    await mkdir(this.data, { recursive: true, mode: 0o711 });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const before = existsSync(config) ? (JSON.parse(await readFile(config, 'utf8')) as object) : {};
    await writeFile(config, JSON.stringify({ ...before, ...decided }), { mode: 0o600 });
  }

  /** The line that runs a program as the user whose home it is. */
  #line(program: string, args: readonly string[]): [program: string, args: readonly string[]] {
    const { user, enter = [] } = this.#options;
    const line = [...enter];
    if (user !== undefined) {
      const { uid, gid } = user;
      line.push('setpriv', '--reuid', String(uid), '--regid', String(gid), '--clear-groups', '--');
    }
    const [first = '', ...rest] = [...line, program, ...args];
    return [first, rest];
  }

  get #command(): string {
    return this.#options.command ?? path.join(root, 'slapgrid');
  }

  /** Runs any program to its end, as the user whose home it is. */
  runProgram(program: string, args: readonly string[], input = ''): Outcome {
    const done = spawnSync(...this.#line(program, args), {
      env: this.environment,
      encoding: 'utf8',
      input,
      cwd: this.folder,
      maxBuffer: 64 << 20,
    });
    return { status: done.status, stdout: done.stdout, stderr: done.stderr };
  }

  /** Runs the command to its end. */
  run(args: readonly string[], input = ''): Outcome {
    return this.runProgram(this.#command, args, input);
  }

  /** The command as a process of its own. */
  spawn(args: readonly string[]): ChildProcess {
    return spawn(...this.#line(this.#command, args), {
      env: this.environment,
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Runs the command while this process goes on: what it asks of this process is answered. */
  async runBeside(args: readonly string[]): Promise<Outcome> {
    const command = this.spawn(args);
    const ended = new Promise<number | null>((resolve) => command.once('close', resolve));
    const words = async (stream: Readable | null): Promise<string> => (stream === null ? '' : textOf(stream));
    const [stdout, stderr] = await Promise.all([words(command.stdout), words(command.stderr)]);
    return { status: await ended, stdout, stderr };
  }

  json(args: readonly string[]): unknown {
    const outcome = this.run([...args, '--json']);
    if (outcome.status !== 0) throw new Error(`${args.join(' ')}: ${outcome.stdout}${outcome.stderr}`);
    return JSON.parse(outcome.stdout);
  }

  /** Starts the agent, or finds it. @returns its pid. */
  start(): number {
    const started = this.json(['start', '--headless', '--detach']) as { agent: { pid: number } };
    return started.agent.pid;
  }

  /** The agent's API, without the cost of a command. */
  async connection(): Promise<ReturnType<typeof connectAgent>> {
    const paths = pathsOf(this.data);
    const token = await readToken(paths.token);
    if (token === null) throw new Error('the agent has no token');
    return connectAgent({ socketPath: socketPath(paths, digestOfHome(this.data), this.environment), token });
  }

  async calls(): Promise<ReturnType<typeof connectAgent>['call']> {
    return (await this.connection()).call;
  }

  /** The state tree, as the page sees it. */
  async state(): Promise<AgentState> {
    return (await this.calls()).state.query();
  }

  /** Follows the changes, and resolves with the first view of an instance that `matches`: nothing is too short to be seen. */
  async sees(name: string, matches: (instance: InstanceView) => boolean): Promise<InstanceView> {
    const enough = new AbortController();
    const connection = await this.connection();
    try {
      for await (const { change } of connection.changes({ signal: enough.signal })) {
        const partitions =
          change.kind === 'snapshot'
            ? change.state.partitions
            : change.kind === 'partition'
              ? [change.partition]
              : [];
        const found = partitions.find(({ instance }) => instance?.name === name)?.instance;
        if (found !== undefined && found !== null && matches(found)) return found;
      }
    } finally {
      enough.abort();
    }
    throw new Error(`“${name}” was never seen so`);
  }

  async partitionOf(name: string): Promise<PartitionView> {
    const found = (await this.state()).partitions.find((partition) => partition.instance?.name === name);
    if (found === undefined) throw new Error(`no instance named ${name}`);
    return found;
  }

  async instance(name: string): Promise<InstanceView> {
    const { instance } = await this.partitionOf(name);
    if (instance === null) throw new Error(`no instance named ${name}`);
    return instance;
  }

  /** Waits until an instance is in `state`. */
  async reaches(name: string, state: InstanceView['state']): Promise<InstanceView> {
    return until(async () => {
      const instance = await this.instance(name);
      return instance.state === state && instance;
    });
  }

  /** Requests and waits; the command's own connection parameters. */
  request(name: string, software: string, ...more: string[]): Record<string, string> {
    const result = this.json(['request', name, software, ...more]) as {
      'connection-parameters': Record<string, string>;
    };
    return result['connection-parameters'];
  }

  async agentPid(): Promise<number> {
    return Number(await readFile(path.join(this.data, 'private', 'agent.lock.pid'), 'utf8'));
  }

  async killAgent(): Promise<void> {
    const pid = await this.agentPid();
    killOne(pid);
    await until(() => !isAlive(pid));
  }

  async agentLog(): Promise<string> {
    return readFile(path.join(this.data, 'private', 'agent.log'), 'utf8').catch(() => '');
  }

  /** Ends everything and leaves nothing; keeps the downloads for the next home. */
  async remove(): Promise<void> {
    this.run(['stop', '--all']);
    if (this.#options.user === undefined) await this.#giveSeed();
    this.run(['uninstall', '--yes']);
    for (const pid of processesUsing(this.folder)) process.kill(pid, 'SIGKILL');
    // Read-only folders only: the files in them are the seed's, too.
    spawnSync('find', [this.folder, '-type', 'd', '-exec', 'chmod', 'u+rwx', '{}', '+']);
    await rm(this.folder, { recursive: true, force: true });
  }

  async #giveSeed(): Promise<void> {
    const software = path.join(this.data, 'software');
    if (!existsSync(software)) return;
    const count = async (folder: string): Promise<number> => (await readdir(folder).catch(() => [])).length;
    if ((await count(path.join(software, 'trees'))) <= (await count(path.join(seed, 'software', 'trees'))))
      return;
    const { identityBase } = JSON.parse(await readFile(pathsOf(this.data).config, 'utf8')) as {
      identityBase: number | null;
    };
    withSeed('--exclusive', GIVE, seed, software, JSON.stringify({ identityBase }));
  }
}

/** The trees of the seed belong to its software user, so a home that takes it has the same ids. apt keeps locks in its folder. */
const TAKE = `
  [ -d "$1/software" ] || exit 0
  mkdir -m 711 "$2"
  if [ -n "$3" ]; then
    cp -a "$1/software" "$2/software"
    chown -hR "$3" "$2"
    exit
  fi
  mkdir -m 700 "$2/private"
  cp -al "$1/software" "$2/software"
  rm -rf "$2/software/apt"
  cp -a "$1/software/apt" "$2/software/apt"
  cp "$1/config.json" "$2/private/config.json"`;
const GIVE = `
  [ ! -e "$1" ] || find "$1" -type d -exec chmod u+rwx {} +
  rm -rf "$1"
  mkdir -m 711 "$1"
  cp -al "$2" "$1/software"
  printf %s "$3" > "$1/config.json"`;

function withSeed(lock: '--shared' | '--exclusive', script: string, ...parameters: string[]): void {
  const done = spawnSync('flock', [lock, `${seed}.lock`, 'sh', '-euc', script, 'sh', ...parameters], {
    encoding: 'utf8',
  });
  if (done.status !== 0) throw new Error(done.stderr);
}

export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/mu.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Processes that work in `folder` or whose command line names it. */
export function processesUsing(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name) && Number(name) !== process.pid)
    .filter((pid) => worksIn(pid, folder) || commandLine(pid).includes(folder))
    .map(Number);
}

function worksIn(pid: string, folder: string): boolean {
  try {
    const place = readlinkSync(`/proc/${pid}/cwd`);
    return place === folder || place.startsWith(`${folder}/`);
  } catch {
    return false;
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Waits for the thing, never for a while. */
export async function until<T>(
  check: () => T | Promise<T>,
  seconds = 60,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const result = await check();
    if (result !== false && result !== null && result !== undefined)
      return result as Exclude<T, false | null | undefined>;
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${String(check)}`);
    await delay(25);
  }
}
