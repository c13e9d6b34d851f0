/**
 * When the data of partitions is measured, and whose fault it is: decisions without effects.
 *
 * Measuring walks through all of a partition's data. The free space of the file system costs nothing to ask, and nothing grows without
 * making it less; so a partition is measured again when the file system has lost half of what that partition may still take.
 */

export type DiskAmount = { bytes: number; files: number };

export type DiskAllowance = { bytes: number | null; files: number | null };

export type Measured = DiskAmount & {
  /** Milliseconds. */
  at: number;
  /** What the whole file system had lost by then ({@link Losses}). */
  losses: DiskAmount;
  /** What it took more than the time before. */
  grown: DiskAmount;
};

const LONGEST_LOOK_MILLISECONDS = 2000;
const SHORTEST_LOOK_MILLISECONDS = 200;
/** Something else on the file system may have hidden its growth by going. */
const OLD_MILLISECONDS = 60_000;
/** Less is not worth a walk. */
const LEAST_BYTES = 1_000_000;
const LEAST_FILES = 100;

/**
 * Whether a partition is to be measured.
 * @param losses what the file system has lost until now.
 */
export function isDue(
  before: Measured | undefined,
  allowance: DiskAllowance,
  losses: DiskAmount,
  now: number,
): boolean {
  if (before === undefined) return true;
  const lostBytes = losses.bytes - before.losses.bytes;
  const lostFiles = losses.files - before.losses.files;
  if (lostBytes <= 0 && lostFiles <= 0) return false;
  if (Math.abs(now - before.at) > OLD_MILLISECONDS) return true;
  return (
    isHalf(lostBytes, allowance.bytes, before.bytes, LEAST_BYTES) ||
    isHalf(lostFiles, allowance.files, before.files, LEAST_FILES)
  );
}

function isHalf(lost: number, limit: number | null, used: number, least: number): boolean {
  return limit !== null && lost >= Math.max((limit - used) / 2, least);
}

/** The limit that is exceeded, if one is. */
export function exceeds(amount: DiskAmount, allowance: DiskAllowance): 'bytes' | 'files' | null {
  if (allowance.bytes !== null && amount.bytes > allowance.bytes) return 'bytes';
  return allowance.files !== null && amount.files > allowance.files ? 'files' : null;
}

/**
 * Milliseconds until the file system is looked at again: a quarter of the time in which, at the pace of the last look, something would
 * be full.
 * @param lost since the last look.
 * @param room the least that is left to anything.
 */
export function nextLook(lost: DiskAmount, room: DiskAmount, elapsed: number): number {
  const untilFull = Math.min(
    lost.bytes > 0 ? (room.bytes / lost.bytes) * elapsed : Number.POSITIVE_INFINITY,
    lost.files > 0 ? (room.files / lost.files) * elapsed : Number.POSITIVE_INFINITY,
  );
  return Math.min(Math.max(untilFull / 4, SHORTEST_LOOK_MILLISECONDS), LONGEST_LOOK_MILLISECONDS);
}

/** Who took the most since it was measured before; null when nobody took anything worth a word. */
export function culpritOf(measured: ReadonlyMap<string, Measured>, by: 'bytes' | 'files'): string | null {
  const least = by === 'bytes' ? LEAST_BYTES : LEAST_FILES;
  let culprit: { id: string; grown: number } | null = null;
  for (const [id, { grown }] of measured)
    if (grown[by] >= Math.max(least, (culprit?.grown ?? 0) + 1)) culprit = { id, grown: grown[by] };
  return culprit?.id ?? null;
}

/** Who has the most; null: nobody is there. */
export function largestOf(measured: ReadonlyMap<string, Measured>, by: 'bytes' | 'files'): string | null {
  return [...measured].toSorted(([, one], [, other]) => other[by] - one[by])[0]?.[0] ?? null;
}
