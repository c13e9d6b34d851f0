/**
 * What rules would have meant, as strips of a day: which part of it was what. Numbers only.
 */
import type { Preview, PreviewSegment } from '../../../agent/api/contract-conditions.ts';

export const KINDS = ['running', 'paused', 'outside', 'unknown'] as const;
/** `outside`: held back by the schedule alone, which is no surprise to anybody. */
export type Kind = (typeof KINDS)[number];

export type Part = {
  kind: Kind;
  from: number;
  to: number;
  /** Of the whole day, from 0 to 1. */
  begin: number;
  share: number;
};

export type Strip = { date: string; parts: readonly Part[]; seconds: Readonly<Record<Kind, number>> };

type PreviewDay = Preview['days'][number];

export function kindOf({ state, reasons }: PreviewSegment): Kind {
  if (state !== 'paused') return state;
  return reasons.length > 0 && reasons.every((reason) => reason === 'schedule') ? 'outside' : 'paused';
}

/** Days have 23 to 25 hours: a strip is as long as its own. */
export function stripOf({ date, segments }: PreviewDay): Strip {
  const [begin, end] = dayOf(date);
  const length = Math.max(1, end - begin);
  const seconds: Record<Kind, number> = { running: 0, paused: 0, outside: 0, unknown: 0 };
  const parts: Part[] = [];
  for (const segment of segments) {
    const from = Math.max(begin, Date.parse(segment.from));
    const to = Math.min(end, Date.parse(segment.to));
    if (!(to > from)) continue;
    const kind = kindOf(segment);
    seconds[kind] += (to - from) / 1000;
    const last = parts.at(-1);
    // Reasons that follow each other are one pause.
    if (last !== undefined && last.kind === kind && last.to === from) {
      last.to = to;
      last.share = (to - last.from) / length;
    } else parts.push({ kind, from, to, begin: (from - begin) / length, share: (to - from) / length });
  }
  return { date, parts, seconds };
}

/** The first moment of a day of local time, and that of the day after. */
export function dayOf(date: string): [begin: number, end: number] {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  return [new Date(year, month - 1, day).getTime(), new Date(year, month - 1, day + 1).getTime()];
}

/** The last whole day of which anything is known, as the sentence above it; today, as long as there is none. */
export function toldDay(days: readonly PreviewDay[]): PreviewDay | null {
  const [yesterday, today = null] = [days.at(-2), days.at(-1)];
  const isKnown = yesterday !== undefined && yesterday.runningSeconds + yesterday.pausedSeconds > 0;
  return isKnown ? yesterday : today;
}
