/** What rules would have done with the facts of the last days. The same policy as now, asked at each row and between them. */
import type { ConditionName, Preview, PreviewSegment, Rules } from '../api/contract-conditions.ts';
import { text } from '../messages.ts';
import type { Facts } from './facts.ts';
import type { Row } from './fact-record.ts';
import { CONDITIONS, dueAt, initialHolds, turnOne } from './holds.ts';
import { hourAt, isEmpty, type LocalHour } from './schedule.ts';

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
  const turns = CONDITIONS.flatMap((name) => turnsOf(name, rows, rules, to).map((at) => ({ at, name })));
  turns.sort((one, other) => one.at - other.at);
  const holding = new Set<ConditionName>();
  let known: readonly ConditionName[] = [];
  let place = 0;
  add(from, rows[0]?.at ?? to, 'unknown', []);
  for (let index = 0; index < rows.length; index += 1) {
    const { at = to, facts = null } = rows[index] ?? {};
    const end = Math.min(rows[index + 1]?.at ?? to, to);
    if (facts === null) {
      add(at, end, 'unknown', []);
      continue;
    }
    for (let time = at; time < end;) {
      const before = place;
      for (let due = turns[place]; due !== undefined && due.at <= time; due = turns[place]) {
        if (!holding.delete(due.name)) holding.add(due.name);
        place += 1;
      }
      if (place > before) known = CONDITIONS.filter((name) => holding.has(name));
      const next = Math.min(turns[place]?.at ?? end, end);
      add(time, next, known.length === 0 ? 'running' : 'paused', known);
      time = next;
    }
  }
  return segments;
}

/**
 * When one rule begins to hold back, lets go, begins again. It is asked only when a fact that it looks at differs, or when it may turn by
 * itself: most facts of most minutes are those of the minute before.
 */
function turnsOf(name: ConditionName, rows: readonly Row[], rules: Rules, to: number): number[] {
  const turns: number[] = [];
  let hold = initialHolds()[name];
  let seen: Facts | null = null;
  let due = Number.NEGATIVE_INFINITY;
  let hour: LocalHour | null = null;
  const isSame = SAME_FOR[name];
  for (let index = 0; index < rows.length; index += 1) {
    const { at = to, facts = null } = rows[index] ?? {};
    if (facts === null) continue;
    const isSeen = seen !== null && isSame(facts, seen);
    seen = facts;
    let time = isSeen && due > at ? due : at;
    const end = index + 1 < rows.length ? Math.min(rows[index + 1]?.at ?? to, to) : to;
    while (time < end) {
      hour = hourAt(time, hour);
      const after = turnOne(name, hold, facts, rules, time, hour);
      if (after.holding !== hold.holding) turns.push(time);
      hold = after;
      due = dueAt(name, hold, facts, rules, time, hour);
      time = due;
    }
  }
  return turns;
}

/** Whether a rule sees no difference. */
const SAME_FOR: Readonly<Record<ConditionName, (one: Facts, other: Facts) => boolean>> = {
  battery: ({ battery: one }, { battery: other }) =>
    one === other || (one?.onBattery === other?.onBattery && one?.percent === other?.percent),
  activity: (one, other) => one.activeAt === other.activeAt && one.loadPercent === other.loadPercent,
  load: (one, other) => one.loadPercent === other.loadPercent,
  metered: (one, other) => one.metered === other.metered,
  temperature: (one, other) => one.celsius === other.celsius,
  disk: (one, other) => one.freeBytes === other.freeBytes,
  fullscreen: (one, other) => one.fullscreen === other.fullscreen,
  schedule: () => true,
};

function sameNames(one: readonly ConditionName[], other: readonly ConditionName[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index]);
}

function dayOf(segments: readonly Segment[], from: number, to: number): Preview['days'][number] {
  const first = segments.findIndex((segment) => segment.to > from);
  const inside: Segment[] = [];
  for (let index = first; index >= 0 && (segments[index]?.from ?? to) < to; index += 1) {
    const segment = segments[index];
    if (segment === undefined) break;
    inside.push({ ...segment, from: Math.max(from, segment.from), to: Math.min(to, segment.to) });
  }
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
