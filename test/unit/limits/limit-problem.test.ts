import { describe, expect, it } from 'vitest';
import type { LendingLimits, Limits } from '../../../agent/api/contract-lending.ts';
import { DEFAULT_LIMITS } from '../../../agent/lending/defaults.ts';
import { problemOfLimits, problemOfMostPartitions } from '../../../agent/limits/limit-problem.ts';

const ROOM = { cpus: 4, memoryBytes: 16e9, diskBytes: 500e9 };
const NONE: Limits = {
  cpus: null,
  memoryBytes: null,
  diskBytes: null,
  files: null,
  processes: null,
  ports: null,
  networkBytesPerSecond: null,
};

const limits = (together: Partial<Limits>, each: Partial<Limits> = {}): LendingLimits => ({
  together: { ...NONE, ...together },
  each: { ...NONE, ...each },
});
const problem = (given: LendingLimits): string | null => problemOfLimits(given, ROOM)?.message ?? null;

it('has nothing against no limits, and the considerate ones', () => {
  expect(problem(limits({}))).toBeNull();
  expect(problem(DEFAULT_LIMITS)).toBeNull();
  expect(problem(limits({ cpus: 4, memoryBytes: 16e9, diskBytes: 500e9 }))).toBeNull();
});

it.each([-1, 0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300, 0.5, 1e-9])(
  'refuses %s processes',
  (processes) => {
    expect(problemOfLimits(limits({}, { processes }), ROOM)).toMatchObject({
      code: 'limit-invalid',
      parameters: { limit: 'processes', scope: 'each' },
    });
  },
);

it.each(Object.keys(NONE))('refuses a negative limit of %s by its name', (name) => {
  for (const scope of ['together', 'each'] as const) {
    const given = limits({});
    const found = problemOfLimits({ ...given, [scope]: { ...NONE, [name]: -5 } }, ROOM);
    expect(found).toMatchObject({ code: 'limit-invalid', parameters: { limit: name, scope } });
  }
});

it('takes a part of a processor, and no less than is of use', () => {
  expect(problem(limits({ cpus: 0.5 }))).toBeNull();
  expect(problem(limits({ cpus: 0.001 }))).toBe(
    'The limit of processors for all partitions together is less than anything needs: 0.05 is the least. Nothing was changed.',
  );
});

it('refuses more than there is', () => {
  expect(problem(limits({ memoryBytes: 17e9 }))).toBe(
    'The limit of memory for all partitions together is more than this computer has: 16 GB. Nothing was changed.',
  );
  expect(problem(limits({}, { cpus: 5 }))).toContain('processors for each partition is more than');
  expect(problemOfLimits(limits({ memoryBytes: 17e9 }), null)).toBeNull();
});

describe('one partition and all', () => {
  it('may not have more than all together', () => {
    expect(problem(limits({ diskBytes: 20e9 }, { diskBytes: 21e9 }))).toBe(
      'The limit of disk space for each partition is more than that of all partitions together: 20 GB. Nothing was changed.',
    );
    expect(problem(limits({ diskBytes: 20e9 }, { diskBytes: 20e9 }))).toBeNull();
  });

  it('may be without a limit where the other has one', () => {
    expect(problem(limits({ files: 1000 }))).toBeNull();
    expect(problem(limits({}, { files: 1000 }))).toBeNull();
  });
});

it.each([null, 1, 3, 100_000])('takes %s partitions', (most) => {
  expect(problemOfMostPartitions(most)).toBeNull();
});

it('refuses no partition at all, and says what was meant by that', () => {
  expect(problemOfMostPartitions(0)).toMatchObject({
    code: 'limit-invalid',
    message:
      'No partition at all is no limit: 1 is the least. To host for nobody, lend this computer to yourself alone. Nothing was changed.',
  });
});

it.each([-3, 0.5, 2.5, 100_001, Number.NaN, 1e300])('refuses %s partitions', (most) => {
  expect(problemOfMostPartitions(most)?.message).toBe(
    'How many partitions are lent is a whole number from 1 to 100,000, or none. Nothing was changed.',
  );
});
