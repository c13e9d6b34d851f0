/** Room where the data folder is. */
import { statfs } from 'node:fs/promises';
import type { Told } from './source.ts';

export type Room = { freeBytes: number; totalBytes: number };

/** null: the disk does not answer. */
export async function roomOf(folder: string): Promise<Told<Room> | null> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { value: { freeBytes: bavail * bsize, totalBytes: blocks * bsize }, source: folder };
  } catch {
    return null;
  }
}
