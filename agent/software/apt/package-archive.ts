/**
 * What a Debian package may put into a tree. Its archive passes through here on the way from `dpkg-deb` to `tar`: names are
 * checked and moved to the merged-usr layout, documentation, devices, and the setuid and setgid bits stay behind, and every
 * mode becomes read-only. A package that tries to write elsewhere is refused before `tar` sees the entry.
 */
import { mergedPlace, parentsOf, placeOf } from '../trees/paths.ts';
import {
  formatTarHeader,
  parseTarHeader,
  TAR_BLOCK,
  TAR_TYPE,
  TarFormatError,
  tarPadding,
  type TarHeader,
} from '../trees/tar-format.ts';
import type { TreeEntry } from '../trees/tree-plan.ts';

/** Why a package is refused; the sentence is chosen by it. */
export type Refusal = 'path' | 'link' | 'hardlink' | 'damaged';

/** A package that does not hold what an honest one holds. */
export class RefusedArchive extends Error {
  readonly reason: Refusal;
  /** The entry's name as the package has it. */
  readonly entry: string;

  constructor(reason: Refusal, entry: string, options?: { cause?: unknown }) {
    super(`${reason}: ${entry}`, options);
    this.reason = reason;
    this.entry = entry;
  }
}

/** Read by people and by translation only; a third of many packages. */
const LEFT_OUT = [
  'usr/share/doc',
  'usr/share/doc-base',
  'usr/share/man',
  'usr/share/info',
  'usr/share/locale',
  'usr/share/lintian',
  'usr/share/bug',
  'dev',
];

const FOLDER_MODE = 0o555;
const FILE_MODE = 0o444;
const PROGRAM_MODE = 0o555;

/** A name is a few hundred bytes; this only bounds what a broken archive makes us hold. */
const LONGEST_NAME = 4096;

/**
 * The archive as it may be unpacked. It ends with the stream: after an end mark `tar` would not wait for the programs before it.
 * @param source output of `dpkg-deb --fsys-tarfile`.
 * @param entries receives what is passed on, in order; parents come before what they hold.
 * @throws RefusedArchive
 */
export async function* filterArchive(
  source: AsyncIterable<Buffer>,
  entries: TreeEntry[],
): AsyncGenerator<Buffer> {
  const blocks = new BlockReader(source);
  const filter = new EntryFilter(entries);
  for await (const header of headers(blocks)) {
    const passed = filter.pass(header);
    for (const made of passed.headers) yield formatTarHeader(made);
    let left = header.size + tarPadding(header.size);
    while (left > 0) {
      const chunk = await blocks.some(left);
      left -= chunk.length;
      if (passed.content) yield chunk;
    }
  }
  await blocks.drain();
}

/** Entries with GNU's long names put together. */
async function* headers(blocks: BlockReader): AsyncGenerator<TarHeader> {
  let longName: string | undefined;
  let longTarget: string | undefined;
  for (;;) {
    const header = readHeader(await blocks.exactly(TAR_BLOCK));
    if (header === undefined) return;
    if (header.type === TAR_TYPE.longName || header.type === TAR_TYPE.longTarget) {
      if (header.size > LONGEST_NAME) throw new RefusedArchive('damaged', header.name);
      const content = await blocks.exactly(header.size + tarPadding(header.size));
      const text = content.toString('latin1', 0, header.size).replace(/\0+$/, '');
      if (header.type === TAR_TYPE.longName) longName = text;
      else longTarget = text;
      continue;
    }
    yield { ...header, name: longName ?? header.name, target: longTarget ?? header.target };
    longName = undefined;
    longTarget = undefined;
  }
}

function readHeader(block: Buffer): TarHeader | undefined {
  try {
    return parseTarHeader(block);
  } catch (error) {
    if (error instanceof TarFormatError) throw new RefusedArchive('damaged', '', { cause: error });
    throw error;
  }
}

type Passed = { headers: TarHeader[]; content: boolean };

const NOTHING: Passed = { headers: [], content: false };

/** Decides on one entry after the other, knowing those before. */
class EntryFilter {
  readonly #entries: TreeEntry[];
  readonly #kinds = new Map<string, TreeEntry['kind']>();

  constructor(entries: TreeEntry[]) {
    this.#entries = entries;
  }

