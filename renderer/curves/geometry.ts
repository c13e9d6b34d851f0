/**
 * Where the points of a curve lie: time from left to right, amounts from zero upwards. Numbers in, SVG path data out.
 */

export type Point = {
  /** Milliseconds since the epoch. */
  at: number;
  /** null: unknown at that time. */
  value: number | null;
};

/** What is drawn into: `from` is the left edge, `to` the right one, `maximum` the upper one. Sizes are in SVG units. */
export type Frame = { from: number; to: number; maximum: number; width: number; height: number };

/** `line` is the curve alone; `area` is closed along the axis. Empty when there is nothing to draw. */
export type Curve = { line: string; area: string };

/** Points further apart than this many usual distances have nothing between them: a gap is shown as one. */
const GAP = 3.5;

/**
 * The curve of `points`, which are in the order of time; those outside the frame are left out.
 * @param distanceMilliseconds between two points that follow each other.
 */
export function curveOf(points: readonly Point[], frame: Frame, distanceMilliseconds: number): Curve {
  const pieces = piecesOf(
    points.filter(({ at }) => at >= frame.from && at <= frame.to),
    distanceMilliseconds * GAP,
  );
  const line: string[] = [];
  const area: string[] = [];
  const bottom = rounded(frame.height);
  for (const piece of pieces) {
    const [first] = piece;
    if (first === undefined) continue;
    // A point alone would be invisible: it is drawn as wide as the time it stands for.
    const drawn = piece.length > 1 ? piece : [{ ...first, at: first.at - distanceMilliseconds }, first];
    const path = `M${drawn.map(({ at, value }) => `${x(at, frame)} ${y(value, frame)}`).join('L')}`;
    line.push(path);
    area.push(`${path}V${bottom}H${x(drawn[0]?.at ?? first.at, frame)}Z`);
  }
  return { line: line.join(''), area: area.join('') };
}

type KnownPoint = { at: number; value: number };

function piecesOf(points: readonly Point[], longest: number): KnownPoint[][] {
  const pieces: KnownPoint[][] = [];
  let piece: KnownPoint[] = [];
  let before = -Infinity;
  for (const { at, value } of points) {
    if (value === null || !Number.isFinite(value)) continue;
    if (at - before > longest && piece.length > 0) {
      pieces.push(piece);
      piece = [];
    }
    piece.push({ at, value });
    before = at;
  }
  if (piece.length > 0) pieces.push(piece);
  return pieces;
}

function x(at: number, { from, to, width }: Frame): number {
  return rounded(Math.max(0, (width * (at - from)) / Math.max(1, to - from)));
}

function y(value: number, { maximum, height }: Frame): number {
  const part = maximum <= 0 ? 0 : Math.min(1, Math.max(0, value) / maximum);
  return rounded(height * (1 - part));
}

/** A tenth of a unit cannot be seen, and every digit is drawn again with each new point. */
function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

/**
 * Fewer points for a small drawing: one per `milliseconds`, with the mean of what was known in that time. Each stands at the end of
 * its time, and stays the same when another point comes after it.
 */
export function averaged(points: readonly Point[], milliseconds: number): Point[] {
  const spans = new Map<number, { sum: number; count: number }>();
  for (const { at, value } of points) {
    const end = (Math.floor(at / milliseconds) + 1) * milliseconds;
    const span = spans.get(end) ?? { sum: 0, count: 0 };
    spans.set(end, value === null ? span : { sum: span.sum + value, count: span.count + 1 });
  }
  return [...spans].map(([at, { sum, count }]) => ({ at, value: count === 0 ? null : sum / count }));
}

const STEPS = [1, 2, 4, 6, 8, 10] as const;

/**
 * The upper end of an axis that begins at zero: the first of 1, 2, 4, 6, 8 times a power of ten with room for `values`, so
 * that its half is round as well.
 * @param least the lowest end: a curve of noise should not look like one of work.
 */
export function axisMaximum(values: readonly (number | null)[], least: number): number {
  let highest = least;
  for (const value of values)
    if (value !== null && Number.isFinite(value)) highest = Math.max(highest, value);
  const power = Math.floor(Math.log10(highest));
  const step = STEPS.find((candidate) => candidate * 10 ** power >= highest * (1 - 1e-9)) ?? 10;
  // A power of ten below one has no exact form; what is divided by a whole one is as exact as can be.
  return power < 0 ? step / 10 ** -power : step * 10 ** power;
}
