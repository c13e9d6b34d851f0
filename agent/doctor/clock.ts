/**
 * Whether the clock can be right. No time server is asked: a clock is wrong when it is before something that has happened, as
 * the writing of a file.
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { always, needsYou, well, type Checker, type DoctorContext } from './checker.ts';

/** Clocks are set back by small amounts in the ordinary course of things. */
const TOLERATED_MILLISECONDS = 10 * 60_000;

export const clock: Checker = {
  id: 'clock',
  applicable: always,
  async check(context) {
    const behind = (await newestWriting(context)) - context.now();
    return behind > TOLERATED_MILLISECONDS
      ? needsYou('doctor.clock.behind', { minutes: Math.round(behind / 60_000) })
      : well('doctor.clock.well', { now: new Date(context.now()) });
  },
};

/** Time (ms) of the last thing that was written: by the system's package manager, or by an agent. */
async function newestWriting({ paths }: DoctorContext): Promise<number> {
  const places = [
    '/var/lib/dpkg/status',
    ...(await entriesOf(paths.private)),
    ...(await entriesOf(paths.runtime)),
  ];
  const times = await Promise.all(
    places.map(async (place) => {
      try {
        return (await stat(place)).mtimeMs;
      } catch {
        return 0;
      }
    }),
  );
  return Math.max(0, ...times);
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}
