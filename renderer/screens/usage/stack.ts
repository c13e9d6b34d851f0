/**
 * One stacked area of many series: the person's own at the bottom, then those of others, the largest at the top. Those that would be
 * too thin to be told apart are one. Numbers in, SVG path data out.
 */
import type { UsageSeries } from '../../../agent/api/contract-usage.ts';
import { placeOf } from './time-axis.ts';

export const MEASURES = ['cpu', 'memory', 'disk', 'network'] as const;
export type Measure = (typeof MEASURES)[number];

/** How many of others have a colour of their own. */
export const MOST_SHADES = 5;

/** `me`, `other-0` (the largest) to `other-4`, and `rest`. */
export type Shade = 'me' | 'rest' | `other-${number}`;

export type Layer = { shade: Shade; values: readonly (number | null)[] };

export function valuesOf(series: UsageSeries, measure: Measure): readonly (number | null)[] {
  switch (measure) {
    case 'cpu':
      return series.cpus;
    case 'memory':
      return series.memoryBytes;
    case 'disk':
      return series.diskBytes;
    default:
      return series.networkBytesPerSecond;
  }
}

function weightOf(values: readonly (number | null)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

/** Which series is drawn how; by key. */
export function shadesOf(series: readonly UsageSeries[], measure: Measure): ReadonlyMap<string, Shade> {
  const shades = new Map<string, Shade>();
  const others = series.filter(({ owner }) => owner.kind === 'other');
  const largest = others
    .map((each) => ({ key: each.key, weight: weightOf(valuesOf(each, measure)) }))
    .toSorted((one, other) => other.weight - one.weight);
  for (const [place, { key }] of largest.entries()) {
    const own = place < MOST_SHADES || largest.length === MOST_SHADES + 1;
    shades.set(key, own && place <= MOST_SHADES ? `other-${Math.min(place, MOST_SHADES)}` : 'rest');
  }
  for (const { key, owner } of series) if (owner.kind === 'me') shades.set(key, 'me');
  return shades;
}

/** From the bottom upwards. A step of which nothing is known of any is a gap. */
export function layersOf(series: readonly UsageSeries[], measure: Measure, steps: number): Layer[] {
  const shades = shadesOf(series, measure);
  const sums = new Map<Shade, (number | null)[]>();
  for (const each of series) {
    const shade = shades.get(each.key) ?? 'rest';
    const sum = sums.get(shade) ?? Array.from({ length: steps }, () => null);
    for (const [step, value] of valuesOf(each, measure).entries()) {
      if (step < steps && value !== null && Number.isFinite(value))
        sum[step] = (sum[step] ?? 0) + Math.max(0, value);
    }
    sums.set(shade, sum);
  }
  const order = (shade: Shade): number =>
    shade === 'me' ? -2 : shade === 'rest' ? -1 : MOST_SHADES - Number(shade.slice('other-'.length));
  return [...sums]
    .map(([shade, values]) => ({ shade, values }))
    .toSorted((one, other) => order(one.shade) - order(other.shade));
}

/** What all layers together reach in each step; null where nothing is known. */
export function totalsOf(layers: readonly Layer[], steps: number): (number | null)[] {
  return Array.from({ length: steps }, (_, step) =>
    layers.reduce<number | null>((sum, { values }) => {
      const value = values[step] ?? null;
      return value === null ? sum : (sum ?? 0) + value;
    }, null),
  );
}

export type Drawn = { shade: Shade; area: string; line: string };

/** Each step is as wide as the time it stands for, so that one alone is seen, and nothing is drawn where nothing is known. */
export function drawnOf(
  layers: readonly Layer[],
  {
    borders,
    maximum,
    width,
    height,
  }: { borders: readonly number[]; maximum: number; width: number; height: number },
): Drawn[] {
  const steps = borders.length - 1;
  const totals = totalsOf(layers, steps);
  const bottom = Array.from({ length: steps }, () => 0);
  return layers.map(({ shade, values }) => {
    const top = bottom.map((from, step) => from + (values[step] ?? 0));
    let [area, line] = ['', ''];
    for (const [begin, end] of runsOf(totals)) {
      const border = (step: number): number => width * placeOf(borders, borders[step] ?? 0);
      const x = (step: number): number => rounded(border(step));
      const middle = (step: number): number => rounded((border(step) + border(step + 1)) / 2);
      const y = (value: number): number =>
        rounded(height * (1 - Math.min(1, maximum <= 0 ? 0 : value / maximum)));
      // The middle of each step, and both ends of the run.
      const points = (edge: readonly number[]): string[] => {
        const inner = Array.from(
          { length: end - begin },
          (_, place) => `${middle(begin + place)} ${y(edge[begin + place] ?? 0)}`,
        );
        return [`${x(begin)} ${y(edge[begin] ?? 0)}`, ...inner, `${x(end)} ${y(edge[end - 1] ?? 0)}`];
      };
      const upper = points(top);
      area += `M${upper.join('L')}L${points(bottom).toReversed().join('L')}Z`;
      line += `M${upper.join('L')}`;
    }
    for (const [step, value] of top.entries()) bottom[step] = value;
    return { shade, area, line };
  });
}

/** First and one after the last step of each piece that is known. */
function runsOf(totals: readonly (number | null)[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const [step, total] of totals.entries()) {
    if (total === null) continue;
    const last = runs.at(-1);
    if (last !== undefined && last[1] === step) last[1] = step + 1;
    else runs.push([step, step + 1]);
  }
  return runs;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
