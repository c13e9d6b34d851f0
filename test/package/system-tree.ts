/**
 * A clean system of its own below a folder: Debian's packages from where this computer has them from, and nothing else. What runs in
 * it sees that file system and its own processes only; all of them end with it. Root's.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdtemp, readFile, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CLAIMS_FOLDER } from '../../agent/node/addresses.ts';
import { reachLines, readHostSources } from '../../agent/software/apt/host-configuration.ts';
import { ownSources } from '../../agent/software/apt/sources.ts';
import { parseRelease } from '../../agent/software/apt/system.ts';
import { descendantsOf } from '../e2e/agent/processes.ts';

export type Outcome = { status: number | null; stdout: string; stderr: string };

/** As the system itself sees it. */
export type TreeProcess = {
  pid: number;
  /** In ticks after the computer was started: a number can be had by another process later. */
  startedAt: string;
  program: string;
  command: string;
};

/**
 * Makes `$1` the root of everything that runs below it. A root that was only changed would let nobody make user namespaces
 * (user_namespaces(7)). Addresses are those of the whole computer, and so are the claims on them.
 */
const ENTER = `
  mount --bind "$1" "$1"
  cd "$1"
  mount -t proc proc proc
  mount --rbind /dev dev
  mkdir -p "$2" ".$2"
  chmod 1777 "$2"
  mount --bind "$2" ".$2"
  mkdir -p .outside
  pivot_root . .outside
  umount -l /.outside
  rmdir /.outside
  echo ready
  exec sleep infinity`;

export class SystemTree {
  readonly folder: string;
  readonly #keeper: ChildProcess;

  private constructor(folder: string, keeper: ChildProcess) {
    this.folder = folder;
    this.#keeper = keeper;
  }

  /** @param packages besides the smallest system that has apt. */
  static async make(packages: readonly string[]): Promise<SystemTree> {
    const parent = await mkdtemp(path.join(tmpdir(), 'slapgrid-system-'));
    await chmod(parent, 0o755);
    const folder = path.join(parent, 'root');
    await install(folder, packages);
    const script = ['sh', '-euc', ENTER, 'sh', folder, CLAIMS_FOLDER];
    const keeper = spawn(
      'unshare',
      ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', ...script],
      { cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(keeper.stdout, 'data');
    return new SystemTree(folder, keeper);
  }

  /** Runs a program as root, or as somebody of the system. */
  run(command: readonly string[], user = 'root'): Outcome {
    const options = { env: environmentOf(user), encoding: 'utf8', maxBuffer: 64 << 20 } as const;
    const { status, stdout, stderr } = spawnSync('nsenter', this.#line(command, user), options);
    return { status, stdout, stderr };
  }

  /** The program as a process of its own. */
  start(command: readonly string[], user: string): ChildProcess {
    return spawn('nsenter', this.#line(command, user), {
      env: environmentOf(user),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }

  /** Its processes, but the one that keeps it and those that merely wait to be reaped. */
  async processes(): Promise<TreeProcess[]> {
    const table = `/proc/${this.#inside}/root/proc`;
    const pids = (await readdir(table)).filter((name) => /^\d+$/u.test(name) && name !== '1');
    const all = await Promise.all(pids.map((pid) => readProcess(path.join(table, pid), Number(pid))));
    return all.filter((each) => each !== null);
  }

  /** The first one below is in the namespaces. */
  get #inside(): number {
    const [inside] = descendantsOf(this.#keeper.pid ?? 0);
    if (inside === undefined) throw new Error('the system has ended');
    return inside;
  }

  #line(command: readonly string[], user: string): string[] {
    const enter = ['--target', String(this.#inside), '--mount', '--pid', '--root', '--wdns=/', '--'];
    const become =
      user === 'root' ? [] : ['setpriv', '--reuid', user, '--regid', user, '--init-groups', '--'];
    return [...enter, ...become, ...command];
  }

  /** @returns what it prints. @throws Error when it fails. */
  done(command: readonly string[], user?: string): string {
    const { status, stdout, stderr } = this.run(command, user);
    if (status !== 0) throw new Error(`${command.join(' ')}: ${status}\n${stdout}${stderr}`);
    return stdout;
  }

  /** A file of the system, as it is seen from here. */
  outside(file: string): string {
    return path.join(this.folder, file);
  }

  async remove(): Promise<void> {
    const ended = once(this.#keeper, 'close');
    this.#keeper.kill('SIGKILL');
    await ended;
    await rm(path.dirname(this.folder), { recursive: true });
  }
}

function environmentOf(user: string): NodeJS.ProcessEnv {
  const home = user === 'root' ? '/root' : `/home/${user}`;
  return { HOME: home, USER: user, PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };
}

async function readProcess(folder: string, pid: number): Promise<TreeProcess | null> {
  try {
    const stat = await readFile(path.join(folder, 'stat'), 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return null;
    return {
      pid,
      startedAt: fields[19] ?? '',
      program: await readlink(path.join(folder, 'exe')),
      command: (await readFile(path.join(folder, 'cmdline'), 'utf8')).replaceAll('\0', ' ').trim(),
    };
  } catch {
    // It ended while it was looked at.
    return null;
  }
}

/** @throws Error with what mmdebstrap says. */
async function install(folder: string, packages: readonly string[]): Promise<void> {
  const system = parseRelease(await readFile('/etc/os-release', 'utf8'));
  if (system === undefined) throw new Error('a clean system is made of Debian packages');
  const architecture = output('dpkg', '--print-architecture').trim();
  const { sources } = ownSources(await readHostSources('/etc/apt'), system, architecture);
  const lines = sources.map(({ uri, suite, components }) => `deb ${uri} ${suite} ${components.join(' ')}\n`);
  const reach = reachLines(output('apt-config', 'dump', '--format', '%F %v%n', 'Acquire'));
  const options = [
    ...reach.map((line) => `--aptopt=${line}`),
    '--dpkgopt=force-unsafe-io',
    // What archives have is asked later.
    '--skip=cleanup/apt/lists',
    `--include=${packages.join(',')}`,
  ];
  const made = spawnSync(
    'mmdebstrap',
    ['--quiet', '--mode=root', '--variant=minbase', ...options, system.release, folder, '-'],
    { input: lines.join(''), encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(made.stderr);
  await copyFile('/etc/resolv.conf', path.join(folder, 'etc/resolv.conf'));
}

function output(program: string, ...args: string[]): string {
  return spawnSync(program, args, { encoding: 'utf8' }).stdout;
}
