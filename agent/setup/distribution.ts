/**
 * Which system this is, as far as installing packages goes (os-release(5)).
 */
import { readFile } from 'node:fs/promises';

/** Systems whose package manager we know how to speak of. Only `debian` is one we install on ourselves. */
export type Family = 'debian' | 'fedora' | 'arch' | 'suse' | 'other';

export type Distribution = {
  family: Family;
  /** As the system calls itself, for sentences: `Debian GNU/Linux 12 (bookworm)`. */
  title: string;
};

const FAMILIES: readonly (readonly [Family, readonly string[]])[] = [
  ['debian', ['debian', 'ubuntu']],
  ['fedora', ['fedora', 'rhel', 'centos']],
  ['arch', ['arch']],
  ['suse', ['suse', 'opensuse']],
];

/** Reads the text of an `os-release` file. What it does not know is `other`. */
export function parseDistribution(osRelease: string): Distribution {
  const fields = new Map<string, string>();
  for (const line of osRelease.split('\n')) {
    const match = /^([A-Z_]+)=(.*)$/.exec(line.trim());
    if (match?.[1] === undefined || match[2] === undefined) continue;
    fields.set(match[1], match[2].replace(/^(["'])(.*)\1$/, '$2'));
  }
  const ids = `${fields.get('ID') ?? ''} ${fields.get('ID_LIKE') ?? ''}`.split(/\s+/);
  const family = FAMILIES.find(([, names]) => names.some((name) => ids.includes(name)))?.[0] ?? 'other';
  return { family, title: fields.get('PRETTY_NAME') ?? fields.get('ID') ?? 'Linux' };
}

/** The running system. */
export async function readDistribution(): Promise<Distribution> {
  for (const file of ['/etc/os-release', '/usr/lib/os-release']) {
    try {
      return parseDistribution(await readFile(file, 'utf8'));
    } catch {
      // os-release(5): the second place counts when the first is not there.
    }
  }
  return parseDistribution('');
}
