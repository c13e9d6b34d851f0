/** What is left on the file system of the instances. */
import { statfsSync } from 'node:fs';
import type { DiskAmount } from './disk-rules.ts';

/** For the person, and for what is the person's own: nobody hosted may take it. */
export const RESERVED_BYTES = 1_000_000_000;

/** One call of the kernel. A file system that does not count files has as many as are wanted. */
export function freeOn(folder: string): DiskAmount {
  const { bavail, bsize, files, ffree } = statfsSync(folder);
  return { bytes: bavail * bsize, files: files === 0 ? Number.POSITIVE_INFINITY : ffree };
}
