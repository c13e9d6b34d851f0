import { describe, expect, it } from 'vitest';
import { excerpt } from '../../../renderer/words/excerpt.ts';

describe('an excerpt', () => {
  it('of short words is all of them', () => {
    expect(excerpt('')).toBe('');
    expect(excerpt('a'.repeat(80))).toBe('a'.repeat(80));
  });

  it('of long words is their beginning, in whole characters', () => {
    expect(excerpt('a'.repeat(81))).toBe(`${'a'.repeat(79)}…`);
    expect(excerpt('🗄'.repeat(1000))).toBe(`${'🗄'.repeat(39)}…`);
    expect(excerpt(`a${'🗄'.repeat(1000)}`).isWellFormed()).toBe(true);
  });
});
