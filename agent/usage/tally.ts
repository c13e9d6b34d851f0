/**
 * What was used in a stretch of time, and by whom.
 */
import type { Owner } from '../api/contract.ts';

/** Of whom a sum is: an instance, with its name and its owner at that time. They stay when the instance is gone. */
export type Subject = {
  /** {@link usageKey}. */
  key: string;
  partition: string;
  master: string;
  /** Empty: of a time before names were kept. */
  name: string;
  owner: Owner;
};

/** Sums in base units; every one but the peak adds up. */
export type Tally = {
  runSeconds: number;
  cpuSeconds: number;
  memoryByteSeconds: number;
  memoryPeakBytes: number;
  /** null: not measured. */
  diskByteSeconds: number | null;
  /** null: not measured. */
  networkBytes: number | null;
  /** Somebody set the clock, so when it was used is not certain; how much it was is. */
  uncertain: boolean;
};

export const NOTHING: Tally = {
  runSeconds: 0,
  cpuSeconds: 0,
  memoryByteSeconds: 0,
  memoryPeakBytes: 0,
  diskByteSeconds: null,
  networkBytes: null,
  uncertain: false,
};

/** Both together, as used in the same time. */
export function added(one: Tally, other: Tally): Tally {
  return {
    runSeconds: one.runSeconds + other.runSeconds,
    cpuSeconds: one.cpuSeconds + other.cpuSeconds,
    memoryByteSeconds: one.memoryByteSeconds + other.memoryByteSeconds,
    memoryPeakBytes: Math.max(one.memoryPeakBytes, other.memoryPeakBytes),
    diskByteSeconds: sumOf(one.diskByteSeconds, other.diskByteSeconds),
    networkBytes: sumOf(one.networkBytes, other.networkBytes),
    uncertain: one.uncertain || other.uncertain,
  };
}

/** The part of it that falls to a share of its time. */
export function shareOf(tally: Tally, share: number): Tally {
  return {
    ...tally,
    runSeconds: tally.runSeconds * share,
    cpuSeconds: tally.cpuSeconds * share,
    memoryByteSeconds: tally.memoryByteSeconds * share,
    diskByteSeconds: tally.diskByteSeconds === null ? null : tally.diskByteSeconds * share,
    networkBytes: tally.networkBytes === null ? null : tally.networkBytes * share,
  };
}

/** What is not known adds nothing to what is. */
export function sumOf(one: number | null, other: number | null): number | null {
  return one === null ? other : one + (other ?? 0);
}

const QUARTER_MILLISECONDS = 15 * 60_000;

/** No step that anybody is shown is shorter than a quarter of an hour, and every border of a local day is at one. */
export type Piece = { at: number; share: number };

/** Cuts a stretch of time at the quarters of hours. Shares are of one in all; what takes no time is one piece. */
export function piecesOf(from: number, to: number): Piece[] {
  if (to <= from) return [{ at: to, share: 1 }];
  const pieces: Piece[] = [];
  for (let at = from; at < to;) {
    const end = Math.min(to, (Math.floor(at / QUARTER_MILLISECONDS) + 1) * QUARTER_MILLISECONDS);
    pieces.push({ at, share: (end - at) / (to - from) });
    at = end;
  }
  return pieces;
}
