import { expect, it } from 'vitest';
import { TokenBucket } from '../../../agent/proxy/token-bucket.ts';

let now = 0;
const seconds = (amount: number): void => {
  now += amount * 1000;
};

it('allows many at once, then as many as the rate, and says how long to wait', () => {
  const bucket = new TokenBucket({ atOnce: 3, perSecond: 2 }, () => now);
  expect([1, 2, 3, 4].map(() => bucket.take())).toEqual([0, 0, 0, 0.5]);
  seconds(0.25);
  expect(bucket.take()).toBe(0.25);
  seconds(0.25);
  expect([1, 2].map(() => bucket.take())).toEqual([0, 0.5]);
});

it('saves no more than may happen at once', () => {
  const bucket = new TokenBucket({ atOnce: 2, perSecond: 2 }, () => now);
  seconds(3600);
  expect([1, 2, 3].map(() => bucket.take())).toEqual([0, 0, 0.5]);
});
