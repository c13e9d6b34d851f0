import { describe, expect, it } from 'vitest';
import { text } from '../../../renderer/messages.ts';

describe('a name in a sentence', () => {
  it('stands there as it is', () => {
    expect(text('page.installation.ready', { name: '<b>cache</b>' })).toBe('“<b>cache</b>” is ready.');
  });

  it('turns only itself when it is written from right to left', () => {
    expect(text('page.installation.ready', { name: 'חנות' })).toBe('“\u2068חנות\u2069” is ready.');
    expect(text('page.installation.ready', { name: 'a\u202Eb' })).toBe('“\u2068a\u202Eb\u2069” is ready.');
  });
});