  pass(header: TarHeader): Passed {
    // Of another kind than a file, a header that announces content would shift everything behind it.
    if (header.type !== TAR_TYPE.file && header.size !== 0) throw new RefusedArchive('damaged', header.name);
    if (isMergedLink(header)) return NOTHING;
    const place = placeOf(header.name);
    if (place === undefined) throw new RefusedArchive('path', header.name);
    if (place === '' || LEFT_OUT.some((out) => place === out || place.startsWith(`${out}/`))) return NOTHING;
    switch (header.type) {
      case TAR_TYPE.folder:
        return { headers: this.#folders(header, [...parentsOf(place), place]), content: false };
      case TAR_TYPE.file:
        return this.#leaf(header, place, {
          made: { size: header.size, target: '', mode: modeOfFile(header) },
          entry: { kind: 'file', path: place, bytes: header.size },
        });
      case TAR_TYPE.hardLink: {
        const target = placeOf(header.target);
        if (target === undefined || this.#kinds.get(target) !== 'file')
          throw new RefusedArchive('hardlink', header.name);
        return this.#leaf(header, place, {
          made: { size: 0, target, mode: modeOfFile(header) },
          entry: { kind: 'file', path: place, bytes: 0 },
        });
      }
      case TAR_TYPE.symbolicLink:
        return this.#leaf(header, place, {
          made: { size: 0, target: header.target, mode: 0o777 },
          entry: { kind: 'link', path: place, target: header.target },
        });
      case '3':
      case '4':
      case '6':
        // Devices and FIFOs: nothing in a sandbox may have one from a package.
        return NOTHING;
      default:
        // dpkg reads nothing else either (extended headers among them).
        throw new RefusedArchive('damaged', header.name);
    }
  }

  /** A file or a link: its parents first; it must be the only one of its name, and not at the top. */
  #leaf(
    header: TarHeader,
    place: string,
    { made, entry }: { made: Pick<TarHeader, 'size' | 'target' | 'mode'>; entry: TreeEntry },
  ): Passed {
    const parents = parentsOf(place);
    if (parents.length === 0 || movedPlace(header.name) !== undefined)
      throw new RefusedArchive('path', header.name);
    if (this.#kinds.has(place)) throw new RefusedArchive('link', header.name);
    const folders = this.#folders(header, parents);
    this.#kinds.set(place, entry.kind);
    this.#entries.push(entry);
    const own = { name: place, modified: header.modified, type: header.type, ...made };
    return { headers: [...folders, own], content: header.type === TAR_TYPE.file };
  }

  /** Headers of the folders that are not there yet; each must be a folder and nothing else. */
  #folders(header: TarHeader, places: readonly string[]): TarHeader[] {
    const made: TarHeader[] = [];
    for (const place of places) {
      const kind = this.#kinds.get(place);
      if (kind === 'folder') continue;
      if (kind !== undefined) throw new RefusedArchive('link', header.name);
      this.#kinds.set(place, 'folder');
      this.#entries.push({ kind: 'folder', path: place });
      made.push({
        name: place,
        mode: FOLDER_MODE,
        size: 0,
        modified: header.modified,
        type: TAR_TYPE.folder,
        target: '',
      });
    }
    return made;
  }
}

/** A package that brings usrmerge's own links (`./lib` → `usr/lib`) says what every tree has anyway. */
function isMergedLink(header: TarHeader): boolean {
  if (header.type !== TAR_TYPE.symbolicLink) return false;
  const merged = movedPlace(header.name);
  return merged !== undefined && header.target.replace(/^\//, '') === merged;
}

/** Where usrmerge moved a name at the top (`./lib`), or undefined for any other. */
function movedPlace(name: string): string | undefined {
  return mergedPlace(name.replace(/^\.\//, '').replace(/\/$/, ''));
}

function modeOfFile(header: TarHeader): number {
  return (header.mode & 0o111) === 0 ? FILE_MODE : PROGRAM_MODE;
}

/** Reads a stream in pieces of a wanted size. */
class BlockReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** One to `most` bytes. */
  async some(most: number): Promise<Buffer> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) throw new RefusedArchive('damaged', '');
      this.#rest = next.value;
    }
    const taken = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(taken.length);
    return taken;
  }

  async exactly(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let missing = length;
    while (missing > 0) {
      const part = await this.some(missing);
      parts.push(part);
      missing -= part.length;
    }
    return parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts);
  }

  /** Reads to the end, so that the program that writes ends by itself. */
  async drain(): Promise<void> {
    for (;;) {
      const next = await this.#chunks.next();
      if (next.done === true) return;
    }
  }
}
