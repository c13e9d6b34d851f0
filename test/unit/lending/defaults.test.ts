import { expect, it } from 'vitest';
import { DEFAULT_LIMITS, limitsThatFit } from '../../../agent/lending/defaults.ts';
import { problemOfLimits } from '../../../agent/limits/limit-problem.ts';

it('leaves what is usual where there is room for it', () => {
  const room = { cpus: 8, memoryBytes: 16e9, diskBytes: 200e9 };
  expect(limitsThatFit(DEFAULT_LIMITS, room)).toEqual(DEFAULT_LIMITS);
});

it.each([
  ['a small computer', { cpus: 1, memoryBytes: 1e9, diskBytes: 8e9 }],
  ['a disk with little left', { cpus: 2, memoryBytes: 8e9, diskBytes: 1e9 }],
])('is never more than %s has', (_what, room) => {
  const limits = limitsThatFit(DEFAULT_LIMITS, room);
  expect(problemOfLimits(limits, room)).toBeNull();
  expect(limits.together.diskBytes).toBe(room.diskBytes / 2);
});
