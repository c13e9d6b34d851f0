import { expect, it } from 'vitest';
import { movedRow } from '../../../../renderer/screens/partitions/movement.ts';

it.each([
  ['ArrowDown', 5, 6],
  ['ArrowDown', 29, 29],
  ['ArrowUp', 5, 4],
  ['ArrowUp', 0, 0],
  ['PageDown', 5, 15],
  ['PageDown', 25, 29],
  ['PageUp', 25, 15],
  ['PageUp', 5, 0],
  ['Home', 5, 0],
  ['End', 5, 29],
])('%s leads from row %i of 30 to row %i', (key, from, to) => {
  expect(movedRow(key, from, 30)).toBe(to);
});

it.each(['Enter', 'a', 'ArrowLeft', 'Tab'])('%s leads nowhere', (key) => {
  expect(movedRow(key, 5, 30)).toBeNull();
});
