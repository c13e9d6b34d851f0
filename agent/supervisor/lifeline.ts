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
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import { systemErrorCode } from '../errors.ts';

const run = promisify(execFile);

/** Makes the FIFO unless it is there. What else bears the name is removed. */
export async function makeLifeline(file: string): Promise<void> {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found?.isFIFO() === true) return;
  if (found !== undefined) rmSync(file, { recursive: true });
  // Node cannot make one.
  await run('mkfifo', ['-m', '600', file]);
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
