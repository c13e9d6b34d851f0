import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Preview, Rules } from '../../../agent/api/contract-conditions.ts';
import { DEFAULT_RULES } from '../../../agent/conditions/defaults.ts';
import type { Row } from '../../../agent/conditions/fact-record.ts';
import { UNKNOWN_FACTS, type Facts } from '../../../agent/conditions/facts.ts';
import { previewOf } from '../../../agent/conditions/preview.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

beforeEach(() => void vi.stubEnv('TZ', 'Europe/Paris'));
afterEach(() => void vi.unstubAllEnvs());

const at = (text: string): number => new Date(text).getTime();
const PLUGGED_IN: Facts = { ...UNKNOWN_FACTS, battery: { onBattery: false, percent: 80, present: true } };
const ON_BATTERY: Facts = { ...UNKNOWN_FACTS, battery: { onBattery: true, percent: 80, present: true } };

function preview(now: string, rows: readonly Row[], rules: Partial<Rules> = {}, days = 7): Preview {
  return previewOf({
    rules: { ...DEFAULT_RULES, ...rules },
    days,
    rows,
    now: at(now),
    totalBytes: 100e9,
  });
}

/** `18:00–06:00 paused battery` for each segment. */
function shown(day: Preview['days'][number] | undefined): string[] {
  const time = (iso: string): string => new Date(iso).toTimeString().slice(0, 5);
  return (day?.segments ?? []).map(({ from, to, state, reasons }) =>
    [`${time(from)}–${time(to)}`, state, ...reasons].join(' '),
  );
}

it('says what the rules would have done, hour by hour', () => {
  const told = preview('2026-11-23T12:00', [
    { at: at('2026-11-22T00:00'), facts: PLUGGED_IN },
    { at: at('2026-11-22T09:00'), facts: ON_BATTERY },
    { at: at('2026-11-22T19:59'), facts: PLUGGED_IN },
  ]);
  expect(told.days).toHaveLength(8);
  expect(told.days.at(-2)?.date).toBe('2026-11-22');
  expect(shown(told.days.at(-2))).toEqual([
    '00:00–09:00 running',
    '09:00–20:00 paused battery',
    '20:00–00:00 running',
  ]);
  expect(told.sentence).toBe('With these rules it would have run 13 h yesterday.');
  expect(told).toMatchObject({ knownFrom: new Date(at('2026-11-22T00:00')).toISOString(), never: null });
});

it('covers each day without a gap, and today until now', () => {
  const { days } = preview('2026-11-23T12:00', [{ at: at('2026-11-20T13:00'), facts: PLUGGED_IN }]);
  for (const [index, { segments }] of days.entries()) {
    for (const [place, segment] of segments.entries()) {
      expect(segment.from).toBe(segments[place - 1]?.to ?? segment.from);
    }
    const next = days[index + 1]?.segments[0]?.from ?? new Date(at('2026-11-23T12:00')).toISOString();
    expect(segments.at(-1)?.to).toBe(next);
  }
});

it.each([
  ['2026-10-25', 25],
  ['2026-03-29', 23],
  ['2026-11-22', 24],
])('%s has %i hours', (date, hours) => {
  const now = new Date(at(`${date}T12:00`) + 24 * HOUR);
  const day = previewOf({
    rules: DEFAULT_RULES,
    days: 1,
    rows: [{ at: at(`${date}T00:00`) - HOUR, facts: PLUGGED_IN }],
    now: now.getTime(),
    totalBytes: null,
  }).days[0];
  expect(day?.date).toBe(date);
  expect((day?.runningSeconds ?? 0) / 3600).toBe(hours);
});

it('follows a schedule across midnight, and both hours that are called two', () => {
  const nights = Array.from({ length: 7 }, () => `111111${'0'.repeat(16)}11`);
  const schedule = { enabled: true, action: 'freeze', hours: nights } as const;
  const rows = [{ at: at('2026-10-23T00:00'), facts: PLUGGED_IN }];
  const { days } = preview('2026-10-26T12:00', rows, { schedule }, 2);
  expect(days.map((day) => [day.date, day.runningSeconds / 3600])).toEqual([
    ['2026-10-24', 8],
    ['2026-10-25', 9],
    ['2026-10-26', 6],
  ]);
  expect(shown(days[0])).toEqual([
    '00:00–06:00 running',
    '06:00–22:00 paused schedule',
    '22:00–00:00 running',
  ]);
});

it('lets a person be quiet for their minutes, between two rows', () => {
  const busy = { ...UNKNOWN_FACTS, activeAt: at('2026-11-22T10:00'), loadPercent: 90 };
  const { days } = preview('2026-11-23T12:00', [{ at: at('2026-11-22T10:00'), facts: busy }], {}, 1);
  expect(shown(days[0])).toEqual([
    '00:00–10:00 unknown',
    '10:00–10:01 running',
    '10:01–10:10 paused activity',
    '10:10–00:00 running',
  ]);
});

describe('what is not known', () => {
  it('is said so', () => {
    const told = preview('2026-11-23T12:00', []);
    expect(told).toMatchObject({
      knownFrom: null,
      sentence: 'Nothing is known of the last days yet.',
      never: null,
    });
    expect(told.days.every(({ segments }) => segments.every(({ state }) => state === 'unknown'))).toBe(true);
  });

  it('does not count, and is not hidden', () => {
    const told = preview('2026-11-23T12:00', [
      { at: at('2026-11-22T08:00'), facts: PLUGGED_IN },
      { at: at('2026-11-22T10:00'), facts: null },
      { at: at('2026-11-22T12:00'), facts: PLUGGED_IN },
      { at: at('2026-11-22T15:00'), facts: null },
    ]);
    expect(told.sentence).toBe(
      'With these rules it would have run 5 h of the 5 h that are known of yesterday.',
    );
  });

  it('of yesterday leaves today', () => {
    const told = preview('2026-11-23T12:00', [{ at: at('2026-11-23T11:30'), facts: PLUGGED_IN }]);
    expect(told.sentence).toBe(
      'With these rules it would have run 30 min of the 30 min that are known of today.',
    );
  });
});

describe('rules that can never run', () => {
  const rows = [{ at: at('2026-11-22T00:00'), facts: PLUGGED_IN }];

  it('because the schedule is empty', () => {
    const hours = Array.from({ length: 7 }, () => '0'.repeat(24));
    const told = preview('2026-11-23T12:00', rows, { schedule: { enabled: true, action: 'freeze', hours } });
    expect([told.never, told.sentence]).toEqual([
      'the schedule is empty',
      'With these rules it would never run: the schedule is empty.',
    ]);
    expect(told.days.at(-2)?.runningSeconds).toBe(0);
  });

  it('because the disk is not that large', () => {
    const told = preview('2026-11-23T12:00', rows, {
      disk: { enabled: true, action: 'freeze', freeBytes: 200e9 },
    });
    expect(told.never).toBe('the disk is smaller than what must be free');
  });
});

it('sees nothing of a future that was recorded', () => {
  const rows = [
    { at: at('2026-11-22T00:00'), facts: PLUGGED_IN },
    { at: at('2026-11-23T13:00'), facts: ON_BATTERY },
  ];
  const today = preview('2026-11-23T12:00', rows).days.at(-1);
  expect(shown(today)).toEqual(['00:00–12:00 running']);
});
