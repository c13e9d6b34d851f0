import { describe, expect, it } from 'vitest';
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
