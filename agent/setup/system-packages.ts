/**
 * The programs of the system that the agent runs, the packages they come in, and what to do about those that are missing.
 * Deciding is pure; doing is in `package-installation.ts`.
 */
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import type { Family } from './distribution.ts';

type Requirement = {
  /** Found in any of the program folders. */
  program: string;
  packages: Readonly<Record<Family, string>>;
};

const same = (name: string): Requirement['packages'] => ({
  debian: name,
  fedora: name,
  arch: name,
  suse: name,
  other: name,
});

export const REQUIREMENTS: readonly Requirement[] = [
  { program: 'bwrap', packages: same('bubblewrap') },
  { program: 'bash', packages: same('bash') },
  { program: 'systemd-socket-proxyd', packages: same('systemd') },
  { program: 'nsenter', packages: same('util-linux') },
  { program: 'setpriv', packages: same('util-linux') },
  { program: 'flock', packages: same('util-linux') },
  { program: 'apt-get', packages: same('apt') },
  { program: 'dpkg-deb', packages: same('dpkg') },
  { program: 'tar', packages: same('tar') },
];

/** Where systems keep programs that are not for everybody's PATH, beside the PATH itself. */
const SYSTEM_FOLDERS = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
  '/usr/lib/systemd',
  '/lib/systemd',
];

/** Whether there is a file that we may run. */
export async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The absolute path of a system program, or undefined. */
export async function findProgram(
  program: string,
  searchPath: string = process.env['PATH'] ?? '',
): Promise<string | undefined> {
  const folders = new Set([
    ...searchPath.split(path.delimiter).filter((folder) => path.isAbsolute(folder)),
    ...SYSTEM_FOLDERS,
  ]);
  for (const folder of folders) {
    const file = path.join(folder, program);
    if (await isProgram(file)) return file;
  }
  return undefined;
}

/** The required programs this computer lacks. */
export async function missingPrograms(
  find: (program: string) => Promise<string | undefined> = findProgram,
): Promise<string[]> {
  const found = await Promise.all(REQUIREMENTS.map(({ program }) => find(program)));
  return REQUIREMENTS.filter((_, index) => found[index] === undefined).map(({ program }) => program);
}

/** The packages that hold `programs`, each once, in the order of the requirements. */
export function packagesOf(programs: readonly string[], family: Family): string[] {
  const names = REQUIREMENTS.filter(({ program }) => programs.includes(program)).map(
    ({ packages }) => packages[family],
  );
  return [...new Set(names)];
}

export type Situation = {
  missing: readonly string[];
  family: Family;
  root: boolean;
  /** `sudo` is here. */
  sudo: boolean;
  /** A person can answer. */
  terminal: boolean;
  /** apt has never fetched its lists, so that it knows no package. */
  listsMissing: boolean;
};

export type Decision =
  | { kind: 'ready' }
  /** Root: install without asking. */
  | { kind: 'install'; packages: string[] }
  /** Ask, then install through sudo. */
  | { kind: 'ask'; packages: string[]; command: string }
  /** Say the one command and leave. */
  | { kind: 'tell'; packages: string[]; command: string }
  /** A system whose package manager we do not know: name them and leave. */
  | { kind: 'name'; packages: string[] };

/** What to do about missing system packages. */
export function decide(situation: Situation): Decision {
  const { missing, family, root, sudo, terminal } = situation;
  if (missing.length === 0) return { kind: 'ready' };
  const packages = packagesOf(missing, family);
  const command = commandFor(packages, situation);
  if (command === undefined) return { kind: 'name', packages };
  if (family === 'debian' && root) return { kind: 'install', packages };
  if (family === 'debian' && sudo && terminal) return { kind: 'ask', packages, command };
  return { kind: 'tell', packages, command };
}

/** One line to paste, or undefined where we do not know the package manager. */
function commandFor(packages: readonly string[], situation: Situation): string | undefined {
  const names = packages.join(' ');
  const install: Readonly<Record<Family, string | undefined>> = {
    debian: `apt-get install -y --no-install-recommends ${names}`,
    fedora: `dnf install -y ${names}`,
    arch: `pacman -S --needed ${names}`,
    suse: `zypper install -y ${names}`,
    other: undefined,
  };
  const line = install[situation.family];
  if (line === undefined) return undefined;
  const whole = situation.family === 'debian' && situation.listsMissing ? `apt-get update && ${line}` : line;
  if (situation.root) return whole;
  // Without sudo the way to root is su, which asks for root's own password.
  if (!situation.sudo) return `su -c '${whole}'`;
  return whole === line ? `sudo ${line}` : `sudo sh -c '${whole}'`;
}
