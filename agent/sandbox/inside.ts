/**
 * The only way by which the agent reads what a payload could have written.
 *
 * A path is opened component by component, each below a descriptor of the folder before it
 * (`/proc/self/fd/N/name`), never following a link: what is replaced meanwhile is not reached, or refused. Opening never
 * waits (O_NONBLOCK: a FIFO without a writer, a lease the payload holds), and what is opened is read only if it is a regular
 * file with one name, up to a limit.
 *
 * Whatever concerns a whole folder (measuring, deleting, exporting) runs as the partition's user: `contents.ts`.
 */
import { constants, lstatSync } from 'node:fs';
import { type FileHandle, lstat, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { SlapgridError, systemErrorCode } from '../errors.ts';

export { deleteContents, exportTar, measure, streamTar } from './contents.ts';

/** Not in Node's constants; the same on every machine but Alpha, PA-RISC and SPARC (open(2)). */
const O_PATH = 0o10000000;

const FOLDER_FLAGS = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const FILE_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Opens a regular file for reading.
 * @param folder the trusted folder on the host (`data`, `run`, `log` of a partition).
 * @param relative names separated by `/`.
 * @throws SlapgridError `inside-missing`, `inside-refused` (a link, a FIFO, several names, not readable, a bad path).
 */
export async function openInside(folder: string, relative: string): Promise<FileHandle> {
  const refused = (error?: unknown): SlapgridError =>
    new SlapgridError('inside-refused', { path: relative }, error === undefined ? {} : { cause: error });
  return inParent(folder, relative, async (parent, name) => {
    const file = await open(below(parent, name), FILE_FLAGS).catch((error: unknown) => {
      throw isMissing(error) ? missing(relative, error) : refused(error);
    });
    const found = await file.stat();
    if (found.isFile() && found.nlink === 1) return file;
    await file.close();
    throw refused();
  });
}

/**
 * The content of a regular file.
 * @param limit bytes; a file may grow while it is read, so no more is read whatever its size was.
 * @throws as {@link openInside}, and `inside-too-large`.
 */
export async function readInside(folder: string, relative: string, limit: number): Promise<Buffer> {
  const file = await openInside(folder, relative);
  try {
    const content = await readUpTo(file, limit + 1, 0);
    if (content.length > limit) throw new SlapgridError('inside-too-large', { path: relative, limit });
    return content;
  } finally {
    await file.close();
  }
}

/** The last `limit` bytes of a regular file. @throws as {@link openInside}. */
export async function readEndInside(folder: string, relative: string, limit: number): Promise<Buffer> {
  const file = await openInside(folder, relative);
  try {
    const { size } = await file.stat();
    return await readUpTo(file, limit, Math.max(0, size - limit));
  } finally {
    await file.close();
  }
}

/** Whether there is an entry of whatever kind, links not followed. @throws SlapgridError `inside-refused`. */
export async function existsInside(folder: string, relative: string): Promise<boolean> {
  try {
    return await inParent(folder, relative, async (parent, name) => {
      await lstat(below(parent, name)).catch((error: unknown) => {
        throw isMissing(error) ? missing(relative, error) : error;
      });
      return true;
    });
  } catch (error) {
    if (error instanceof SlapgridError && error.code === 'inside-missing') return false;
    throw error;
  }
}

/**
 * The regular files in a folder, sorted by name; links are none.
 * @throws SlapgridError `inside-missing`, `inside-refused`.
 */
export async function listFilesInside(
  folder: string,
  relative: string,
): Promise<{ name: string; isExecutable: boolean; modifiedMs: number }[]> {
  // Most is asked for where nothing is: one call of the kernel says so, and walking there takes several that are waited for.
  const [first = ''] = relative.split('/', 1);
  const isThere = lstatSync(path.join(folder, first), { throwIfNoEntry: false }) !== undefined;
  if (!isThere) throw missing(relative, undefined);
  return inParent(folder, `${relative}/.folder`, async (parent) => {
    const names = await readdir(`/proc/self/fd/${parent.fd}`);
    const files = [];
    for (const name of names.sort()) {
      const found = await lstat(below(parent, name)).catch(() => null);
      if (found?.isFile() !== true) continue;
      const isExecutable = (found.mode & constants.S_IXUSR) !== 0;
      files.push({ name, isExecutable, modifiedMs: found.mtimeMs });
    }
    return files;
  });
}

/** Calls `use` with the opened folder that contains the last name of `relative`. */
async function inParent<Result>(
  folder: string,
  relative: string,
  use: (parent: FileHandle, name: string) => Promise<Result>,
): Promise<Result> {
  const names = relative.split('/');
  const last = names.pop() ?? '';
  if ([...names, last].some((name) => ['', '.', '..'].includes(name) || name.includes('\0'))) {
    throw new SlapgridError('inside-refused', { path: relative });
  }
  let parent = await open(folder, FOLDER_FLAGS);
  try {
    for (const name of names) {
      const next = await open(below(parent, name), FOLDER_FLAGS).catch((error: unknown) => {
        if (isMissing(error)) throw missing(relative, error);
        throw new SlapgridError('inside-refused', { path: relative }, { cause: error });
      });
      await parent.close();
      parent = next;
    }
    return await use(parent, last);
  } finally {
    await parent.close();
  }
}

function below(parent: FileHandle, name: string): string {
  return `/proc/self/fd/${parent.fd}/${name}`;
}

function isMissing(error: unknown): boolean {
  return systemErrorCode(error) === 'ENOENT';
}

function missing(relative: string, cause: unknown): SlapgridError {
  return new SlapgridError('inside-missing', { path: relative }, { cause });
}

async function readUpTo(file: FileHandle, limit: number, from: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length < limit) {
    const chunk = Buffer.alloc(Math.min(64 * 1024, limit - length));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, from + length);
    if (bytesRead === 0) break;
    chunks.push(chunk.subarray(0, bytesRead));
    length += bytesRead;
  }
  return Buffer.concat(chunks);
}
