/**
 * Usage for spreadsheets: RFC 4180, one line for each series and step, in seconds and bytes.
 */
import type { UsageSummary } from '../api/contract-usage.ts';

const HEADER = [
  'begins',
  'ends',
  'title',
  'detail',
  'owner_kind',
  'owner',
  'cpu_seconds',
  'memory_bytes',
  'memory_peak_bytes',
  'disk_bytes',
  'network_bytes',
  'run_seconds',
  'clock_uncertain',
];

/** @param summary of which `borders` are known. @param now what is later is not over yet. */
export function csvOf(summary: UsageSummary & { borders: string[] }, now: number): string {
  const uncertain = new Set(summary.uncertainSteps);
  const since = summary.knownFrom === null ? -Infinity : Date.parse(summary.knownFrom);
  const lines: string[][] = [HEADER];
  for (const series of summary.series) {
    for (let step = 0; step < summary.steps; step += 1) {
      const [begins = '', ends = ''] = summary.borders.slice(step, step + 2);
      const [start, end] = [Math.max(Date.parse(begins), since), Math.min(Date.parse(ends), now)];
      const seconds = Math.max(0, end - start) / 1000;
      const amount = (perSecond: number | null | undefined): string =>
        perSecond === null || perSecond === undefined ? '' : decimal(perSecond * seconds);
      lines.push([
        begins,
        ends,
        harmless(series.title),
        harmless(series.detail),
        series.owner.kind,
        harmless(series.owner.name),
        amount(series.cpus[step]),
        whole(series.memoryBytes[step]),
        whole(series.memoryPeakBytes[step]),
        whole(series.diskBytes[step]),
        amount(series.networkBytesPerSecond[step]),
        decimalOrNothing(series.runSeconds[step]),
        uncertain.has(step) ? 'yes' : '',
      ]);
    }
  }
  return lines.map((cells) => `${cells.map(quoted).join(',')}\r\n`).join('');
}

/** To the millisecond or the thousandth of a byte, without the noise of a division that was undone. */
function decimal(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

function decimalOrNothing(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : decimal(value);
}

function whole(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : String(Math.round(value));
}

/**
 * Names are chosen by those who ask for instances, and a spreadsheet calculates what begins like a formula: it gets an apostrophe
 * before it, which makes it text.
 */
function harmless(text: string): string {
  return /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
