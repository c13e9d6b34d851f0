/** Whether there is room for another service where the data folder is. */
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode } from '../errors.ts';
import { always, needsYou, well, type Checker } from './checker.ts';

/** A big service unpacks to about half of this. */
const COMFORTABLE_BYTES = 1_000_000_000;

async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    // Before the first start: the place where the folder will be made.
    if (systemErrorCode(error) === 'ENOENT' && folder !== path.dirname(folder)) {
      return freeBytes(path.dirname(folder));
    }
    throw error;
  }
}

export const diskSpace: Checker = {
  id: 'disk-space',
  applicable: always,
  async check({ paths }) {
    const free = await freeBytes(paths.home);
    return free < COMFORTABLE_BYTES
      ? needsYou('doctor.disk-space.little', { home: paths.home, free: Math.floor(free / 1_000_000) })
      : well('doctor.disk-space.well', { free: Math.floor(free / 1_000_000_000) });
  },
};
