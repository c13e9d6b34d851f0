/**
 * A payload's log: opened for appending by the agent, inherited by the payload as its output.
 */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { diskError } from '../disk.ts';
import { SlapgridError, systemErrorCode } from '../errors.ts';
import type { PartitionIdentity } from '../sandbox/types.ts';

/**
 * Opens the log, making it when it is absent: 0600 and the payload's own, so that a program may open `/dev/stderr` again.
 * @throws SlapgridError `log-unusable` when the name leads to anything but a plain file with this one name.
 */
export async function openLog(file: string, identity: PartitionIdentity | null): Promise<FileHandle> {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;
  let handle: FileHandle;
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    handle = await open(file, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600);
  } catch (error) {
    throw isOtherThanFile(error)
      ? new SlapgridError('log-unusable', { path: file }, { cause: error })
      : diskError(error, file);
  }
  try {
    const found = await handle.stat();
    if (!found.isFile() || found.nlink !== 1) throw new SlapgridError('log-unusable', { path: file });
    if (identity !== null && process.getuid?.() === 0 && found.uid !== identity.uid)
      await handle.chown(identity.uid, identity.gid);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** A link (ELOOP), a folder (EISDIR), a FIFO nobody reads or a socket (ENXIO). */
export function isOtherThanFile(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'ELOOP' || code === 'EISDIR' || code === 'ENXIO';
}
