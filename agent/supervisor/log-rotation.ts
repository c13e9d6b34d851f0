/**
 * Keeps logs small: one above the limit is copied to `<log>.1` and emptied (the payload goes on writing at its new end,
 * because it appends). At most two files of the limit's size stay, whatever was written in between.
 *
 * One timer looks at the sizes, once a minute while little is written, sooner the faster a log grows; none without logs.
 */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rm } from 'node:fs/promises';
import process from 'node:process';
import { systemErrorCode } from '../errors.ts';
import type { Clock } from '../clock.ts';
import { isOtherThanFile } from './log-file.ts';

export const LOG_LIMIT_BYTES = 5 * 1024 * 1024;

const SOONEST_MILLISECONDS = 1000;
const LATEST_MILLISECONDS = 60_000;
const CHUNK_BYTES = 64 * 1024;

export class LogRotation {
  readonly #clock: Clock;
  readonly #limit: number;
  /** Size at the last look. */
  readonly #logs = new Map<string, number>();
  #wait = SOONEST_MILLISECONDS;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, limit = LOG_LIMIT_BYTES) {
    this.#clock = clock;
    this.#limit = limit;
  }

  add(file: string): void {
    if (this.#logs.has(file)) return;
    this.#logs.set(file, 0);
    // Nothing is known of its pace yet.
    this.#lookAfter(SOONEST_MILLISECONDS);
  }

  remove(file: string): void {
    this.#logs.delete(file);
    if (this.#logs.size === 0) this.close();
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #lookAfter(milliseconds: number): void {
    this.close();
    this.#wait = milliseconds;
    this.#cancel = this.#clock.after(milliseconds, () => void this.#look());
  }

  async #look(): Promise<void> {
    let next = LATEST_MILLISECONDS;
    for (const [file, before] of this.#logs) {
      const size = await sizeKeptSmall(file, this.#limit, before);
      if (!this.#logs.has(file)) continue;
      this.#logs.set(file, size);
      const grownPerMillisecond = Math.max(0, size - before) / this.#wait;
      if (grownPerMillisecond > 0) next = Math.min(next, (this.#limit - size) / grownPerMillisecond);
    }
    if (this.#logs.size > 0) this.#lookAfter(Math.max(SOONEST_MILLISECONDS, Math.ceil(next)));
  }
}

/** A log that cannot be rotated now (the disk is full or read-only) stays as it is; the next look tries again. */
async function sizeKeptSmall(file: string, limit: number, before: number): Promise<number> {
  try {
    // Nearly all are small, and to open each would be three times the work.
    const found = await lstat(file);
    return found.isFile() && found.size <= limit ? found.size : await keepSmall(file, limit);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return systemErrorCode(error) === 'ENOENT' ? 0 : before;
  }
}

/**
 * Rotates `file` when it is larger than `limit` bytes; only its last `limit` bytes are kept.
 * @returns its size afterwards, 0 when there is no such file.
 */
export async function keepSmall(file: string, limit: number): Promise<number> {
  let log: FileHandle;
  try {
    log = await open(file, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || isOtherThanFile(error)) return 0;
    throw error;
  }
  try {
    const found = await log.stat();
    const { size, uid, gid } = found;
    // Another name of it may be a file that is none of ours.
    if (!found.isFile() || found.nlink !== 1) return 0;
    if (size <= limit) return size;
    // The older part makes room first: a full disk is when this matters most.
    await rm(`${file}.1`, { force: true });
    const copy = await open(`${file}.1`, 'wx', 0o600);
    try {
      if (process.getuid?.() === 0) await copy.chown(uid, gid);
      await copyFrom(log, size - limit, limit + CHUNK_BYTES, copy);
    } finally {
      await copy.close();
    }
    await log.truncate(0);
    return 0;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOSPC' || systemErrorCode(error) === 'EDQUOT')
      return (await log.stat()).size;
    throw error;
  } finally {
    await log.close();
  }
}

/**
 * Copies to the end as it is when it is reached, so that little is written between this and the truncation. Who writes faster than this
 * copies is not followed for ever.
 */
async function copyFrom(source: FileHandle, start: number, most: number, target: FileHandle): Promise<void> {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let position = start;
  while (position < start + most) {
    const { bytesRead } = await source.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return;
    await target.write(buffer, 0, bytesRead);
    position += bytesRead;
  }
}
