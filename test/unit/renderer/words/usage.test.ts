import { describe, expect, it } from 'vitest';
import { bytesOrUnknown, cpusText, totalOf } from '../../../../renderer/words/usage.ts';

const plain = (words: string): string => words.replaceAll('\u00a0', ' ');

describe('what a partition uses', () => {
  it.each([
    [0, '0'],
    [0.264, '0.26'],
    [1.5, '1.5'],
    [12.34, '12.3'],
    [-0.01, '0'],
  ])('%d processors are %s', (cpu, words) => {
    expect(cpusText(cpu)).toBe(words);
  });

  it('is unknown when it was never measured', () => {
    expect(bytesOrUnknown(null)).toBe('unknown');
    expect(plain(bytesOrUnknown(84e6))).toBe('84 MB');
  });

  it('adds up; the disk only when it is known of each', () => {
    const one = { cpu: 0.5, memoryBytes: 1e6, diskBytes: 2e6, processes: 1 };
    expect(totalOf({ a: one, b: one })).toEqual({ cpu: 1, memoryBytes: 2e6, diskBytes: 4e6 });
    expect(totalOf({ a: one, b: { ...one, diskBytes: null } }).diskBytes).toBeNull();
    expect(totalOf({})).toEqual({ cpu: 0, memoryBytes: 0, diskBytes: 0 });
  });
});
