/**
 * What is packed must not depend on who packs it, and when: modes come from a umask, times from a clock.
 */
import { chmod, lstat, lutimes, readdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

/** Seconds since 1970 that stand for the source (reproducible-builds.org, SOURCE_DATE_EPOCH). */
export function sourceDate(): number {
  const seconds = Number(process.env['SOURCE_DATE_EPOCH']);
  if (!Number.isSafeInteger(seconds) || seconds <= 0) throw new Error('SOURCE_DATE_EPOCH is not set');
  return seconds;
}

/** Gives everything at and below `place` the time of the source, and to read by all, to write by the owner, to run if it is a program. */
export async function makePlain(place: string, seconds: number = sourceDate()): Promise<void> {
  const status = await lstat(place);
  if (status.isDirectory()) {
    await chmod(place, 0o755);
    for (const name of await readdir(place)) await makePlain(path.join(place, name), seconds);
  } else if (status.isFile()) {
    await chmod(place, (status.mode & 0o100) === 0 ? 0o644 : 0o755);
  }
  await lutimes(place, seconds, seconds);
}
