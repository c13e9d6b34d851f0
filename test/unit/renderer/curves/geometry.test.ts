import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averaged, axisMaximum, curveOf, type Frame } from '../../../../renderer/curves/geometry.ts';

const frame: Frame = { from: 0, to: 100, maximum: 10, width: 200, height: 50 };

describe('a curve', () => {
  it('goes from left to right, and from zero upwards', () => {
    const points = [
      { at: 0, value: 0 },
      { at: 50, value: 5 },
      { at: 100, value: 10 },
    ];
    const { line, area } = curveOf(points, frame, 50);
    expect(line).toBe('M0 50L100 25L200 0');
    expect(area).toBe('M0 50L100 25L200 0V50H0Z');
  });

  it('leaves a gap where nothing is known, instead of a line across it', () => {
    const points = [0, 10, 20, 80, 90, 100].map((at) => ({ at, value: 10 }));
    expect(curveOf(points, frame, 10).line).toBe('M0 0L20 0L40 0M160 0L180 0L200 0');
  });

  it('bridges a single sample that is missing', () => {
    const points = [0, 10, 30, 40].map((at) => ({ at, value: 10 }));
    expect(curveOf(points, frame, 10).line).toBe('M0 0L20 0L60 0L80 0');
  });

  it('shows a point alone as wide as the time it stands for', () => {
    expect(curveOf([{ at: 50, value: 10 }], frame, 10).line).toBe('M80 0L100 0');
  });

  it('passes over what is unknown, and over what is outside its time', () => {
    const points = [
      { at: -5, value: 10 },
      { at: 0, value: 10 },
      { at: 10, value: null },
      { at: 20, value: 10 },
    ];
    expect(curveOf(points, frame, 10).line).toBe('M0 0L40 0');
    expect(curveOf([{ at: 0, value: null }], frame, 10)).toEqual({ line: '', area: '' });
    expect(curveOf([], frame, 10)).toEqual({ line: '', area: '' });
  });

  it('never leaves its frame', () => {
    const points = fc.array(fc.record({ at: fc.integer({ min: -50, max: 150 }), value: fc.double() }));
    fc.assert(
      fc.property(points, (drawn) => {
        const { area } = curveOf(
          drawn.toSorted((a, b) => a.at - b.at),
          frame,
          10,
        );
        for (const [, left = '', upper = ''] of area.matchAll(/([\d.]+) ([\d.]+)/gu)) {
          expect(Number(left)).toBeLessThanOrEqual(200);
          expect(Number(upper)).toBeLessThanOrEqual(50);
        }
        expect(area).not.toMatch(/NaN|-/u);
      }),
    );
  });
});

describe('fewer points', () => {
  it('are the means of their time', () => {
    const points = [0, 30, 60, 90, 120].map((second) => ({ at: second * 1000, value: second }));
    expect(averaged(points, 60_000)).toEqual([
      { at: 60_000, value: 15 },
      { at: 120_000, value: 75 },
      { at: 180_000, value: 120 },
    ]);
  });

  it('say that nothing was known', () => {
    const points = [
      { at: 0, value: null },
      { at: 60_000, value: null },
      { at: 90_000, value: 4 },
    ];
    expect(averaged(points, 60_000).map(({ value }) => value)).toEqual([null, 4]);
  });
});

describe('an axis', () => {
  it.each([
    [[0.013, 0.031], 0.04],
    [[0.26], 0.4],
    [[84e6], 100e6],
    [[412e6, null], 600e6],
    [[2], 2],
    [[], 0.01],
    [[Number.NaN, 3], 4],
  ])('for %j ends at %d', (values, end) => {
    expect(axisMaximum(values, 0.01)).toBe(end);
  });

  it('has room for every value, and is not three times as high as the highest', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1e13, noNaN: true }), (value) => {
        const end = axisMaximum([value], 0.01);
        expect(end).toBeGreaterThanOrEqual(value * 0.999_999);
        expect(end).toBeLessThanOrEqual(value * 2.01);
      }),
    );
  });
});
