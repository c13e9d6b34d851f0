/**
 * The tar format as dpkg writes and reads it: ustar headers with GNU's long names (tar(5), `lib/dpkg/tarfn.c` names what dpkg
 * accepts). Names are bytes: they are kept as latin1 text, one character per byte, so that nothing is lost or changed.
 */

export const TAR_BLOCK = 512;

/** Longest name a header holds; longer ones go before it as a GNU `L` (name) or `K` (link target) entry. */
const NAME_FIELD = 100;

/** `typeflag` of the entries that matter here. */
export const TAR_TYPE = {
  file: '0',
  hardLink: '1',
  symbolicLink: '2',
  folder: '5',
  longName: 'L',
  longTarget: 'K',
} as const;

export type TarHeader = {
  /** latin1, as written: usually begins with `./` and ends with `/` for folders. */
  name: string;
  mode: number;
  /** Bytes of content that follow. */
  size: number;
  /** Seconds since the epoch. */
  modified: number;
  type: string;
  /** latin1; empty unless the entry is a link. */
  target: string;
};

/** What is not a tar header, or one that dpkg would not read either. */
export class TarFormatError extends Error {}

/** Bytes that fill up the last block of a content of `size` bytes. */
export function tarPadding(size: number): number {
  return (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK;
}

/**
 * Reads one header block; undefined for a block of zeros (the end of the archive).
 * @throws TarFormatError when the checksum or a number is wrong.
 */
export function parseTarHeader(block: Buffer): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const recorded = octal(block, 148, 8);
  let sum = 0;
  // The checksum is made with its own field read as spaces.
  for (let at = 0; at < TAR_BLOCK; at += 1) sum += at >= 148 && at < 156 ? 0x20 : (block[at] ?? 0);
  if (sum !== recorded) throw new TarFormatError('a header is damaged');
  const type = block.toString('latin1', 156, 157);
  // The prefix exists in POSIX headers only; GNU's magic is `ustar ` and keeps other things in its place.
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? field(block, 345, 155) : '';
  const name = field(block, 0, NAME_FIELD);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: octal(block, 100, 8),
    size: octal(block, 124, 12),
    modified: octal(block, 136, 12),
    // The oldest archives write a file's type as NUL.
    type: type === '\0' ? TAR_TYPE.file : type,
    target: field(block, 157, NAME_FIELD),
  };
}

/** The bytes of one entry's header(s), owned by id 0 (whoever unpacks becomes the owner). */
export function formatTarHeader(header: TarHeader): Buffer {
  const parts: Buffer[] = [];
  if (header.target.length > NAME_FIELD) parts.push(longEntry(TAR_TYPE.longTarget, header.target));
  if (header.name.length > NAME_FIELD) parts.push(longEntry(TAR_TYPE.longName, header.name));
  parts.push(headerBlock(header));
  return Buffer.concat(parts);
}

function longEntry(type: string, text: string): Buffer {
  const content = Buffer.from(`${text}\0`, 'latin1');
  const head = headerBlock({
    name: '././@LongLink',
    mode: 0,
    size: content.length,
    modified: 0,
    type,
    target: '',
  });
  return Buffer.concat([head, content, Buffer.alloc(tarPadding(content.length))]);
}

function headerBlock(header: TarHeader): Buffer {
  const block = Buffer.alloc(TAR_BLOCK);
  block.write(header.name.slice(0, NAME_FIELD), 0, 'latin1');
  block.write(header.mode.toString(8).padStart(7, '0'), 100, 'latin1');
  block.write('0000000', 108, 'latin1');
  block.write('0000000', 116, 'latin1');
  block.write(header.size.toString(8).padStart(11, '0'), 124, 'latin1');
  block.write(header.modified.toString(8).padStart(11, '0'), 136, 'latin1');
  block.write('        ', 148, 'latin1');
  block.write(header.type, 156, 'latin1');
  block.write(header.target.slice(0, NAME_FIELD), 157, 'latin1');
  block.write('ustar  \0', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function field(block: Buffer, from: number, length: number): string {
  const text = block.toString('latin1', from, from + length);
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}

/** Numbers are octal text. GNU's binary form begins at 8 GiB; no package holds such a file. */
function octal(block: Buffer, from: number, length: number): number {
  const text = field(block, from, length).trim();
  if (text === '') return 0;
  if (!/^[0-7]+$/.test(text)) throw new TarFormatError('a header has a number that is none');
  return Number.parseInt(text, 8);
}
