import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawnRows, visibleRange } from '../../../../renderer/screens/partitions/visible-rows.ts';

const ROW = 60;

describe('the rows that can be seen', () => {
  it('begin with the first one at the top of the page', () => {
    expect(visibleRange(200, 720, ROW, 500)).toEqual({ first: 0, end: 20 });
  });

  it('are around the view when the list is scrolled, with some above and below', () => {
    expect(visibleRange(-6000, 720, ROW, 500)).toEqual({ first: 90, end: 122 });
  });

  it('end with the last one', () => {
    expect(visibleRange(-29_400, 720, ROW, 500).end).toBe(500);
  });

  it('stay the same while the list moves by less than a row', () => {
    expect(visibleRange(-6010, 720, ROW, 500)).toEqual(visibleRange(-6020, 720, ROW, 500));
  });

  it('are few, all that is seen is among them, and none is beside the list', () => {
    const anything = fc.record({
      top: fc.integer({ min: -100_000, max: 2000 }),
      view: fc.integer({ min: 100, max: 3000 }),
      count: fc.integer({ min: 0, max: 1000 }),
    });
    fc.assert(
      fc.property(anything, ({ top, view, count }) => {
        const { first, end } = visibleRange(top, view, ROW, count);
        expect(first).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(count);
        expect(first).toBeLessThanOrEqual(end);
        expect(end - first).toBeLessThanOrEqual(view / ROW + 26);
        for (let row = 0; row < count; row += 1) {
          const isSeen = top + (row + 1) * ROW > 0 && top + row * ROW < view;
          if (isSeen) expect(row >= first && row < end).toBe(true);
        }
      }),
    );
  });
});

describe('the rows that are drawn', () => {
  const range = { first: 10, end: 13 };

  it('are those that can be seen, and the one that the Tab key reaches, in their order', () => {
    expect(drawnRows(range, 11)).toEqual([10, 11, 12]);
    expect(drawnRows(range, 2)).toEqual([2, 10, 11, 12]);
    expect(drawnRows(range, 40)).toEqual([10, 11, 12, 40]);
  });
});
