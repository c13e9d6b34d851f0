import { expect, test } from 'vitest';
import { doublingBackoff } from '../../../agent/supervisor/backoff.ts';

test('the delay doubles from one second to a minute', () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 8, 1000].map((failures) => doublingBackoff.delay(failures));
  expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

test('a minute of running is good', () => {
  expect(doublingBackoff.goodAfter).toBe(60_000);
});
