/** What removing files gives back. */
import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode } from '../../errors.ts';

/** Unit of `st_blocks` (stat(2)), whatever the file system's own is. */
const BLOCK = 512;

/**
 * Bytes on the disk that come free when `targets` are removed: a file counts only when all of its hard links are among them.
 */
export async function bytesFreedBy(targets: readonly string[]): Promise<number> {
  const seenLinks = new Map<string, number>();
  let freed = 0;
  const visit = async (target: string): Promise<void> => {
    const stats = await statsOf(target);
    if (stats === undefined) return;
    const bytes = stats.blocks * BLOCK;
    if (stats.isDirectory()) {
      freed += bytes;
      for (const name of await readdir(target)) await visit(path.join(target, name));
    } else if (stats.nlink > 1) {
      const key = `${stats.dev}:${stats.ino}`;
      const links = (seenLinks.get(key) ?? 0) + 1;
      seenLinks.set(key, links);
      if (links === stats.nlink) freed += bytes;
    } else {
      freed += bytes;
    }
  };
  for (const target of targets) await visit(target);
  return freed;
}

async function statsOf(target: string): Promise<Stats | undefined> {
  try {
    return await lstat(target);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
