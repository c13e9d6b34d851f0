/**
 * Whose a socket is, looked at before anything is sent to it. Where the path of a data folder is long, its socket is in a folder that
 * anybody could have made before us.
 */
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { SlapgridError } from '../errors.ts';

/**
 * One that is not there is nobody's.
 * @throws SlapgridError `socket-path-foreign`.
 */
export async function refuseForeignSocket(socket: string, uid = process.getuid?.()): Promise<void> {
  for (const place of [path.dirname(socket), socket]) {
    const found = await lstat(place).catch(() => null);
    if (found !== null && found.uid !== uid) throw new SlapgridError('socket-path-foreign', { path: place });
  }
}
