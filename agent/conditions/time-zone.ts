/** The computer's time zone, which a laptop changes as it travels. Node asks for it once, and again when its variable is changed. */
import { readlinkSync } from 'node:fs';
import process from 'node:process';

export class TimeZone {
  readonly #file: string;
  #before: string;

  constructor(file = '/etc/localtime') {
    this.#file = file;
    this.#before = this.#now();
  }

  /** Has local time follow the computer's. @returns whether it changed. */
  follow(): boolean {
    const now = this.#now();
    if (now === this.#before) return false;
    this.#before = now;
    // Who set it for this process means it.
    if (process.env['TZ'] !== undefined) return false;
    process.env['TZ'] = 'UTC';
    delete process.env['TZ'];
    return true;
  }

  #now(): string {
    try {
      return readlinkSync(this.#file);
    } catch {
      return '';
    }
  }
}
