/**
 * Facts as they were over the last eight days, in a small file of rows of equal length: at most one a minute, and only when something
 * changed or ten minutes have passed, so that it is known until when they were so. Nothing but the preview depends on it: what
 * cannot be written (the disk is full) is kept in memory for later, and a damaged file is begun anew.
 */
import { closeSync, ftruncateSync, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { writeAtomically } from '../disk.ts';
import type { Facts } from './facts.ts';

export const KEPT_MILLISECONDS = (8 * 24 + 2) * 3_600_000;
const ROW_BYTES = 20;
const EVERY_MILLISECONDS = 60_000;
/** So often even without a change: facts older than this and a little are not known to hold. */
export const BEAT_MILLISECONDS = 600_000;
const MOST_ROWS = KEPT_MILLISECONDS / EVERY_MILLISECONDS;
/** Timers come late. */
const LATE_MILLISECONDS = 90_000;
const MEGABYTE = 1_000_000;

const UNKNOWN = 255;
const UNKNOWN_LONG = 0xffff_ffff;
/** Second last byte: what the row is. */
const KIND = { facts: 1, end: 2 } as const;

/** null: nothing was known from then on (the agent ended, the computer slept). */
export type Row = { at: number; facts: Facts | null };

export class FactRecord {
  readonly #file: string;
  #rows: Uint8Array;
  #length: number;
  /** How many rows of memory are in the file. */
  #written: number;
  #rewriting: Promise<void> | null = null;
  #lastAt = Number.NEGATIVE_INFINITY;
  #lastText = '';

  private constructor(file: string, bytes: Uint8Array) {
    this.#file = file;
    this.#rows = bytes;
    this.#length = Math.floor(bytes.length / ROW_BYTES);
    this.#written = this.#length;
  }

  /** A file that is not there, or is none of these, is empty. */
  static open(file: string, now: number): FactRecord {
    let bytes = new Uint8Array();
    try {
      bytes = new Uint8Array(readFileSync(file));
    } catch {
      // The first time.
    }
    const record = new FactRecord(file, bytes);
    if (!record.#isSound()) {
      record.#length = 0;
      record.#written = -1;
    }
    record.#forgetFuture(now);
    // Between the last row and now no agent looked.
    if (record.#length > 0 && record.#row(record.#length - 1).facts !== null) {
      const last = record.#row(record.#length - 1).at;
      record.#add({ at: Math.min(now, last + BEAT_MILLISECONDS), facts: null });
    }
    return record;
  }

  get length(): number {
    return this.#length;
  }

  /** Takes note of the facts. @param now milliseconds of the wall clock. */
  add(facts: Facts, now: number): void {
    if (now < this.#lastAt) this.#forgetFuture(now);
    const since = now - this.#lastAt;
    if (since < EVERY_MILLISECONDS) return;
    const text = rowText(facts);
    if (text === this.#lastText && since < BEAT_MILLISECONDS - EVERY_MILLISECONDS) return;
    this.#lastText = text;
    this.#lastAt = now;
    this.#add({ at: now, facts });
    this.write();
  }

  /** From `at` on nothing is known, until the next {@link add}. */
  end(at: number): void {
    if (this.#length === 0 || this.#row(this.#length - 1).facts === null) return;
    this.#add({ at: Math.max(at, this.#row(this.#length - 1).at), facts: null });
    this.#lastText = '';
    this.#lastAt = Number.NEGATIVE_INFINITY;
    this.write();
  }

  /** Rows from the last one before `from`, oldest first. */
  rows(from: number): Row[] {
    let first = this.#length;
    while (first > 0 && this.#at(first) > from) first -= 1;
    const rows: Row[] = [];
    for (let index = first; index < this.#length; index += 1) {
      const row = this.#row(index);
      const before = rows.at(-1);
      // An agent that was killed, a computer that lost its power: nothing was known after the last beat.
      const silentAt = before === undefined ? row.at : before.at + BEAT_MILLISECONDS + LATE_MILLISECONDS;
      if (before !== undefined && before.facts !== null && row.at > silentAt) {
        rows.push({ at: silentAt, facts: null });
      }
      rows.push(row);
    }
    return rows;
  }

  /** Writes what is not written; what cannot be is tried again with the next row. */
  write(): void {
    if (this.#written === this.#length) return;
    if (this.#written < 0 || this.#length > MOST_ROWS + 1440) {
      this.#rewriting ??= this.#rewrite().finally(() => {
        this.#rewriting = null;
      });
      return;
    }
    try {
      this.#append();
    } catch {
      // A full disk must not stop anything: the rows stay in memory.
    }
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.#rewriting;
  }

  /** The whole anew, without what is too old. Never fails. */
  async #rewrite(): Promise<void> {
    const newest = this.#length === 0 ? 0 : this.#row(this.#length - 1).at;
    let first = Math.max(0, this.#length - MOST_ROWS);
    while (first < this.#length && this.#at(first) < newest - KEPT_MILLISECONDS) first += 1;
    this.#rows = this.#rows.slice(first * ROW_BYTES, this.#length * ROW_BYTES);
    this.#length -= first;
    const length = this.#length;
    this.#written = -1;
    try {
      await writeAtomically(this.#file, this.#rows.slice(0, length * ROW_BYTES));
      this.#written = length;
    } catch {
      // With the next row.
    }
  }

  #append(): void {
    const descriptor = openSync(this.#file, 'a', 0o600);
    try {
      const size = this.#written * ROW_BYTES;
      // What a crash or a full disk left of a row.
      if (fstatSync(descriptor).size > size) ftruncateSync(descriptor, size);
      const bytes = this.#rows.subarray(size, this.#length * ROW_BYTES);
      if (writeSync(descriptor, bytes) === bytes.length) this.#written = this.#length;
    } finally {
      closeSync(descriptor);
    }
  }

  #add(row: Row): void {
    if ((this.#length + 1) * ROW_BYTES > this.#rows.length) {
      const grown = new Uint8Array((this.#length + 256) * ROW_BYTES);
      grown.set(this.#rows.subarray(0, this.#length * ROW_BYTES));
      this.#rows = grown;
    }
    writeRow(this.#view(this.#length), row);
    this.#length += 1;
  }

  /** The wall clock was set back: what it has not reached yet was never so. */
  #forgetFuture(now: number): void {
    const before = this.#length;
    while (this.#length > 0 && this.#row(this.#length - 1).at > now) this.#length -= 1;
    if (this.#length < before) this.#written = -1;
    this.#lastAt = Number.NEGATIVE_INFINITY;
    this.#lastText = '';
  }

  #isSound(): boolean {
    for (let index = 0; index < this.#length; index += 1) {
      const view = this.#view(index);
      if (view.getUint8(ROW_BYTES - 1) !== sumOf(view)) return false;
      if (index > 0 && this.#at(index) < this.#at(index - 1)) return false;
    }
    return true;
  }

  #at(index: number): number {
    return index >= this.#length ? Number.POSITIVE_INFINITY : this.#view(index).getUint32(0) * 1000;
  }

  #row(index: number): Row {
    return readRow(this.#view(index));
  }

  #view(index: number): DataView {
    return new DataView(this.#rows.buffer, this.#rows.byteOffset + index * ROW_BYTES, ROW_BYTES);
  }
}

/** Seconds of the time, of the last use; megabytes; then a byte each; then the kind and a sum. */
function writeRow(view: DataView, { at, facts }: Row): void {
  view.setUint32(0, Math.floor(at / 1000));
  view.setUint8(18, facts === null ? KIND.end : KIND.facts);
  if (facts !== null) {
    const { battery } = facts;
    view.setUint32(
      4,
      facts.activeAt === null ? UNKNOWN_LONG : clamp(facts.activeAt / 1000, UNKNOWN_LONG - 1),
    );
    view.setUint32(
      8,
      facts.freeBytes === null ? UNKNOWN_LONG : clamp(facts.freeBytes / MEGABYTE, UNKNOWN_LONG - 1),
    );
    view.setUint8(12, battery === null ? UNKNOWN : Number(battery.onBattery) + 2 * Number(battery.present));
    view.setUint8(13, byte(battery?.percent ?? null));
    view.setUint8(14, byte(facts.loadPercent));
    view.setUint8(15, byte(facts.metered === null ? null : Number(facts.metered)));
    view.setUint8(16, byte(facts.celsius));
    view.setUint8(17, byte(facts.fullscreen === null ? null : Number(facts.fullscreen)));
  }
  view.setUint8(ROW_BYTES - 1, sumOf(view));
}

function readRow(view: DataView): Row {
  const at = view.getUint32(0) * 1000;
  if (view.getUint8(18) !== KIND.facts) return { at, facts: null };
  const known = (offset: number): number | null => {
    const value = view.getUint8(offset);
    return value === UNKNOWN ? null : value;
  };
  const flag = (offset: number): boolean | null => {
    const value = known(offset);
    return value === null ? null : value === 1;
  };
  const long = (offset: number, unit: number): number | null => {
    const value = view.getUint32(offset);
    return value === UNKNOWN_LONG ? null : value * unit;
  };
  const power = known(12);
  return {
    at,
    facts: {
      battery:
        power === null ? null : { onBattery: power % 2 === 1, present: power >= 2, percent: known(13) },
      activeAt: long(4, 1000),
      loadPercent: known(14),
      metered: flag(15),
      celsius: known(16),
      freeBytes: long(8, MEGABYTE),
      fullscreen: flag(17),
    },
  };
}

/** What matters of a change: a use in the same minute, or a few megabytes, are none. */
function rowText({ activeAt, freeBytes, loadPercent, ...facts }: Facts): string {
  const coarse = [
    activeAt === null ? null : Math.floor(activeAt / 60_000),
    freeBytes === null ? null : Math.floor(freeBytes / (100 * MEGABYTE)),
    loadPercent === null ? null : Math.round(loadPercent / 5),
  ];
  return JSON.stringify([facts, coarse]);
}

function byte(value: number | null): number {
  return value === null ? UNKNOWN : clamp(value, UNKNOWN - 1);
}

function clamp(value: number, most: number): number {
  return Math.min(most, Math.max(0, Math.round(value)));
}

function sumOf(view: DataView): number {
  let sum = 7;
  for (let index = 0; index < ROW_BYTES - 1; index += 1) sum = (sum * 31 + view.getUint8(index)) % 251;
  return sum;
}
