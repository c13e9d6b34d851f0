/**
 * Amounts as a person reads them: at most three significant figures, powers of 1000, both sides in one unit.
 */
import { text } from '../messages.ts';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;
/** Between a number and its unit, so that they stay on one line. */
const JOINT = '\u00a0';

const tenths = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const figures = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

function unitFor(bytes: number): number {
  const power = Math.floor(Math.log10(Math.max(bytes, 1)) / 3);
  return Math.min(power, UNITS.length - 1);
}

function inUnit(bytes: number, power: number): string {
  const value = bytes / 1000 ** power;
  // A tenth of a megabyte is noise next to a hundred of them.
  return figures.format(value >= 10 ? Math.round(value) : Math.round(value * 10) / 10);
}

/** `20 MB` */
export function bytesText(bytes: number): string {
  // Nothing is said in the unit of what stands beside it.
  const power = bytes === 0 ? UNITS.indexOf('MB') : unitFor(bytes);
  return `${inUnit(bytes, power)}${JOINT}${UNITS[power]}`;
}

/** `8 of 20 MB` */
export function bytesOfText(done: number, total: number): string {
  const power = unitFor(total);
  return text('page.bytes-of', {
    done: inUnit(done, power),
    total: `${inUnit(total, power)}${JOINT}${UNITS[power]}`,
  });
}

/** `8 s`, `12 min`, `1 h 20 min`; at most two parts. */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))}${JOINT}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes}${JOINT}min`;
  const rest = minutes % 60;
  const hours = `${Math.floor(minutes / 60)}${JOINT}h`;
  return rest === 0 ? hours : `${hours} ${rest}${JOINT}min`;
}

/** `0.8 s`, `12 s`: how long something short took. */
export function secondsText(seconds: number): string {
  if (seconds >= 10) return durationText(seconds);
  return `${tenths.format(Math.max(0.1, seconds))}${JOINT}s`;
}
