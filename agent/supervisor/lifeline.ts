/**
 * How the agent knows that a shim lives, and learns at once that it ended.
 *
 * Each run folder has a FIFO. A shim holds its writing end from the moment it is forked, and nobody writes; the agent that
 * started it, and every agent after that one, opens the reading end. The kernel closes a writing end with its process,
 * however that ends, so end-of-file means "the shim is gone": also for an adopted shim, which is nobody's child that could
 * be waited for, and for one that was killed and wrote no record. The event loop waits for it among its other
 * descriptors: no polling, no thread, no process. The shim's lock (flock(1)) is on the same descriptor.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { Socket } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { systemErrorCode } from '../errors.ts';

const run = promisify(execFile);

/** What one process makes is enough for so many starts. */
const STOCK = 16;

/** Makes lifelines. Node cannot, and a process for each would be a good part of a start: others are made with the first and moved. */
export class LifelineMaker {
  readonly #folder: string | null;
  readonly #stock: string[] = [];
  #isEmptied = false;

  /** @param folder the agent's own, on the file system of the run folders, for what is kept in stock; null: nothing is. */
  constructor(folder: string | null) {
    this.#folder = folder;
  }

  /** Makes the FIFO unless it is there. What else bears the name is removed. */
  async make(file: string): Promise<void> {
    const found = lstatSync(file, { throwIfNoEntry: false });
    if (found?.isFIFO() === true) return;
    if (found !== undefined) rmSync(file, { recursive: true });
    const spare = this.#stock.pop();
    if (spare !== undefined) {
      try {
        renameSync(spare, file);
        return;
      } catch {
        // Of another file system, or gone.
      }
    }
    const spares = this.#newSpares();
    try {
      await run('mkfifo', ['-m', '600', file, ...spares]);
    } catch (error) {
      // It is made first: a stock that could not be is no reason to start nothing.
      if (lstatSync(file, { throwIfNoEntry: false })?.isFIFO() !== true) throw error;
      return;
    }
    this.#stock.push(...spares);
  }

  /** Names for the stock, in a folder without those of an earlier agent; none where it cannot be made. */
  #newSpares(): string[] {
    const folder = this.#folder;
    if (folder === null || this.#stock.length > 0) return [];
    try {
      if (!this.#isEmptied) rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.#isEmptied = true;
    } catch {
      return [];
    }
    return Array.from({ length: STOCK }, () => path.join(folder, randomBytes(6).toString('hex')));
  }
}

export class Lifeline {
  readonly #descriptor: number;
  #socket: Socket | null = null;
  #closed = false;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Opens the reading end; null when there is no such FIFO. Never blocks. */
  static open(file: string): Lifeline | null {
    let descriptor: number;
    try {
      descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'ENOENT' || code === 'ELOOP') return null;
      throw error;
    }
    if (fstatSync(descriptor).isFIFO()) return new Lifeline(descriptor);
    closeSync(descriptor);
    return null;
  }

  /** Whether a process holds the writing end. Only before {@link watch}. */
  isHeld(): boolean {
    try {
      return readSync(this.#descriptor, Buffer.alloc(1)) > 0;
    } catch (error) {
      if (systemErrorCode(error) === 'EAGAIN') return true;
      throw error;
    }
  }

  /** A new descriptor of the writing end, for a shim to inherit; the caller closes its copy. */
  openWritingEnd(): number {
    return openSync(`/proc/self/fd/${this.#descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
  }

  /** Calls `gone` once when nobody holds the writing end any more; never after {@link close}. */
  watch(gone: () => void): void {
    // A reader that opened after the last writer left would wait for ever: the kernel reports only writers it saw leave.
    const held = this.isHeld();
    const socket = new Socket({ fd: this.#descriptor, readable: true, writable: false });
    this.#socket = socket;
    socket.once('close', () => {
      if (!this.#closed) gone();
    });
    // An error closes the socket as well.
    socket.on('error', () => {});
    socket.resume();
    if (!held) socket.destroy();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#socket === null) closeSync(this.#descriptor);
    else this.#socket.destroy();
  }
}
