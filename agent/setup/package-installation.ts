/**
 * Installs Debian packages on the system with apt-get: never asks, tells its progress, says what went wrong.
 */
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { SlapgridError } from '../errors.ts';

export type PackageProgress = {
  step: 'updating' | 'downloading' | 'installing';
  /** 0–100; of the step. */
  percent: number;
};

/** Runs one command to its end; `onLine` sees each line of its output. Resolves with its status and its last lines. */
export type RunCommand = (
  argv: readonly [string, ...string[]],
  onLine: (line: string) => void,
) => Promise<{ status: number; lastLines: string[] }>;

const APT_OPTIONS = [
  '-q',
  '-o',
  'Dpkg::Use-Pty=0',
  // Another apt may be at work, as unattended upgrades are.
  '-o',
  'DPkg::Lock::Timeout=120',
  // Lines as `dlstatus:1:42.0:…` between the ordinary ones; sudo closes every other descriptor.
  '-o',
  'APT::Status-Fd=1',
];

/** Whether apt knows any package: without lists it must fetch them first. */
export async function aptListsMissing(folder = '/var/lib/apt/lists'): Promise<boolean> {
  try {
    return !(await readdir(folder)).some((name) => name.includes('_Packages') || name.includes('_InRelease'));
  } catch {
    return true;
  }
}

/** Turns one line of apt's status into progress; undefined for every other line. */
export function parseAptStatus(line: string): PackageProgress | undefined {
  const match = /^(dlstatus|pmstatus):[^:]*:([\d.]+):/.exec(line);
  if (match?.[2] === undefined) return undefined;
  return { step: match[1] === 'dlstatus' ? 'downloading' : 'installing', percent: Number(match[2]) };
}

/**
 * @param options.sudo go through sudo, which may ask for a password on the terminal.
 * @throws SlapgridError `packages-not-found`, `packages-unreachable`, `packages-locked`, `packages-refused` (sudo said no),
 *   else `packages-failed` with apt's own last words.
 */
export async function installPackages(
  packages: readonly string[],
  options: {
    sudo: boolean;
    onProgress(progress: PackageProgress): void;
    listsMissing?: boolean;
    run?: RunCommand;
  },
): Promise<void> {
  const run = options.run ?? runCommand;
  const apt = async (...rest: string[]): Promise<{ status: number; lastLines: string[] }> => {
    const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'LC_ALL=C', 'apt-get', ...APT_OPTIONS, ...rest];
    return run(options.sudo ? ['sudo', ...command] : ['env', ...command.slice(1)], (line) => {
      const progress = parseAptStatus(line);
      if (progress !== undefined) {
        options.onProgress(rest[0] === 'update' ? { step: 'updating', percent: progress.percent } : progress);
      }
    });
  };
  const update = async (): Promise<void> => {
    options.onProgress({ step: 'updating', percent: 0 });
    const { status, lastLines } = await apt('update');
    if (status !== 0) throw failure(packages, lastLines);
  };
  const install = (): ReturnType<typeof apt> =>
    apt('install', '-y', '--no-install-recommends', '--', ...packages);

  const listsMissing = options.listsMissing ?? (await aptListsMissing());
  if (listsMissing) await update();
  let result = await install();
  if (result.status !== 0 && !listsMissing && isStale(result.lastLines)) {
    await update();
    result = await install();
  }
  if (result.status !== 0) throw failure(packages, result.lastLines);
}

/** Lists older than what the mirror has: the package is unknown, or its file is gone. */
function isStale(lines: readonly string[]): boolean {
  return lines.some((line) =>
    /Unable to locate package|has no installation candidate|404 +Not Found/.test(line),
  );
}

const CAUSES: readonly (readonly [string, RegExp])[] = [
  ['packages-locked', /Could not get lock|Unable to acquire the dpkg frontend lock/],
  ['packages-refused', /is not in the sudoers file|incorrect password attempt|a password is required/],
  [
    'packages-unreachable',
    /Temporary failure resolving|Could not connect|Unable to connect|Could not resolve|timed out|Network is unreachable|Failed to fetch/,
  ],
  ['packages-not-found', /Unable to locate package|has no installation candidate/],
];

function failure(packages: readonly string[], lines: readonly string[]): SlapgridError {
  const names = packages.join(', ');
  for (const [code, pattern] of CAUSES) {
    if (lines.some((line) => pattern.test(line))) return new SlapgridError(code, { packages: names });
  }
  const said = lines.findLast((line) => line.startsWith('E: ')) ?? lines.at(-1) ?? '';
  return new SlapgridError('packages-failed', { packages: names, detail: said.replace(/^E: /, '') });
}

const LAST_LINES = 50;

async function runCommand(
  argv: readonly [string, ...string[]],
  onLine: (line: string) => void,
): Promise<{ status: number; lastLines: string[] }> {
  const lastLines: string[] = [];
  // sudo reads the password from the terminal itself (/dev/tty), and keeps its words there too.
  const child = spawn(argv[0], argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], env: process.env });
  const follow = async (stream: NodeJS.ReadableStream): Promise<void> => {
    for await (const line of createInterface({ input: stream })) {
      onLine(line);
      lastLines.push(line);
      if (lastLines.length > LAST_LINES) lastLines.shift();
    }
  };
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? 1));
  });
  const [status] = await Promise.all([ended, follow(child.stdout), follow(child.stderr)]);
  return { status, lastLines };
}
