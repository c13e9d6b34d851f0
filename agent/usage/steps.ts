/**
 * Into which steps a time is divided that a person looks at.
 */
import type { UsagePeriod } from '../api/contract-usage.ts';
import { startOfDay, startOfNextDay } from './local-days.ts';

const QUARTER = 15 * 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export type Steps = {
  /** When each begins, and the end of the last. */
  borders: number[];
  /** As long as they usually are: the day on which the clock is set for the summer has a shorter or a longer one. */
  stepSeconds: number;
};

const WEEK_DAYS = 7;
const MONTH_DAYS = 30;

/**
 * `day`: the last 24 hours by quarters of an hour. `week`: the last seven local days, this one included, by six hours. `month`: the last
 * thirty, by the day.
 */
export function stepsOf(period: UsagePeriod, now: number, zone: string): Steps {
  switch (period) {
    case 'day': {
      const end = (Math.floor(now / QUARTER) + 1) * QUARTER;
      const borders = Array.from({ length: DAY / QUARTER + 1 }, (_, index) => end - DAY + index * QUARTER);
      return { borders, stepSeconds: QUARTER / 1000 };
    }
    case 'week': {
      const days = lastDays(WEEK_DAYS, now, zone);
      const borders = days
        .slice(0, -1)
        .flatMap((start) => Array.from({ length: 4 }, (_, index) => start + index * 6 * HOUR));
      return { borders: [...borders, ...days.slice(-1)], stepSeconds: (6 * HOUR) / 1000 };
    }
    case 'month':
      return { borders: lastDays(MONTH_DAYS, now, zone), stepSeconds: DAY / 1000 };
  }
}

/** Where the last local days begin, and the end of this one. */
function lastDays(amount: number, now: number, zone: string): number[] {
  const borders = [startOfDay(now, zone), startOfNextDay(now, zone)];
  // Midday before is in the day before, however long that is.
  while (borders.length <= amount) borders.unshift(startOfDay((borders[0] ?? now) - DAY / 2, zone));
  return borders;
}

/** The step that a moment is in; -1: none. */
export function stepAt({ borders }: Steps, at: number): number {
  let [low, high] = [0, borders.length - 1];
  if (at < (borders[0] ?? at + 1) || at >= (borders[high] ?? at)) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((borders[middle] ?? 0) <= at) low = middle;
    else high = middle;
  }
  return low;
}
