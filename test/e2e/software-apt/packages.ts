/** Debian packages made by hand (deb(5)): small, and as hostile as a test wants them. */
import { createHash } from 'node:crypto';
import {
  formatTarHeader,
  TAR_BLOCK,
  tarPadding,
  type TarHeader,
} from '../../../agent/software/trees/tar-format.ts';

export type Entry = Partial<TarHeader> & { name: string; content?: string };

export type TestPackage = {
  name: string;
  version?: string;
  architecture?: string;
  /** Lines of the control file, as `Depends: x`. */
  fields?: readonly string[];
  /** What the package says it takes when unpacked. */
  installedKibibytes?: number;
  entries: readonly Entry[];
};

export type BuiltPackage = {
  name: string;
  file: string;
  content: Buffer;
  sha256: string;
  /** Its paragraph in `Packages`, without where it is. */
  control: string;
};

export const folder = (name: string): Entry => ({ name, type: '5', mode: 0o755 });
export const file = (name: string, content: string, mode = 0o644): Entry => ({ name, content, mode });
export const link = (name: string, target: string): Entry => ({ name, type: '2', target, mode: 0o777 });
export const hardLink = (name: string, target: string): Entry => ({ name, type: '1', target });

/** Debian's name of this machine. */
export const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'amd64';

export function buildPackage(spec: TestPackage): BuiltPackage {
  const { name, version = '1.0', architecture = ARCHITECTURE, fields = [], installedKibibytes = 16 } = spec;
  const control = [
    `Package: ${name}`,
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    'Maintainer: test <test@example.invalid>',
    `Installed-Size: ${installedKibibytes}`,
    ...fields,
    'Description: made by a test',
    '',
  ].join('\n');
  const content = ar([
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar', tar([file('./control', control)])],
    ['data.tar', tar(spec.entries)],
  ]);
  return {
    name,
    file: `${name}_${version.replaceAll(':', '%3a')}_${architecture}.deb`,
    content,
    sha256: createHash('sha256').update(content).digest('hex'),
    control,
  };
}

/** A tar archive exactly as told, sensible or not. */
export function tar(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap(({ content = '', ...header }) => {
    const bytes = Buffer.from(content);
    return [
      formatTarHeader({
        mode: 0o644,
        size: bytes.length,
        modified: 1_700_000_000,
        type: '0',
        target: '',
        ...header,
      }),
      bytes,
      Buffer.alloc(tarPadding(bytes.length)),
    ];
  });
  // Two blocks of zeros end an archive.
  return Buffer.concat([...parts, Buffer.alloc(2 * TAR_BLOCK)]);
}

function ar(members: readonly (readonly [string, Buffer])[]): Buffer {
  const parts = members.flatMap(([name, content]) => [
    Buffer.from(
      `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(content.length).padEnd(10)}\`\n`,
    ),
    content,
    Buffer.alloc(content.length % 2, '\n'),
  ]);
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}
