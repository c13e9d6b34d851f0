/**
 * Effects on disk that are whole or absent: write aside, fsync, rename, fsync the folder.
 */
import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { SlapgridError, systemErrorCode } from './errors.ts';

/** Errors that have their own words for a person; anything else is returned as it is. */
export function diskError(error: unknown, file: string): unknown {
  switch (systemErrorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new SlapgridError('disk-full', { path: file }, { cause: error });
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return new SlapgridError('read-only', { path: file }, { cause: error });
    default:
      return error;
  }
}

/** What a failure to make a new file that a person named is to them. Others are given back as they are. */
export function newFileError(error: unknown, file: string): unknown {
  switch (systemErrorCode(error)) {
    case 'EEXIST':
      return new SlapgridError('export-exists', { file }, { cause: error });
    case 'ENOENT':
    case 'ENOTDIR':
      return new SlapgridError('export-folder', { folder: path.dirname(file) }, { cause: error });
    default:
      return diskError(error, file);
  }
}

/**
 * Replaces `file` by `content` atomically. A crash at any point leaves the old file or the new one, never a part.
 * @throws SlapgridError `disk-full` or `read-only`; the old file is then untouched.
 */
export async function writeAtomically(
  file: string,
  content: string | Uint8Array,
  options: { mode?: number; owner?: { uid: number; gid: number } } = {},
): Promise<void> {
  const aside = path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString('hex')}`);
  try {
    const handle = await open(aside, 'wx', options.mode ?? 0o600);
    try {
      await handle.writeFile(content);
      // The umask may have removed bits of the mode given to open().
      await handle.chmod(options.mode ?? 0o600);
      if (options.owner !== undefined) await handle.chown(options.owner.uid, options.owner.gid);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(aside, file);
    await syncFolder(path.dirname(file));
  } catch (error) {
    await rm(aside, { force: true });
    throw diskError(error, file);
  }
}

/** What {@link writeAtomically} calls a file until it is whole. */
const UNFINISHED = /^\..+\.[0-9a-f]{12}$/;

/** Removes what {@link writeAtomically} left in `folder` when it was killed. Nobody may be writing there. */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (UNFINISHED.test(name)) await rm(path.join(folder, name), { force: true });
  }
}

/** Makes a rename or an unlink in `folder` durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
