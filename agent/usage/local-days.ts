/**
 * Days as people count them: by the clock on the wall, with 23 or 25 hours when that is set for the summer.
 */
const QUARTER_MILLISECONDS = 15 * 60_000;
const HOUR_MILLISECONDS = 3_600_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** `2026-11-22`, in the time zone. */
export function localDate(at: number, zone: string): string {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
    formats.set(zone, format);
  }
  return format.format(at);
}

/** When the day of a moment began: the first moment of its date, whatever the clock said then. */
export function startOfDay(at: number, zone: string): number {
  const date = localDate(at, zone);
  let start = Math.floor(at / QUARTER_MILLISECONDS) * QUARTER_MILLISECONDS;
  while (localDate(start - HOUR_MILLISECONDS, zone) === date) start -= HOUR_MILLISECONDS;
  while (localDate(start - QUARTER_MILLISECONDS, zone) === date) start -= QUARTER_MILLISECONDS;
  return start;
}

/** When the day after that of a moment begins. */
export function startOfNextDay(at: number, zone: string): number {
  // Midday is in the next day, however long this one is.
  return startOfDay(startOfDay(at, zone) + 36 * HOUR_MILLISECONDS, zone);
}

/** The time zone of this computer. */
export function localZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
