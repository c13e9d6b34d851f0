import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayOf, kindOf, stripOf, toldDay } from '../../../../renderer/screens/conditions/preview.ts';
import {
  copied,
  hoursOf,
  isBetween,
  isOpen,
  moved,
  painted,
} from '../../../../renderer/screens/conditions/schedule.ts';
import { samplePreview, sampleRules } from '../../../../renderer/tour/sample-conditions.ts';

const EMPTY = Array.from({ length: 7 }, () => '0'.repeat(24));
const cells = fc.record({ day: fc.integer({ min: 0, max: 6 }), hour: fc.integer({ min: 0, max: 23 }) });

describe('the schedule', () => {
  it('is painted in the rectangle of two cells, and nowhere else', () => {
    fc.assert(
      fc.property(cells, cells, cells, (one, other, any) => {
        const hours = painted(EMPTY, one, other, true);
        expect(isOpen(hours, any)).toBe(isBetween(any, one, other));
        expect(hours.every((day) => /^[01]{24}$/u.test(day))).toBe(true);
        expect(painted(hours, other, one, false)).toEqual(EMPTY);
      }),
    );
  });

  it('is left by no key', () => {
    const keys = fc.constantFrom(
      'ArrowUp',
      'ArrowDown',
      'ArrowLeft',
      'ArrowRight',
      'Home',
      'End',
      'PageUp',
      'PageDown',
    );
    fc.assert(
      fc.property(cells, keys, (cell, key) => {
        const next = moved(cell, key);
        expect(next).not.toBeNull();
        expect(isBetween(next ?? cell, { day: 0, hour: 0 }, { day: 6, hour: 23 })).toBe(true);
      }),
    );
    expect(moved({ day: 0, hour: 0 }, 'a')).toBeNull();
  });

  it('is counted in hours, and copied from one day', () => {
    const hours = painted(EMPTY, { day: 2, hour: 8 }, { day: 2, hour: 17 }, true);
    expect(hoursOf(hours)).toBe(10);
    expect(hoursOf(copied(hours, 2))).toBe(70);
  });
});

describe('a strip', () => {
  const segment = (
    from: number,
    to: number,
    state: 'running' | 'paused' | 'unknown',
    reasons: ('battery' | 'schedule')[] = [],
  ) => ({
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    state,
    reasons,
  });

  it('says apart what the schedule alone holds back', () => {
    expect(kindOf(segment(0, 1, 'paused', ['schedule']))).toBe('outside');
    expect(kindOf(segment(0, 1, 'paused', ['schedule', 'battery']))).toBe('paused');
    expect(kindOf(segment(0, 1, 'paused'))).toBe('paused');
    expect(kindOf(segment(0, 1, 'unknown'))).toBe('unknown');
  });

  it('is a whole day long, joins what follows each other, and leaves out what lies outside', () => {
    const [begin, end] = dayOf('2026-11-21');
    const half = (begin + end) / 2;
    const strip = stripOf({
      date: '2026-11-21',
      runningSeconds: 0,
      pausedSeconds: 0,
      segments: [
        segment(begin - 5000, begin + 1000, 'running'),
        segment(begin + 1000, half, 'running'),
        segment(half, end + 5000, 'paused', ['battery']),
        segment(end, begin, 'paused'),
      ],
    });
    expect(strip.parts.map(({ kind, begin: at, share }) => [kind, at, share])).toEqual([
      ['running', 0, 0.5],
      ['paused', 0.5, 0.5],
    ]);
    expect(strip.seconds.running + strip.seconds.paused).toBe((end - begin) / 1000);
  });

  it('of every day of a week covers it without a gap', () => {
    const { days } = samplePreview(sampleRules(), new Date(2026, 10, 22, 14).getTime(), 6);
    expect(days).toHaveLength(7);
    for (const day of days.slice(0, -1)) {
      const sum = stripOf(day).parts.reduce((all, { share }) => all + share, 0);
      expect(sum).toBeCloseTo(1, 6);
    }
  });
});

describe('the day that is told', () => {
  const { days } = samplePreview(sampleRules(), new Date(2026, 10, 22, 14).getTime(), 6);

  it('is the last whole one, as in the sentence', () => {
    expect(toldDay(days)).toBe(days[5]);
    expect(toldDay([])).toBeNull();
  });

  it('is today while nothing is known of the day before', () => {
    const [yesterday, today] = days.slice(-2);
    if (yesterday === undefined || today === undefined) throw new Error('the sample has days');
    const unknown = { ...yesterday, segments: [], runningSeconds: 0, pausedSeconds: 0 };
    expect(toldDay([unknown, today])).toBe(today);
    expect(toldDay([today])).toBe(today);
  });
});
