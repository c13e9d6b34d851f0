/** The computer's time zone, which a laptop changes as it travels. Node asks for it once, and again when its variable is changed. */
import { readlinkSync } from 'node:fs';
import process from 'node:process';

const LOCALTIME = '/etc/localtime';
/** A place, as the link to its table says (localtime(5)). */
const PLACE = /\/zoneinfo\/(?<place>[A-Z]\w+(?:\/[\w+-]+)+)$/u;

/**
 * What it is called. Intl knows it always; but asked, it reads the tables of all places and languages (8 MB, 30 ms), so where the link
 * says it, the link is asked.
 */
export function timeZoneName(file = LOCALTIME): string {
  const place = process.env['TZ'] === undefined ? PLACE.exec(linkOf(file))?.groups?.['place'] : undefined;
  if (place === 'Etc/UTC') return 'UTC';
  return place ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export class TimeZone {
  readonly #file: string;
  #before: string;

  constructor(file = LOCALTIME) {
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
    return linkOf(this.#file);
  }
}

/** Empty: it is no link. */
function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
