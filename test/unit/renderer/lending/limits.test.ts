import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contradictionOf,
  fromUnit,
  inUnit,
  LIMIT_NAMES,
  scaleOf,
  withLimit,
} from '../../../../renderer/screens/lending/limits.ts';
import { sampleLending } from '../../../../renderer/tour/sample-lending.ts';
import { isLent, isWithin, missingFor, sharingInForce } from '../../../../renderer/words/sharing.ts';

const lending = sampleLending();

describe('a limit in its field', () => {
  it.each([
    ['cpus', 2.25, 2.25],
    ['memoryBytes', 4e9, 4],
    ['diskBytes', 1_500_000_000, 1.5],
    ['processes', 256, 256],
    ['networkBytesPerSecond', 1_250_000, 10],
  ] as const)('%s of %d is %d there, and back', (name, limit, shown) => {
    expect(inUnit(name, limit)).toBe(shown);
    expect(fromUnit(name, shown)).toBe(limit);
  });

  it('has a slider of about a hundred steps, however large the computer is', () => {
    const sizes = fc.double({ min: 1e8, max: 1e15, noNaN: true });
    fc.assert(
      fc.property(
        fc.constantFrom(...LIMIT_NAMES),
        sizes,
        fc.integer({ min: 1, max: 4096 }),
        (name, bytes, cpus) => {
          const { most, step } = scaleOf(name, { cpus, memoryBytes: bytes, diskBytes: bytes });
          expect(step).toBeGreaterThan(0);
          expect(most).toBeGreaterThan(0);
          expect(most / step).toBeLessThanOrEqual(name === 'cpus' ? 4096 : 101);
        },
      ),
    );
  });
});

describe('a limit that cannot be', () => {
  it.each([
    ['together', 'cpus', -1, { kind: 'too-small' }],
    ['together', 'memoryBytes', 0, { kind: 'too-small' }],
    ['together', 'processes', 1.5, { kind: 'not-whole' }],
    ['together', 'diskBytes', Number.NaN, { kind: 'not-a-number' }],
    ['together', 'diskBytes', 500e9, { kind: 'room', most: 212e9 }],
    ['each', 'memoryBytes', 5e9, { kind: 'together', most: 4e9 }],
    ['together', 'files', 1e30, { kind: 'huge', most: 1e15 }],
    ['together', 'files', null, null],
    ['each', 'networkBytesPerSecond', 1e6, null],
  ] as const)('%s, %s, %s', (scope, name, limit, contradiction) => {
    expect(contradictionOf(scope, name, limit, lending)).toEqual(contradiction);
  });

  it('for one partition is lowered with that for all', () => {
    const lowered = withLimit(lending.limits, 'together', 'memoryBytes', 1e9);
    expect([lowered.together.memoryBytes, lowered.each.memoryBytes]).toEqual([1e9, 1e9]);
    const raised = withLimit(lending.limits, 'together', 'memoryBytes', 8e9);
    expect(raised.each).toEqual(lending.limits.each);
    expect(withLimit(lending.limits, 'together', 'memoryBytes', null).each).toEqual(lending.limits.each);
  });
});

describe('how far it is shared', () => {
  it.each([
    ['me', 'people', 'me'],
    ['people', 'people', 'people'],
    ['everyone', 'people', 'people'],
    ['people', 'me', 'me'],
    ['nobody', 'everyone', 'nobody'],
  ] as const)('chosen %s, at most %s: %s holds', (sharing, verdict, holds) => {
    expect(sharingInForce({ sharing, verdict })).toBe(holds);
    expect(isLent({ sharing, verdict })).toBe(!isWithin(holds, 'me'));
  });

  it('lacks what refuses it, and what refuses something narrower', () => {
    const names = (sharing: 'people' | 'everyone'): string[] =>
      missingFor(sharing, lending.protections).map(({ name }) => name);
    expect(names('people')).toEqual([]);
    expect(names('everyone')).toEqual(['disk']);
  });
});
