/**
 * Where the steps of a picture are, and which of their borders are named below it. The agent says when each step begins: a local day
 * has 23 or 25 hours when the clock is set.
 */
import type { UsagePeriod, UsageSummary } from '../../../agent/api/contract-usage.ts';

/** When each step begins, and the end of the last, in milliseconds; as long as each other where nobody said. */
export function bordersOf({ borders = [], from, to, steps }: UsageSummary): number[] {
  const told = borders.map((border) => Date.parse(border));
  if (told.length === steps + 1) return told;
  const [begin, end] = [Date.parse(from), Date.parse(to)];
  return Array.from({ length: steps + 1 }, (_, step) => begin + ((end - begin) * step) / steps);
}

/** Where a moment is: 0 at the first border, 1 at the last. */
export function placeOf(borders: readonly number[], at: number): number {
  const [begin = 0, end = begin + 1] = [borders[0], borders.at(-1)];
  return (at - begin) / (end - begin);
}

/** Borders are named at every so many parts of the period. */
const PARTS: Readonly<Record<UsagePeriod, { of: number; every: number }>> = {
  day: { of: 24, every: 6 },
  week: { of: 7, every: 2 },
  month: { of: 30, every: 7 },
};

/** The borders that are named: every six hours, every other day, every week. */
export function namedBorders(period: UsagePeriod, borders: readonly number[]): number[] {
  const { of, every } = PARTS[period];
  const steps = borders.length - 1;
  const named = Array.from({ length: Math.floor(of / every) + 1 }, (_, place) =>
    Math.round((place * every * steps) / of),
  );
  return named.flatMap((step) => borders[step] ?? []);
}
