/**
 * Points in time, as the person’s system writes them.
 */
import { text } from '../messages.ts';

/** To make a format costs more than to use it a hundred times; one that is older may be of a time zone that was left. */
const FORMAT_MILLISECONDS = 1000;

const formats = new Map<string, Intl.DateTimeFormat>();
let madeAt = Number.NEGATIVE_INFINITY;

function formatted(at: number, options: Intl.DateTimeFormatOptions): string {
  if (performance.now() - madeAt > FORMAT_MILLISECONDS) {
    formats.clear();
    madeAt = performance.now();
  }
  const key = JSON.stringify(options);
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(undefined, options);
    formats.set(key, format);
  }
  return format.format(at);
}

/** `13:58`: hours and minutes. */
export function timeText(at: number): string {
  return formatted(at, { timeStyle: 'short' });
}

/** `13:58:08`: to the second. */
export function clockText(at: number): string {
  return formatted(at, { timeStyle: 'medium' });
}

/** `today at 13:58`, `29 November at 13:58`, `29 November 2025 at 13:58`. */
export function momentText(at: number, now: number): string {
  const [then, today] = [new Date(at), new Date(now)];
  const time = timeText(at);
  if (then.toDateString() === today.toDateString()) return text('page.moment.today', { time });
  const sameYear = then.getFullYear() === today.getFullYear();
  const day = formatted(at, { day: 'numeric', month: 'long', ...(sameYear ? {} : { year: 'numeric' }) });
  return text('page.moment.day', { day, time });
}

/** Of what is to come: `18:00`, `tomorrow at 06:00`, `29 November at 13:58`. */
export function untilText(at: number, now: number): string {
  const [then, today] = [new Date(at), new Date(now)];
  if (then.toDateString() === today.toDateString()) return timeText(at);
  const tomorrow = new Date(today.getFullYear(), today.getMonth(), today.getDate() + 1);
  return then.toDateString() === tomorrow.toDateString()
    ? text('page.moment.tomorrow', { time: timeText(at) })
    : momentText(at, now);
}

/** Under an axis: `18:00` of a day, `14 Nov` of more. */
export function axisTimeText(at: number, ofDay: boolean): string {
  return ofDay ? timeText(at) : formatted(at, { day: 'numeric', month: 'short' });
}

/** `22 November 2027`. */
export function dayText(at: number): string {
  return formatted(at, { dateStyle: 'long' });
}
