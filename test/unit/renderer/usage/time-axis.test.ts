import { expect, it } from 'vitest';
import type { UsagePeriod, UsageSummary } from '../../../../agent/api/contract-usage.ts';
import { stepsOf } from '../../../../agent/usage/steps.ts';
import { bordersOf, namedBorders, placeOf } from '../../../../renderer/screens/usage/time-axis.ts';

const PARIS = 'Europe/Paris';
const HOUR = 3_600_000;

/** As the agent answers at `now`. */
function summaryAt(period: UsagePeriod, now: string): UsageSummary {
  const { borders, stepSeconds } = stepsOf(period, Date.parse(now), PARIS);
  const iso = borders.map((border) => new Date(border).toISOString());
  const [from = '', to = ''] = [iso[0], iso.at(-1)];
  const steps = borders.length - 1;
  return { from, to, stepSeconds, steps, borders: iso, knownFrom: null, series: [], reports: [] };
}

function localTimes(moments: readonly number[]): string[] {
  const format = new Intl.DateTimeFormat('sv', { dateStyle: 'short', timeStyle: 'short', timeZone: PARIS });
  return moments.map((at) => format.format(at));
}

it('names local midnights in the week in which the clock is set forward', () => {
  const borders = bordersOf(summaryAt('week', '2026-03-31T10:00:00Z'));
  expect(localTimes(namedBorders('week', borders))).toEqual([
    '2026-03-25 00:00',
    '2026-03-27 00:00',
    '2026-03-29 00:00',
    '2026-03-31 00:00',
  ]);
});

it('names local midnights in the month in which the clock is set back', () => {
  const borders = bordersOf(summaryAt('month', '2026-11-10T10:00:00Z'));
  const named = localTimes(namedBorders('month', borders));
  expect(named).toEqual([
    '2026-10-12 00:00',
    '2026-10-19 00:00',
    '2026-10-26 00:00',
    '2026-11-02 00:00',
    '2026-11-09 00:00',
  ]);
});

it('names the hours of the clock on the day on which it is set forward', () => {
  const borders = bordersOf(summaryAt('day', '2026-03-29T08:50:00Z'));
  expect(localTimes(namedBorders('day', borders)).map((time) => time.slice(11))).toEqual([
    '10:00',
    '16:00',
    '22:00',
    '05:00',
    '11:00',
  ]);
});

it('gives each step the width of its time: the day of 23 hours is narrower', () => {
  const borders = bordersOf(summaryAt('week', '2026-03-31T10:00:00Z'));
  const widths = [16, 20].map((step) => {
    const [begin, end] = [borders[step] ?? 0, borders[step + 4] ?? 0];
    return [(end - begin) / HOUR, placeOf(borders, end) - placeOf(borders, begin)];
  });
  expect(widths).toEqual([
    [23, expect.closeTo(23 / 167)],
    [24, expect.closeTo(24 / 167)],
  ]);
});

it('takes steps for equal where nobody says when they begin', () => {
  const { borders: _untold, ...summary } = summaryAt('day', '2026-11-22T14:00:00Z');
  expect(bordersOf(summary).slice(0, 2)).toEqual([
    Date.parse('2026-11-21T14:15:00Z'),
    Date.parse('2026-11-21T14:30:00Z'),
  ]);
});
