import { expect, it } from 'vitest';
import { perMinute } from '../../../../renderer/curves/table.ts';

it('is a row for each minute in which something was measured, the newest first, with what was last in it', () => {
  const points = [
    { at: 60_000, value: 1 },
    { at: 70_000, value: 2 },
    { at: 240_000, value: null },
    { at: 250_000, value: 3 },
  ];
  expect(perMinute(points)).toEqual([
    { at: 240_000, value: 3 },
    { at: 60_000, value: 2 },
  ]);
  expect(perMinute([])).toEqual([]);
});
