import { describe, expect, it } from 'vitest';
import {
  culpritOf,
  exceeds,
  isDue,
  largestOf,
  nextLook,
  type Measured,
} from '../../../agent/limits/disk-rules.ts';

const MEGABYTE = 1_000_000;
const NOW = 1_000_000;
const measured = (given: Partial<Measured>): Measured => ({
  bytes: 0,
  files: 0,
  at: NOW,
  losses: { bytes: 0, files: 0 },
  grown: { bytes: 0, files: 0 },
  ...given,
});
const lost = (bytes: number, files = 0): { bytes: number; files: number } => ({ bytes, files });
const ALLOWED = { bytes: 100 * MEGABYTE, files: 10_000 };

describe('a partition is measured', () => {
  it('when it never was', () => {
    expect(isDue(undefined, ALLOWED, lost(0), NOW)).toBe(true);
  });

  it('when the disk lost half of what it may still take', () => {
    const before = measured({ bytes: 40 * MEGABYTE });
    expect(isDue(before, ALLOWED, lost(29 * MEGABYTE), NOW)).toBe(false);
    expect(isDue(before, ALLOWED, lost(30 * MEGABYTE), NOW)).toBe(true);
  });

  it('ever more often the nearer the limit', () => {
    expect(isDue(measured({ bytes: 98 * MEGABYTE }), ALLOWED, lost(MEGABYTE), NOW)).toBe(true);
    expect(isDue(measured({ bytes: 120 * MEGABYTE }), ALLOWED, lost(MEGABYTE), NOW)).toBe(true);
  });

  it('for its files as for its bytes', () => {
    const before = measured({ files: 9000 });
    expect(isDue(before, ALLOWED, lost(0, 499), NOW)).toBe(false);
    expect(isDue(before, ALLOWED, lost(0, 500), NOW)).toBe(true);
  });

  it('not at all while the disk does not change, however long', () => {
    expect(isDue(measured({}), ALLOWED, lost(0), NOW + 1e9)).toBe(false);
    expect(isDue(measured({ losses: lost(500 * MEGABYTE) }), ALLOWED, lost(500 * MEGABYTE), NOW)).toBe(false);
  });

  it('after a minute in which it changed a little, also when the clock was set back', () => {
    expect(isDue(measured({}), ALLOWED, lost(1), NOW + 59_000)).toBe(false);
    expect(isDue(measured({}), ALLOWED, lost(1), NOW + 61_000)).toBe(true);
    expect(isDue(measured({}), ALLOWED, lost(1), NOW - 61_000)).toBe(true);
  });

  it('for no limit only so', () => {
    const free = { bytes: null, files: null };
    expect(isDue(measured({}), free, lost(1e12, 1e9), NOW)).toBe(false);
  });
});

it('a limit is exceeded beyond it, not at it', () => {
  expect(exceeds({ bytes: 100 * MEGABYTE, files: 10_000 }, ALLOWED)).toBeNull();
  expect(exceeds({ bytes: 100 * MEGABYTE + 1, files: 0 }, ALLOWED)).toBe('bytes');
  expect(exceeds({ bytes: 0, files: 10_001 }, ALLOWED)).toBe('files');
  expect(exceeds({ bytes: 1e15, files: 1e9 }, { bytes: null, files: null })).toBeNull();
});

describe('the next look', () => {
  it('is far while nothing grows', () => {
    expect(nextLook(lost(0), lost(MEGABYTE, 5), 1000)).toBe(2000);
  });

  it('comes well before anything is full', () => {
    // 10 MB in a second, 40 MB left: full in four seconds.
    expect(nextLook(lost(10 * MEGABYTE), lost(40 * MEGABYTE, 1e6), 1000)).toBe(1000);
    expect(nextLook(lost(0, 1000), lost(1e12, 8000), 1000)).toBe(2000);
  });

  it('is never so near that looking is all that is done', () => {
    expect(nextLook(lost(1e9), lost(1), 100)).toBe(200);
    expect(nextLook(lost(1e9), lost(0, 0), 0)).toBe(200);
  });
});

describe('whose fault it is', () => {
  const grown = (bytes: number): Measured => measured({ bytes: 5, grown: lost(bytes, 0) });

  it('is who grew most since it was measured before', () => {
    const all = new Map([
      ['large', measured({ bytes: 1e12, grown: lost(0) })],
      ['quick', grown(9 * MEGABYTE)],
      ['slow', grown(2 * MEGABYTE)],
    ]);
    expect(culpritOf(all, 'bytes')).toBe('quick');
    expect(largestOf(all, 'bytes')).toBe('large');
  });

  it('is nobody’s when nobody grew', () => {
    expect(culpritOf(new Map([['one', grown(1000)]]), 'bytes')).toBeNull();
    expect(culpritOf(new Map(), 'bytes')).toBeNull();
    expect(largestOf(new Map(), 'files')).toBeNull();
  });
});
