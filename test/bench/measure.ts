/**
 * What every benchmark measures with and prints: samples, their median, a table. A benchmark shows figures and judges none.
 */
import { setImmediate as breathe } from 'node:timers/promises';

/** What the samples are amounts of; a table chooses the digits. */
export type Unit = 'ms' | 'MB' | 'MB/s' | '/s' | '/min' | 's/min' | 'kB' | '%' | '';

export type Row = {
  what: string;
  unit: Unit;
  samples: readonly number[];
  /** What the same costs without the product, in the same unit; null where there is nothing to compare with. */
  baseline: { what: string; samples: readonly number[] } | null;
};

export type Table = {
  title: string;
  rows: readonly Row[];
  /** What a reader must know to understand the figures. */
  notes: readonly string[];
};

/** Of no samples: NaN, which the table shows as a dash. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value below which `share` of the samples lie. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/**
 * Takes `times` samples of each measurement in turns, so that what else the machine does meanwhile hits all of them alike.
 * @param measurements each returns one sample.
 */
export async function inTurns<Name extends string>(
  times: number,
  measurements: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(measurements) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let turn = 0; turn < times; turn += 1) {
    for (const name of names) {
      await breathe();
      samples[name].push(await measurements[name]());
    }
  }
  return samples;
}

/** The table as aligned Markdown, which reads as well in a terminal. */
export function tableText({ title, rows, notes }: Table): string {
  const head = ['what', 'median', 'min–max', 'n', 'baseline', 'ratio'];
  const lines = [head, ...rows.map(cellsOf)];
  const widths = head.map((_, column) => Math.max(3, ...lines.map((cells) => cells[column]?.length ?? 0)));
  const isNumber = (column: number): boolean => column > 0 && column !== 4;
  const rule = widths.map((width, column) =>
    isNumber(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  const aligned = [head, rule, ...lines.slice(1)].map((cells) => {
    const padded = cells.map((cell, column) => {
      const width = widths[column] ?? 0;
      return isNumber(column) ? cell.padStart(width) : cell.padEnd(width);
    });
    return `| ${padded.join(' | ')} |`;
  });
  const remarks = notes.length === 0 ? [] : ['', ...notes.map((note) => `- ${note}`)];
  return [`### ${title}`, '', ...aligned, ...remarks, ''].join('\n');
}

function cellsOf({ what, unit, samples, baseline }: Row): string[] {
  const middle = median(samples);
  const range = samples.length < 2 ? '' : `${amount(Math.min(...samples))}–${amount(Math.max(...samples))}`;
  const compared = median(baseline?.samples ?? []);
  return [
    what,
    `${amount(middle)} ${unit}`.trimEnd(),
    range,
    String(samples.length),
    baseline === null ? '' : `${baseline.what}: ${amount(compared)} ${unit}`.trimEnd(),
    Number.isFinite(middle / compared) ? `${amount(middle / compared)}×` : '',
  ];
}

/** Three digits that mean something, and no more. */
function amount(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en');
  if (value >= 10) return value.toFixed(1);
  return value >= 0.1 ? value.toFixed(2) : value.toPrecision(2);
}
