/**
 * `usage`: who used how much of this computer, and what its masters were told of it.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { UsageByInput, UsageReports, UsageSeries, UsageSummary } from '../../api/contract-usage.ts';
import { newFileError } from '../../disk.ts';
import { text } from '../../messages.ts';
import { answer, type CommandContext } from '../context.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit-status.ts';
import { megabytes, table } from '../words.ts';
import { masterCalled } from './node.ts';

export type UsageOptions = {
  period: UsageByInput['period'] | undefined;
  by: UsageByInput['by'];
  /** `-`: standard output. */
  csv?: string;
};

/** `usage [PERIOD]`. */
export async function usage(context: CommandContext, options: UsageOptions): Promise<ExitStatus> {
  const input = { period: options.period ?? 'day', by: options.by } as const;
  const connection = await context.connect();
  if (options.csv !== undefined) return saveCsv(context, await connection.usageCsv(input), options.csv);
  const summary = await connection.usageSummary(input);
  answer(context, summary, usageText(summary, input));
  return EXIT.done;
}

async function saveCsv(
  context: CommandContext,
  csv: { text: string },
  destination: string,
): Promise<ExitStatus> {
  if (destination === '-') {
    context.terminal.result(csv.text.replace(/\r\n$/, ''));
    return EXIT.done;
  }
  const file = path.resolve(destination);
  try {
    await writeFile(file, csv.text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw newFileError(error, file);
  }
  answer(context, { file }, text('cli.usage.saved', { file }));
  return EXIT.done;
}

function usageText(summary: UsageSummary, { period, by }: UsageByInput): string {
  const { series, reports, uncertainSteps = [], knownFrom, from } = summary;
  const since = knownFrom !== null && knownFrom > from ? knownFrom : from;
  const heading = text('cli.usage.heading', { period, since: timeText(since) });
  const parts = [heading, '', series.length === 0 ? text('cli.usage.none') : seriesTable(summary, by)];
  if (uncertainSteps.length > 0)
    parts.push('', text('cli.usage.uncertain', { steps: uncertainSteps.length }));
  if (reports.length > 0) parts.push('', ...reports.flatMap(reportLines));
  return parts.join('\n');
}

function seriesTable({ series, together }: UsageSummary, by: UsageByInput['by']): string {
  const columns = ['cpu', 'memory', 'peak', 'disk', 'network', 'ran'];
  const who = by === 'person' ? ['person'] : ['instance', 'where'];
  const rows = series.map(({ title, detail, totals }) => [
    printable(title),
    ...(by === 'person' ? [] : [printable(detail)]),
    durationText(totals.cpuSeconds),
    sizeText(totals.memoryBytes),
    sizeText(totals.memoryPeakBytes),
    sizeText(totals.diskBytes),
    sizeText(totals.networkBytes),
    durationText(totals.runSeconds),
  ]);
  if (series.length > 1) rows.push(totalRow(series, by, together?.memoryBytes ?? null));
  return table([[...who, ...columns].map((key) => text(`cli.usage.column.${key}`)), ...rows]);
}

/** What can be added up: peaks cannot, and a mean is told. */
function totalRow(
  series: readonly UsageSeries[],
  by: UsageByInput['by'],
  memoryBytes: number | null,
): string[] {
  const sum = (of: (totals: UsageSeries['totals']) => number | null): number | null => {
    const known = series.map(({ totals }) => of(totals)).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((one, other) => one + other, 0);
  };
  return [
    text('cli.usage.total'),
    ...(by === 'person' ? [] : ['']),
    durationText(sum(({ cpuSeconds }) => cpuSeconds) ?? 0),
    memoryBytes === null ? '' : sizeText(memoryBytes),
    '',
    sizeText(sum(({ diskBytes }) => diskBytes)),
    sizeText(sum(({ networkBytes }) => networkBytes)),
    durationText(sum(({ runSeconds }) => runSeconds) ?? 0),
  ];
}

function reportLines({ title, acknowledgedUntil, waiting, uncertain }: UsageReports): string[] {
  return [
    text('cli.usage.reports', {
      title,
      acknowledged: acknowledgedUntil === null ? 'none' : 'some',
      until: timeText(acknowledgedUntil),
      waiting,
    }),
    ...uncertain.map(({ period, sentAt }) =>
      text('cli.usage.doubt', { title, period, sentAt: timeText(sentAt) }),
    ),
  ];
}

/** `2026-11-22 14:30`, in local time. */
function timeText(at: string | null): string {
  if (at === null) return '';
  const time = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

function sizeText(bytes: number | null): string {
  return bytes === null ? '–' : text('cli.usage.megabytes', { amount: megabytes(bytes) });
}

/** `42 s`, `12 min`, `3 h 5 min`. */
function durationText(seconds: number): string {
  if (seconds < 60) return text('cli.usage.seconds', { amount: (Math.round(seconds * 10) / 10).toString() });
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return text('cli.usage.minutes', { amount: minutes.toString() });
  return text('cli.usage.hours', {
    hours: Math.floor(minutes / 60).toString(),
    minutes: (minutes % 60).toString(),
  });
}

/** Names come from others: what moves the cursor of a terminal is not shown. */
function printable(name: string): string {
  return name.replaceAll(/\p{Cc}/gu, '�');
}

export type ReportOptions = { master: string; period: string; again?: boolean; done?: boolean };

/** `usage report MASTER PERIOD --again|--done`: what becomes of a report that may have arrived. */
export async function report(context: CommandContext, options: ReportOptions): Promise<ExitStatus> {
  const { period, again = false, done = false } = options;
  if (again === done) throw new CommandError(EXIT.usage, 'usage-report-choice');
  const connection = await context.connect();
  const { id, title } = masterCalled(await connection.state(), options.master);
  const as = again ? 'again' : 'done';
  await connection.resolveReport({ master: id, period, as });
  answer(context, { master: id, period, as }, text(`cli.usage.report.${as}`, { title, period }));
  return EXIT.done;
}
