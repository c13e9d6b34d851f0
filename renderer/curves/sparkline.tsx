/**
 * A small curve beside its figure. It has no words of its own: the figure has them.
 */
import type { ReactNode } from 'react';
import './curves.css';
import { averaged, axisMaximum, curveOf, type Point } from './geometry.ts';
import { HISTORY_MINUTES } from './recorder.ts';

const WIDTH = 72;
const HEIGHT = 20;
/** More than one point in two of its pixels is a blot. */
const POINT_MILLISECONDS = 60_000;
/** Room for the line’s own thickness at the top and the bottom. */
const MARGIN = 1;

export function Sparkline({
  points,
  least,
}: {
  points: readonly Point[];
  /** The lowest upper end of the axis. */
  least: number;
}): ReactNode {
  const drawn = averaged(points, POINT_MILLISECONDS);
  const to = drawn.at(-1)?.at ?? 0;
  const frame = {
    from: to - HISTORY_MINUTES * 60_000,
    to,
    maximum: axisMaximum(
      drawn.map(({ value }) => value),
      least,
    ),
    width: WIDTH,
    height: HEIGHT,
  };
  const { line, area } = curveOf(drawn, frame, POINT_MILLISECONDS);
  return (
    <svg
      className="sparkline"
      viewBox={`0 ${-MARGIN} ${WIDTH} ${HEIGHT + 2 * MARGIN}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path className="curve-area" d={area} />
      <path className="curve-line" d={line} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
