/**
 * Files of the kernel (`/proc`, control groups), read at once and synchronously: they come from memory, and the thread pool would
 * cost several times what they do.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { systemErrorCode } from './errors.ts';

const buffer = Buffer.alloc(64 * 1024);

/** What is gone says so in these ways: the file, the process, the group. So does what is hidden from us (proc(5), `hidepid`). */
const GONE = new Set<string | undefined>(['ENOENT', 'ESRCH', 'ENODEV', 'EACCES', 'EPERM']);

/** The whole text; null when what it tells of is gone, or not for us. */
export function kernelText(file: string): string | null {
  try {
    const descriptor = openSync(file, 'r');
    try {
      let text = '';
      for (;;) {
        const length = readSync(descriptor, buffer, 0, buffer.length, null);
        if (length === 0) return text;
        text += buffer.toString('latin1', 0, length);
      }
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (GONE.has(systemErrorCode(error))) return null;
    throw error;
  }
}
