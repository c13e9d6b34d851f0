/**
 * The host's programs a sandbox is made with. They are looked for in the system's own folders only: a program that a
 * payload's user could replace must never be what confines the payload, and `PATH` may name such folders.
 */
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { SlapgridError } from '../errors.ts';

export type HostProgram =
  | 'bubblewrap'
  | 'nsenter'
  | 'setpriv'
  | 'bash'
  | 'socketProxy'
  | 'socketActivate'
  | 'ip'
  | 'unshare'
  | 'pasta'
  | 'tc'
  | 'chattr'
  | 'setquota';

export type HostPrograms = {
  /** @throws SlapgridError `sandbox-unavailable` when it is not installed. */
  require(program: HostProgram): string;
  find(program: HostProgram): string | null;
  bubblewrapVersion(): BubblewrapVersion;
};

export type BubblewrapVersion = {
  /** As the program says it: `0.8.0`. */
  text: string;
  /** `--perms` and `--clearenv`, without which a partition's view cannot be made (0.5). */
  sufficient: boolean;
  /** `--size` of a tmpfs (0.7). */
  limitsTmpfs: boolean;
  /** `--disable-userns` (0.8). */
  disablesUserNamespaces: boolean;
};

/** Absolute paths that replace what would be found; null says that the program is not there. */
export type ProgramPaths = Readonly<Partial<Record<HostProgram, string | null>>>;

const COMMAND_FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/run/current-system/sw/bin'];
const SYSTEMD_FOLDERS = ['/usr/lib/systemd', '/lib/systemd', '/run/current-system/sw/lib/systemd'];

const places: Readonly<Record<HostProgram, { file: string; folders: readonly string[] }>> = {
  bubblewrap: { file: 'bwrap', folders: COMMAND_FOLDERS },
  chattr: { file: 'chattr', folders: COMMAND_FOLDERS },
  ip: { file: 'ip', folders: COMMAND_FOLDERS },
  nsenter: { file: 'nsenter', folders: COMMAND_FOLDERS },
  pasta: { file: 'pasta', folders: COMMAND_FOLDERS },
  setpriv: { file: 'setpriv', folders: COMMAND_FOLDERS },
  setquota: { file: 'setquota', folders: COMMAND_FOLDERS },
  tc: { file: 'tc', folders: COMMAND_FOLDERS },
  unshare: { file: 'unshare', folders: COMMAND_FOLDERS },
  bash: { file: 'bash', folders: COMMAND_FOLDERS },
  socketActivate: { file: 'systemd-socket-activate', folders: COMMAND_FOLDERS },
  socketProxy: { file: 'systemd-socket-proxyd', folders: SYSTEMD_FOLDERS },
};

/** What is found is remembered; what is missing is looked for again, so that installing it needs no restart. */
export function hostPrograms(given: ProgramPaths = {}): HostPrograms {
  const found = new Map<HostProgram, string>();
  const versions = new Map<string, BubblewrapVersion>();

  const find = (program: HostProgram): string | null => {
    const chosen = given[program];
    if (chosen !== undefined) return chosen !== null && isExecutable(chosen) ? chosen : null;
    const known = found.get(program);
    if (known !== undefined) return known;
    const { file, folders } = places[program];
    const place = folders.map((folder) => path.join(folder, file)).find(isExecutable);
    if (place !== undefined) found.set(program, place);
    return place ?? null;
  };

  const require = (program: HostProgram): string => {
    const place = find(program);
    if (place === null) throw new SlapgridError('sandbox-unavailable', { program: places[program].file });
    return place;
  };

  const bubblewrapVersion = (): BubblewrapVersion => {
    const program = require('bubblewrap');
    const known = versions.get(program);
    if (known !== undefined) return known;
    const version = parseVersion(execFileSync(program, ['--version'], { encoding: 'utf8', env: {} }));
    versions.set(program, version);
    return version;
  };

  return { find, require, bubblewrapVersion };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function parseVersion(output: string): BubblewrapVersion {
  const match = /(\d+)\.(\d+)(?:\.\d+)*/.exec(output);
  const release = match === null ? 0 : Number(match[1]) * 1000 + Number(match[2]);
  return {
    text: match?.[0] ?? output.trim(),
    sufficient: release >= 5,
    limitsTmpfs: release >= 7,
    disablesUserNamespaces: release >= 8,
  };
}
