import { describe, expect, it } from 'vitest';
import { localDate, startOfDay, startOfNextDay } from '../../../agent/usage/local-days.ts';
import { stepAt, stepsOf } from '../../../agent/usage/steps.ts';

const HOUR = 3_600_000;
const BERLIN = 'Europe/Berlin';

describe('a local day', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00Z', 23],
    ['Europe/Berlin', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00Z', 25],
    ['Asia/Kathmandu', '2026-11-22T12:00:00Z', '2026-11-21T18:15:00Z', 24],
    ['Australia/Lord_Howe', '2026-04-05T00:00:00Z', '2026-04-04T13:00:00Z', 24.5],
    // Where the clock is set at midnight, the day begins at one.
    ['America/Santiago', '2026-09-06T12:00:00Z', '2026-09-06T04:00:00Z', 23],
    ['UTC', '2026-11-22T00:00:00Z', '2026-11-22T00:00:00Z', 24],
  ])('begins and ends by the clock on the wall: %s %s', (zone, at, start, hours) => {
    const begin = startOfDay(Date.parse(at), zone);
    expect(new Date(begin).toISOString()).toBe(start.replace('Z', '.000Z'));
    expect((startOfNextDay(Date.parse(at), zone) - begin) / HOUR).toBe(hours);
  });

  it('has the date that people write there', () => {
    expect(localDate(Date.parse('2026-11-22T23:30:00Z'), BERLIN)).toBe('2026-11-23');
  });
});

describe('steps', () => {
  it('of a day are quarters of an hour up to now', () => {
    const now = Date.parse('2026-11-22T14:37:00Z');
    const { borders, stepSeconds } = stepsOf('day', now, BERLIN);
    expect([borders.length, stepSeconds]).toEqual([97, 900]);
    expect(new Date(borders.at(-1) ?? 0).toISOString()).toBe('2026-11-22T14:45:00.000Z');
  });

  it('of a month are local days, of which one is short when the summer begins', () => {
    const { borders, stepSeconds } = stepsOf('month', Date.parse('2026-04-10T10:00:00Z'), BERLIN);
    expect([borders.length, stepSeconds]).toEqual([31, 86_400]);
    const lengths = borders.slice(1).map((border, index) => (border - (borders[index] ?? 0)) / HOUR);
    expect(lengths.filter((length) => length === 23)).toHaveLength(1);
    expect(lengths.filter((length) => length === 24)).toHaveLength(29);
  });

  it('of a week are quarters of local days', () => {
    const { borders } = stepsOf('week', Date.parse('2026-10-27T10:00:00Z'), BERLIN);
    expect(borders).toHaveLength(29);
    expect(borders.toSorted((one, other) => one - other)).toEqual(borders);
    expect(borders.filter((at) => startOfDay(at, BERLIN) === at)).toHaveLength(8);
  });

  it('hold the moments from their beginning to before their end', () => {
    const steps = { borders: [0, 10, 20, 50], stepSeconds: 10 };
    expect([-1, 0, 9, 10, 49, 50].map((at) => stepAt(steps, at))).toEqual([-1, 0, 0, 1, 2, -1]);
  });
});
