import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../agent/lending/defaults.ts';
import { limitsProblem } from '../../../agent/lending/limits-problem.ts';
import { shownName } from '../../../agent/lending/shown-name.ts';

describe('a name that a stranger chose', () => {
  it('is shown as it is when it is plain', () => {
    expect(shownName('café “notes” 日本 👍')).toBe('café “notes” 日本 👍');
  });

  it.each([
    ['ends a line', 'a\nb', 'a\\u{a}b'],
    ['clears the screen', '\u001b[2Jx', '\\u{1b}[2Jx'],
    ['rings', '\u0007', '\\u{7}'],
    ['turns text around', 'a\u202eb', 'a\\u{202e}b'],
    ['hides', 'a\u200bb', 'a\\u{200b}b'],
    ['is a line separator', 'a\u2028b', 'a\\u{2028}b'],
    ['is C1', 'a\u009bb', 'a\\u{9b}b'],
    ['is half a character', 'a\ud800b', 'a\\u{d800}b'],
  ])('that %s is written out', (_what, name, shown) => {
    expect(shownName(name)).toBe(shown);
  });

  it('that never ends is cut', () => {
    expect(shownName('x'.repeat(100_000))).toBe(`${'x'.repeat(200)}…`);
  });
});

describe('limits', () => {
  const room = { cpus: 2, memoryBytes: 8e9, diskBytes: 100e9 };
  const { together, each } = DEFAULT_LIMITS;

  it('that are usual have no problem', () => {
    expect(limitsProblem(DEFAULT_LIMITS, room)).toBeNull();
  });

  it.each([
    ['more than there is', { together: { ...together, cpus: 3 }, each }, 'together.cpus'],
    [
      'more memory than there is',
      { together: { ...together, memoryBytes: 9e9 }, each },
      'together.memoryBytes',
    ],
    ['more disk than is free', { together: { ...together, diskBytes: 101e9 }, each }, 'together.diskBytes'],
    ['less than anything needs', { together, each: { ...each, memoryBytes: 1 } }, 'each.memoryBytes'],
    ['one above all', { together, each: { ...each, processes: 5000 } }, 'each.processes'],
  ])('with %s are refused by name', (_what, limits, name) => {
    expect(limitsProblem(limits, room)).toMatchObject({ code: 'limit-invalid' });
    expect(limitsProblem(limits, room)?.message).toContain(name);
  });
});
