/** What rules would have done with the facts of the last days. The same policy as now, asked at each row and between them. */
import type { ConditionName, Preview, PreviewSegment, Rules } from '../api/contract-conditions.ts';
import { text } from '../messages.ts';
import type { Row } from './fact-record.ts';
import { CONDITIONS, initialHolds, turn, type Holds } from './holds.ts';
import { isEmpty } from './schedule.ts';

export type PreviewGiven = {
  rules: Rules;
  /** Whole days of local time before today. */
  days: number;
  rows: readonly Row[];
  now: number;
  /** Of the disk of the data folder; null: not known. */
  totalBytes: number | null;
};

type Segment = {
  from: number;
  to: number;
  state: PreviewSegment['state'];
  reasons: readonly ConditionName[];
};

export function previewOf({ rules, days, rows, now, totalBytes }: PreviewGiven): Preview {
  const dayStarts = Array.from({ length: days + 1 }, (_, index) => startOfDay(now, index - days));
  const whole = segmentsOf(rows, rules, dayStarts[0] ?? now, now);
  const shown = dayStarts.map((from, index) => dayOf(whole, from, dayStarts[index + 1] ?? now));
  const never = neverWords(rules, totalBytes);
  const first = rows.find(({ facts }) => facts !== null);
  return {
    knownFrom: first === undefined ? null : new Date(first.at).toISOString(),
    days: shown,
    sentence: sentenceOf(shown, never),
    never,
  };
}

/** Midnight of a day of local time; one that has none begins when the clocks go on. */
function startOfDay(now: number, days: number): number {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime();
}

/** From `from` to `to`, without a gap; neighbours differ. */
function segmentsOf(rows: readonly Row[], rules: Rules, from: number, to: number): Segment[] {
  const segments: Segment[] = [];
  const add = (
    begin: number,
    end: number,
    state: Segment['state'],
    reasons: readonly ConditionName[],
  ): void => {
    const [clippedFrom, clippedTo] = [Math.max(begin, from), Math.min(end, to)];
    if (clippedFrom >= clippedTo) return;
    const last = segments.at(-1);
    if (last?.state === state && last.to === clippedFrom && sameNames(last.reasons, reasons)) {
      last.to = clippedTo;
    } else segments.push({ from: clippedFrom, to: clippedTo, state, reasons });
  };
  let holds: Holds = initialHolds();
  let known = holding(holds);
  add(from, rows[0]?.at ?? to, 'unknown', []);
  for (let index = 0; index < rows.length; index += 1) {
    const { at = to, facts = null } = rows[index] ?? {};
    const end = Math.min(rows[index + 1]?.at ?? to, to);
    if (facts === null) {
      add(at, end, 'unknown', []);
      continue;
    }
    for (let time = at; time < end;) {
      const turned = turn(holds, facts, rules, time);
      if (turned.holds !== holds) {
        holds = turned.holds;
        known = holding(holds);
      }
      const next = Math.min(turned.next ?? end, end);
      add(time, next, known.length === 0 ? 'running' : 'paused', known);
      time = next;
    }
  }
  return segments;
}

function holding(holds: Holds): ConditionName[] {
  return CONDITIONS.filter((name) => holds[name].holding);
}

function sameNames(one: readonly ConditionName[], other: readonly ConditionName[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index]);
}

function dayOf(segments: readonly Segment[], from: number, to: number): Preview['days'][number] {
  const inside = segments
    .filter((segment) => segment.from < to && segment.to > from)
    .map((segment) => ({ ...segment, from: Math.max(from, segment.from), to: Math.min(to, segment.to) }));
  const seconds = (state: Segment['state']): number =>
    inside.reduce((sum, each) => sum + (each.state === state ? (each.to - each.from) / 1000 : 0), 0);
  return {
    date: dateOf(from),
    segments: inside.map(({ from: begin, to: end, state, reasons }) => ({
      from: new Date(begin).toISOString(),
      to: new Date(end).toISOString(),
      state,
      reasons: [...reasons],
    })),
    runningSeconds: seconds('running'),
    pausedSeconds: seconds('paused'),
  };
}

function dateOf(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Rules that nothing can satisfy, whatever the facts; null: there are none. */
function neverWords(rules: Rules, totalBytes: number | null): string | null {
  if (rules.schedule.enabled && isEmpty(rules.schedule.hours)) return text('conditions.never.schedule');
  if (rules.disk.enabled && totalBytes !== null && rules.disk.freeBytes >= totalBytes) {
    return text('conditions.never.disk');
  }
  return null;
}

function sentenceOf(days: Preview['days'], never: string | null): string {
  if (never !== null) return text('conditions.preview.never', { why: never });
  const [yesterday, today] = [days.at(-2), days.at(-1)];
  const isKnown = (day: Preview['days'][number] | undefined): boolean =>
    day !== undefined && day.runningSeconds + day.pausedSeconds > 0;
  const day = isKnown(yesterday) ? yesterday : today;
  if (day === undefined || !isKnown(day)) return text('conditions.preview.unknown');
  const known = day.runningSeconds + day.pausedSeconds;
  const isWhole = day === yesterday && day.segments.every(({ state }) => state !== 'unknown');
  return text('conditions.preview.would', {
    time: lengthText(day.runningSeconds),
    day: day === yesterday ? 'yesterday' : 'today',
    whole: isWhole ? 'yes' : 'no',
    known: lengthText(known),
  });
}

function lengthText(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return text('conditions.length.minutes', { minutes });
  return text('conditions.length.hours', { hours: Math.round(minutes / 60) });
}
