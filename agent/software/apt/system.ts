/**
 * Whether packages can be installed from archives on this system, and which archives are its own (os-release(5)).
 */
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { SlapgridError, systemErrorCode } from '../../errors.ts';

/** The two whose archives are trusted. A system built on one of them uses the one it is built on. */
export type Distribution = 'debian' | 'ubuntu';

export type System = {
  distribution: Distribution;
  /** Code name of the release, as the archive calls it: `bookworm`. */
  release: string;
  /** The only keys that may sign: the distribution's own, wherever the package of keys put them. */
  keyring: string;
};

export type SystemFiles = {
  /** Default: `/etc/os-release`, else `/usr/lib/os-release`. */
  osRelease?: string | undefined;
  /** Default: where the distribution's own package of keys puts them. */
  keyrings?: Partial<Record<Distribution, string>> | undefined;
};

/** Without any of these nothing can be fetched or unpacked; all are there on every Debian and Ubuntu. */
const PROGRAMS = ['setpriv', 'apt-get', 'apt-cache', 'apt-config', 'dpkg', 'dpkg-deb', 'tar', 'find'];

const PROGRAM_FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];

/** apt's own fetcher as a program (package `apt`). */
export const APT_HELPER = '/usr/lib/apt/apt-helper';

const KEYRINGS: Record<Distribution, string> = {
  debian: '/usr/share/keyrings/debian-archive-keyring.gpg',
  ubuntu: '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
};

/** @throws SlapgridError `unsupported-system` naming what is missing. */
export async function readSystem(files: SystemFiles = {}): Promise<System> {
  const own = parseRelease(await readRelease(files.osRelease));
  if (own === undefined) throw new SlapgridError('unsupported-system', { missing: 'debian' });
  for (const program of PROGRAMS) {
    const places = PROGRAM_FOLDERS.map((folder) => path.join(folder, program));
    if (!(await anyOf(places, constants.X_OK)))
      throw new SlapgridError('unsupported-system', { missing: program });
  }
  if (!(await anyOf([APT_HELPER], constants.X_OK)))
    throw new SlapgridError('unsupported-system', { missing: 'apt-helper' });
  const keyring = files.keyrings?.[own.distribution] ?? KEYRINGS[own.distribution];
  if (!(await anyOf([keyring], constants.R_OK)))
    throw new SlapgridError('unsupported-system', { missing: keyring });
  return { ...own, keyring };
}

/** The distribution and release of an os-release file's text; undefined for a system of another kind. */
export function parseRelease(text: string): Pick<System, 'distribution' | 'release'> | undefined {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Z_]+)=(.*)$/.exec(line.trim());
    if (match?.[1] !== undefined && match[2] !== undefined)
      fields.set(match[1], match[2].replace(/^(["'])(.*)\1$/, '$2'));
  }
  const named = (distribution: Distribution, field: string): Pick<System, 'distribution' | 'release'>[] => {
    const release = fields.get(field) ?? '';
    return /^[a-z]+$/.test(release) ? [{ distribution, release }] : [];
  };
  const id = fields.get('ID');
  if (id === 'debian') return named('debian', 'VERSION_CODENAME')[0];
  if (id === 'ubuntu') return named('ubuntu', 'VERSION_CODENAME')[0];
  // Linux Mint and its kind name the release of the distribution whose archives they use.
  return [...named('ubuntu', 'UBUNTU_CODENAME'), ...named('debian', 'DEBIAN_CODENAME')][0];
}

async function readRelease(file: string | undefined): Promise<string> {
  for (const candidate of file === undefined ? ['/etc/os-release', '/usr/lib/os-release'] : [file]) {
    try {
      return await readFile(candidate, 'utf8');
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
    }
  }
  return '';
}

async function anyOf(files: readonly string[], mode: number): Promise<boolean> {
  for (const file of files) {
    try {
      await access(file, mode);
      return true;
    } catch {
      // Not this one.
    }
  }
  return false;
}
