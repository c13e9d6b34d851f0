/**
 * States, progress and sizes in words and in columns.
 */
import type { AgentState, InstanceView, MasterView, Progress, SoftwareView } from '../api/contract.ts';
import { text } from '../messages.ts';
import { instancesOf } from './state-tree.ts';

/** `8`, `0.4`, `1,204`: megabytes (10⁶ bytes), with a decimal only below 10. */
export function megabytes(bytes: number): string {
  const amount = bytes / 1_000_000;
  return amount.toLocaleString('en', { maximumFractionDigits: amount < 10 ? 1 : 0 });
}

/** One step under way: `downloading 8 of 20 MB, 4.2 MB/s`. */
export function progressText(progress: Progress): string {
  const { step, done, total, bytesPerSecond } = progress;
  if (total === 0) return text(`cli.progress.${step}`);
  if (step === 'downloading') {
    return text('cli.progress.downloading.amount', {
      done: megabytes(done),
      total: megabytes(total),
      known: bytesPerSecond === undefined ? 'no' : 'yes',
      rate: megabytes(bytesPerSecond ?? 0),
    });
  }
  return text('cli.progress.counted', { step: text(`cli.progress.${step}`), done, total });
}

/** What an instance does now, in a few words. */
export function activityText(instance: Pick<InstanceView, 'state' | 'progress' | 'error'>): string {
  if (instance.state === 'failed' && instance.error !== null) return instance.error.sentence;
  if (instance.progress !== null) return progressText(instance.progress);
  return text(`cli.state.${instance.state}`);
}

/** What a software release does now, in a few words. */
export function softwareActivityText(software: Pick<SoftwareView, 'state' | 'progress' | 'error'>): string {
  if (software.state === 'failed' && software.error !== null) return software.error.sentence;
  if (software.progress !== null) return progressText(software.progress);
  return text(`cli.software-state.${software.state}`);
}

/** The sentence that tells the state of everything. */
export function stateSentence(state: AgentState): string {
  const instances = instancesOf(state);
  const failed = instances.filter((instance) => instance.state === 'failed');
  const running = instances.filter((instance) => instance.state === 'started');
  const all = { total: instances.length, running: running.length, failed: failed.length };
  if (!instances.some(({ owner }) => owner.kind === 'other')) return text('cli.summary', all);
  const hosted = running.filter(({ owner }) => owner.kind === 'other').length;
  const own = running.length - hosted;
  const kind = own === 0 ? (hosted === 0 ? 'none' : 'hosted') : hosted === 0 ? 'own' : 'both';
  return text('cli.summary.hosting', { ...all, kind, hosted, own });
}

/** Whom this computer works for. */
export function modeSentence({ agent, masters }: AgentState): string {
  return text('cli.mode', { mode: agent.mode, amount: masters.length });
}

/** How it is with a master, in a few words. */
export function masterActivityText({ state, error }: Pick<MasterView, 'state' | 'error'>): string {
  if ((state === 'failing' || state === 'leaving') && error !== null) return error.sentence;
  return text(`cli.master-state.${state}`);
}

/** The masters that were joined, one a line. */
/** Why masters are not worked for, and what a person can do: a paragraph for each. */
export function mastersAsideText({ masters }: AgentState): string[] {
  return masters.flatMap(({ title, state, error }) =>
    state === 'aside' && error !== null
      ? text('cli.master-aside', { title, sentence: error.sentence, next: error.nextStep })
      : [],
  );
}

export function masterTable({ masters }: AgentState): string {
  const heading = ['master', 'computer', 'partitions', 'state'].map((key) => text(`cli.column.${key}`));
  const rows = masters.map((master) => [
    master.title,
    master.computerId === '' ? '' : `${master.computerName} (${master.computerId})`,
    master.computerId === '' ? '' : String(master.partitionAmount),
    masterActivityText(master),
  ]);
  return table([heading, ...rows]);
}

/** Lines with columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
