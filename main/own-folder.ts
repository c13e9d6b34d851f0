/**
 * The folder that Chromium and the one application of a person work in. It is the folder of the application's settings; where nothing
 * can be written there, because the disk is full or read-only, it is one that ends with the session: an application that cannot start
 * could not say why.
 */
import { lstatSync, mkdirSync, readlinkSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

/** Chromium's profile takes so much when it is new. */
const ROOM_BYTES = 8_000_000;

/** Chromium's sign that an application works in a folder: a link that names its host and process (`process_singleton_posix.cc`). */
const HOLDER = 'SingletonLock';

/**
 * Where somebody works already comes first: a second start must find the first, whatever became of the disk since.
 * @param ordinary the folder of the settings.
 * @param passing where there is room in memory; made when it is needed, and must be nobody else's.
 */
export function chooseOwnFolder(ordinary: string, passing: string, platform: NodeJS.Platform): string {
  // Windows keeps no such sign in the folder.
  if (platform === 'win32') return ordinary;
  const held = [ordinary, passing].find(isHeld);
  if (held !== undefined) return held;
  return canBeWorkedIn(ordinary) || !makePassing(passing) ? ordinary : passing;
}

/** Whether an application works in it. */
export function isHeld(folder: string): boolean {
  try {
    const holder = Number(/-(?<pid>\d+)$/u.exec(readlinkSync(path.join(folder, HOLDER)))?.groups?.['pid']);
    return Number.isSafeInteger(holder) && isAlive(holder);
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function canBeWorkedIn(folder: string): boolean {
  const trial = path.join(folder, `.trial-${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < ROOM_BYTES) return false;
    // Room that a quota denies is known by writing only.
    writeFileSync(trial, Buffer.alloc(4096));
    return true;
  } catch {
    return false;
  } finally {
    remove(trial);
  }
}

/** As far as it can be. */
export function remove(place: string): void {
  try {
    rmSync(place, { recursive: true, force: true });
  } catch {
    // Where nothing can be written nothing was; and what Chromium is just leaving goes with the session.
  }
}

/** @returns whether it is there and ours alone: what is below a folder for everybody may have been put there by anybody. */
function makePassing(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const status = lstatSync(folder);
    return (
      status.isDirectory() &&
      status.uid === process.getuid?.() &&
      (status.mode & 0o077) === 0 &&
      canBeWorkedIn(folder)
    );
  } catch {
    return false;
  }
}
