import { expect, it } from 'vitest';
import { ClockWatch } from '../../../agent/clock-watch.ts';

function clocks(): { wall: number; steady: number; watch: ClockWatch } {
  const at = { wall: 1_000_000_000, steady: 5000 };
  const watch = new ClockWatch(
    () => at.wall,
    () => at.steady,
  );
  return Object.assign(at, { watch });
}

it('says nothing while both clocks go on together', () => {
  const at = clocks();
  at.wall += 3_600_000;
  at.steady += 3_600_000;
  expect(at.watch.jump()).toBe(0);
});

it('tells by how much the clock was set back, once', () => {
  const at = clocks();
  at.wall -= 3 * 3_600_000;
  expect(at.watch.jump()).toBe(-3 * 3_600_000);
  expect(at.watch.jump()).toBe(0);
});
