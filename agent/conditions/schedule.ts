/**
 * The hours of the week in which what is hosted may run, by local time. A day of 23 or 25 hours needs nothing of its own: each
 * hour is asked what it is called, so the one that is left out is never met and the one that comes twice is met twice.
 */
const HOUR = 3_600_000;
/** A week, and the hour that a change to summer time can hide. */
const LONGEST = 7 * 24 + 1;

export type Schedule = readonly string[];

/** An hour of local time, from when to when it lasts. What it is called is asked of the time zone, which is dear. */
export type LocalHour = { from: number; to: number; day: number; hour: number };

export function localHour(now: number): LocalHour {
  const date = new Date(now);
  const to = nextHour(now);
  // Sunday is the first of a week here, and the last of one there.
  return { from: now, to, day: (date.getDay() + 6) % 7, hour: date.getHours() };
}

/** The hour of `now`: `known`, if it is that one still. */
export function hourAt(now: number, known: LocalHour | null): LocalHour {
  return known !== null && now >= known.from && now < known.to ? known : localHour(now);
}

/** @returns whether the hour is marked. */
export function isMarked(hours: Schedule, { day, hour }: LocalHour): boolean {
  return hours[day]?.[hour] === '1';
}

/** @returns whether the hour of `now` is marked. */
export function isOpen(hours: Schedule, now: number): boolean {
  return isMarked(hours, localHour(now));
}

/** When the next hour of local time begins. */
export function nextHour(now: number): number {
  const date = new Date(now);
  const into = date.getMinutes() * 60_000 + date.getSeconds() * 1000 + date.getMilliseconds();
  return now - into + HOUR;
}

/** When it opens, or closes; null: never. */
export function nextChange(hours: Schedule, now: number): number | null {
  const before = isOpen(hours, now);
  let at = nextHour(now);
  for (let hour = 0; hour <= LONGEST; hour += 1) {
    if (isOpen(hours, at) !== before) return at;
    at = nextHour(at);
  }
  return null;
}

export function isEmpty(hours: Schedule): boolean {
  return hours.every((day) => !day.includes('1'));
}
