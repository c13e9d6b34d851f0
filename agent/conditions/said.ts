/**
 * What a person said: pause, finish, or run whatever the conditions say. It ends by itself or when they resume. A length of time
 * (“1 h”) goes on when the clock is set or the computer sleeps; a time of day (“until tomorrow”) is what the wall clock says.
 */
import { z } from 'zod';
import type { PauseInput } from '../api/contract-conditions.ts';

export const saidSchema = z.object({
  kind: z.enum(['pause', 'finish', 'run']),
  /** Milliseconds of the wall clock. */
  at: z.number(),
  ends: z.union([
    z.object({ kind: z.literal('never') }),
    z.object({ kind: z.literal('length'), until: z.number(), milliseconds: z.number().positive() }),
    /** At six in the morning of that day of local time, whatever the time zone is by then. */
    z.object({ kind: z.literal('morning'), date: z.string().regex(/^\d{4}-\d\d-\d\d$/) }),
  ]),
});

export type Said = z.infer<typeof saidSchema>;

const MORNING_HOUR = 6;
const MINUTE = 60_000;

export function saidPause(input: PauseInput['for'], now: number): Said {
  if (input === 'resumed') return { kind: 'pause', at: now, ends: { kind: 'never' } };
  if (input === 'tomorrow') {
    return { kind: 'pause', at: now, ends: { kind: 'morning', date: nextMorning(now) } };
  }
  return { kind: 'pause', at: now, ends: lengthOf(input, now) };
}

export function saidFinish(now: number): Said {
  return { kind: 'finish', at: now, ends: { kind: 'never' } };
}

export function saidRun(minutes: number, now: number): Said {
  return { kind: 'run', at: now, ends: lengthOf(minutes, now) };
}

function lengthOf(minutes: number, now: number): Said['ends'] {
  const milliseconds = minutes * MINUTE;
  return { kind: 'length', until: now + milliseconds, milliseconds };
}

/** When it ends; null: when somebody resumes. */
export function saidUntil({ ends }: Said): number | null {
  if (ends.kind === 'never') return null;
  if (ends.kind === 'length') return ends.until;
  const [year = 0, month = 1, day = 1] = ends.date.split('-').map(Number);
  return new Date(year, month - 1, day, MORNING_HOUR).getTime();
}

/** What of it holds now; null: nothing any more. */
export function stillSaid(said: Said | null, now: number): Said | null {
  if (said === null) return null;
  const until = saidUntil(said);
  return until === null || now < until ? said : null;
}

/** The same on a wall clock that was moved. */
export function saidAfterMove(said: Said | null, milliseconds: number): Said | null {
  if (said === null || said.ends.kind !== 'length') return said;
  return {
    ...said,
    at: said.at + milliseconds,
    ends: { ...said.ends, until: said.ends.until + milliseconds },
  };
}

/** What an earlier agent kept. The clock may have been set back meanwhile: nothing lasts longer than it was said to. */
export function saidAfterRestart(said: Said | null, now: number): Said | null {
  if (said === null || said.ends.kind !== 'length' || now >= said.at) return stillSaid(said, now);
  return saidAfterMove(said, now - said.at);
}

/** The next day, or this one before six: who says so in the small hours means this morning. */
function nextMorning(now: number): string {
  const date = new Date(now);
  if (date.getHours() >= MORNING_HOUR) date.setDate(date.getDate() + 1);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
