/**
 * The hours of a week, as the contract has them: a string of 24 for each day from Monday, 1 where it may host.
 */
export const HOURS_OF_DAY = 24;
export const DAYS_OF_WEEK = 7;

export type Hours = readonly string[];
export type Cell = { day: number; hour: number };

export function isOpen(hours: Hours, { day, hour }: Cell): boolean {
  return hours[day]?.[hour] === '1';
}

/** How many hours of the week it may host. */
export function hoursOf(hours: Hours): number {
  return hours.reduce((sum, day) => sum + day.replaceAll('0', '').length, 0);
}

/** Whether a cell is in the rectangle that two cells span. */
export function isBetween({ day, hour }: Cell, one: Cell, other: Cell): boolean {
  return (
    day >= Math.min(one.day, other.day) &&
    day <= Math.max(one.day, other.day) &&
    hour >= Math.min(one.hour, other.hour) &&
    hour <= Math.max(one.hour, other.hour)
  );
}

/** All hours of the rectangle that two cells span become the same. */
export function painted(hours: Hours, one: Cell, other: Cell, open: boolean): string[] {
  return hours.map((line, day) =>
    Array.from(line, (now, hour) => (isBetween({ day, hour }, one, other) ? (open ? '1' : '0') : now)).join(
      '',
    ),
  );
}

/** Every day as one of them. */
export function copied(hours: Hours, day: number): string[] {
  return hours.map((line) => hours[day] ?? line);
}

/** The cell that a key leads to; the same at an edge. */
export function moved({ day, hour }: Cell, key: string): Cell | null {
  switch (key) {
    case 'ArrowLeft':
      return { day, hour: Math.max(0, hour - 1) };
    case 'ArrowRight':
      return { day, hour: Math.min(HOURS_OF_DAY - 1, hour + 1) };
    case 'ArrowUp':
      return { day: Math.max(0, day - 1), hour };
    case 'ArrowDown':
      return { day: Math.min(DAYS_OF_WEEK - 1, day + 1), hour };
    case 'Home':
      return { day, hour: 0 };
    case 'End':
      return { day, hour: HOURS_OF_DAY - 1 };
    case 'PageUp':
      return { day: 0, hour };
    case 'PageDown':
      return { day: DAYS_OF_WEEK - 1, hour };
    default:
      return null;
  }
}
