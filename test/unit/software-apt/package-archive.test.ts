import { describe, expect, test } from 'vitest';
import { filterArchive, RefusedArchive } from '../../../agent/software/apt/package-archive.ts';
import {
  formatTarHeader,
  parseTarHeader,
  TAR_BLOCK,
  tarPadding,
  type TarHeader,
} from '../../../agent/software/trees/tar-format.ts';
import type { TreeEntry } from '../../../agent/software/trees/tree-plan.ts';
import { file, folder, hardLink, link, tar, type Entry } from '../../e2e/software-apt/packages.ts';

/** Passes an archive through, in pieces of `size` bytes. */
async function filtered(
  archive: Buffer,
  size = archive.length,
): Promise<{ headers: TarHeader[]; entries: TreeEntry[] }> {
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < archive.length; at += size) yield archive.subarray(at, at + size);
  }
  const entries: TreeEntry[] = [];
  const parts: Buffer[] = [];
  for await (const part of filterArchive(pieces(), entries)) parts.push(part);
  return { headers: headersOf(Buffer.concat(parts)), entries };
}

function headersOf(archive: Buffer): TarHeader[] {
  const headers: TarHeader[] = [];
  for (let at = 0; at < archive.length;) {
    const header = parseTarHeader(archive.subarray(at, at + TAR_BLOCK));
    if (header === undefined) break;
    headers.push(header);
    at += TAR_BLOCK + header.size + tarPadding(header.size);
  }
  return headers;
}

const refusal = async (...entries: Entry[]): Promise<string> =>
  filtered(tar([folder('./'), folder('./usr/'), ...entries])).then(
    () => 'none',
    (error: unknown) => (error instanceof RefusedArchive ? error.reason : String(error)),
  );

describe('what passes', () => {
  test('is the same in whatever pieces it comes', async () => {
    const archive = tar([
      folder('./'),
      folder('./usr/'),
      file('./usr/a', 'a'.repeat(700)),
      link('./usr/b', 'a'),
    ]);
    expect(await filtered(archive, 7)).toEqual(await filtered(archive));
  });

  test('becomes read-only, and loses setuid, setgid and sticky bits', async () => {
    const { headers } = await filtered(
      tar([
        folder('./usr/'),
        file('./usr/a', '', 0o6755),
        file('./usr/b', '', 0o666),
        { ...folder('./usr/c/'), mode: 0o1777 },
      ]),
    );
    expect(headers.map(({ name, mode }) => [name, mode])).toEqual([
      ['usr', 0o555],
      ['usr/a', 0o555],
      ['usr/b', 0o444],
      ['usr/c', 0o555],
    ]);
  });

  test('is moved below usr, and usrmerge’s own links are nothing new', async () => {
    const { entries } = await filtered(
      tar([
        folder('./'),
        link('./lib', 'usr/lib'),
        link('./bin', '/usr/bin'),
        folder('./sbin/'),
        file('./sbin/x', ''),
      ]),
    );
    expect(entries).toEqual([
      { kind: 'folder', path: 'usr' },
      { kind: 'folder', path: 'usr/sbin' },
      { kind: 'file', path: 'usr/sbin/x', bytes: 0 },
    ]);
  });

  test('has its folders, named by the package or not', async () => {
    const { entries } = await filtered(tar([file('./opt/a/b', 'x')]));
    expect(entries.map((entry) => entry.path)).toEqual(['opt', 'opt/a', 'opt/a/b']);
  });

  test('keeps long names, and names that are no UTF-8', async () => {
    const long = `usr/${'x'.repeat(150)}`;
    const bytes = Buffer.from([0x75, 0x73, 0x72, 0x2f, 0xe9, 0xff]).toString('latin1');
    const { entries } = await filtered(
      tar([folder('./usr/'), file(`./${long}`, 'x'), file(`./${bytes}`, 'y'), link('./usr/l', `/${long}`)]),
    );
    expect(entries).toEqual([
      { kind: 'folder', path: 'usr' },
      { kind: 'file', path: long, bytes: 1 },
      { kind: 'file', path: bytes, bytes: 1 },
      { kind: 'link', path: 'usr/l', target: `/${long}` },
    ]);
  });

  test('has hard links among its own files only', async () => {
    const { headers } = await filtered(
      tar([folder('./bin/'), file('./bin/a', 'x'), hardLink('./bin/b', './bin/a')]),
    );
    expect(headers.at(-1)).toMatchObject({ name: 'usr/bin/b', type: '1', target: 'usr/bin/a' });
  });

  test('is without devices, FIFOs, documentation and translations', async () => {
    const { entries } = await filtered(
      tar([
        folder('./usr/'),
        { name: './usr/device', type: '4' },
        { name: './usr/pipe', type: '6' },
        folder('./usr/share/'),
        file('./usr/share/doc/x', 'x'.repeat(2000)),
        file('./usr/share/locale/x', 'x'),
        file('./usr/share/documents', 'stays'),
      ]),
    );
    expect(entries.map((entry) => entry.path)).toEqual(['usr', 'usr/share', 'usr/share/documents']);
  });
});

describe('what is refused', () => {
  test.each<[string, string, Entry[]]>([
    ['an absolute name', 'path', [file('/etc/passwd', 'x')]],
    ['a name that climbs', 'path', [file('./usr/../../x', 'x')]],
    ['a control character', 'path', [file('./usr/a\u001b[2J', 'x')]],
    ['a file at the top', 'path', [file('./x', 'x')]],
    ['a link at the top', 'path', [link('./etc', '/root')]],
    ['something below a link', 'link', [link('./usr/l', '..'), file('./usr/l/x', 'x')]],
    ['something below a file', 'link', [file('./usr/l', 'x'), file('./usr/l/x', 'x')]],
    ['a second entry of one name', 'link', [file('./usr/l', 'x'), file('./usr/l', 'y')]],
    ['a hard link to what is not there', 'hardlink', [hardLink('./usr/l', './usr/missing')]],
    [
      'a hard link to what stays behind',
      'hardlink',
      [file('./usr/share/doc/x', 'x'), hardLink('./usr/l', './usr/share/doc/x')],
    ],
    ['an entry of an unknown kind', 'damaged', [{ name: './usr/x', type: 'S' }]],
    ['a folder with content', 'damaged', [{ ...folder('./usr/x/'), content: 'x' }]],
  ])('%s', async (_, reason, entries) => {
    expect(await refusal(...entries)).toBe(reason);
  });

  test('an archive that is cut, or whose header is changed', async () => {
    const archive = tar([folder('./usr/'), file('./usr/a', 'a'.repeat(700))]);
    const cut = await filtered(archive.subarray(0, TAR_BLOCK * 3)).catch((error: unknown) => error);
    expect(cut).toMatchObject({ reason: 'damaged' });
    const changed = Buffer.from(archive);
    changed.write('./usr/b', TAR_BLOCK);
    expect(await filtered(changed).catch((error: unknown) => error)).toMatchObject({ reason: 'damaged' });
  });
});

test('a header is read as it was written', () => {
  const header: TarHeader = {
    name: 'usr/bin/x',
    mode: 0o755,
    size: 12,
    modified: 1_700_000_000,
    type: '0',
    target: '',
  };
  expect(parseTarHeader(formatTarHeader(header))).toEqual(header);
});
