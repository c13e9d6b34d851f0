import { afterEach, expect, it, vi } from 'vitest';
import { text } from '../../agent/messages.ts';

afterEach(() => vi.restoreAllMocks());

it('a sentence without numbers is said without the tables of languages', () => {
  const asked = vi.spyOn(Intl.NumberFormat, 'supportedLocalesOf');
  expect(text('conditions.fact.metered', { metered: 'no' })).toBe('Not metered');
  expect(asked).not.toHaveBeenCalled();
});

it('a sentence with numbers counts', () => {
  const minutes = [0, 1, 1200].map((amount) => text('conditions.fact.activity', { minutes: amount }));
  expect(minutes).toEqual(['You use it now', 'Not used for 1 minute', 'Not used for 1,200 minutes']);
});
