/**
 * Promises that are plug-ins of Python: `etc/plugin/*.py` of a partition (§17.1). Each runs in the sandbox as the partition's user, in the
 * Python of the instance's own software, under `promise_runner.py`, which keeps the files of §17.3. What it answers is a payload's word.
 */
import { lstatSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { text } from '../messages.ts';
import type { PartitionLayout } from '../node/format.ts';
import { placedFiles } from './placed-files.ts';
import type { PromiseMode } from './promise-results.ts';
import type { PromiseContext, PromiseResult } from './promises.ts';

const FOLDER = 'etc/plugin';
/** Where the partition's data is inside. */
const DATA = '/srv/data';
/** How often it is looked for those whose time has come. */
export const PLUGINS_PERIOD_SECONDS = 60;
/** What a plug-in has that says nothing else. */
const DEFAULT_PERIOD_MINUTES = 2;
const TIMEOUT_SECONDS = 20;
/** After its time-out it has a second to end; and Python has to start on a busy computer. */
const MARGIN_SECONDS = 10;
/** More than anybody has; a folder of a payload has no end. */
const MOST = 100;
/** In the order of the `PATH` inside. */
const PYTHONS = ['usr/local/bin/python3', 'usr/bin/python3'];
const RUNNER = path.join(import.meta.dirname, 'promise_runner.py');

export type PluginPromise = { name: string; file: string; modifiedMs: number; timeoutSeconds: number };

export type PluginResult = PromiseResult & {
  /** Whether it says anything about an instance in this mode. */
  isDecided: boolean;
  periodMs: number;
  /** Whether the instance is processed again because it is broken while it runs. */
  mayBang: boolean;
};

const answerSchema = z.object({
  decided: z.boolean(),
  failed: z.boolean(),
  message: z.string(),
  periodMinutes: z.number().positive(),
  mayBang: z.boolean(),
});

/** @param taken names of other promises of the instance. */
export async function pluginPromises(
  layout: PartitionLayout,
  taken: readonly string[],
): Promise<PluginPromise[]> {
  const files = await placedFiles(layout, FOLDER);
  return files
    .filter(({ name }) => name.endsWith('.py') && !name.startsWith('__init__'))
    .slice(0, MOST)
    .map(({ name: file, modifiedMs }) => {
      const title = path.parse(file).name;
      const name = taken.includes(title) ? `${FOLDER}/${file}` : title;
      return { name, file, modifiedMs, timeoutSeconds: TIMEOUT_SECONDS };
    });
}

/** One execution. What goes wrong in it is the result. */
export async function checkPlugin(
  plugin: PluginPromise,
  mode: PromiseMode,
  context: PromiseContext,
): Promise<PluginResult> {
  const python = pythonOf(context.spec({ command: [], environment: {} }).tree);
  if (python === null) return broken(text('grid.promise.no-python'));
  const request = JSON.stringify({
    file: `${DATA}/${FOLDER}/${plugin.file}`,
    anomaly: mode === 'anomaly',
    timeout: plugin.timeoutSeconds,
    partition_folder: DATA,
    computer: context.slap.computer,
    partition: context.slap.partition,
  });
  // As text: a partition's user passes through no folder of the agent for it.
  const runner = await readFile(RUNNER, 'utf8');
  const spec = context.spec({ command: [python, '-I', '-B', '-c', runner, request], environment: {} });
  const timeoutSeconds = plugin.timeoutSeconds + MARGIN_SECONDS;
  const { output, timedOut } = await context.sandbox.run(spec, { timeoutSeconds });
  if (timedOut) return broken(text('grid.promise.timed-out', { seconds: timeoutSeconds }));
  const answer = answerSchema.safeParse(lastLine(output));
  if (!answer.success) return broken(text('grid.promise.no-result'));
  const { decided, failed, message, periodMinutes, mayBang } = answer.data;
  return { isDecided: decided, kept: !failed, message, periodMs: periodMinutes * 60_000, mayBang };
}

function pythonOf(tree: string): string | null {
  // A link counts, wherever it leads: inside it leads to somewhere in the tree.
  const found = PYTHONS.find(
    (file) => lstatSync(path.join(tree, file), { throwIfNoEntry: false }) !== undefined,
  );
  return found === undefined ? null : `/${found}`;
}

function broken(message: string): PluginResult {
  const periodMs = DEFAULT_PERIOD_MINUTES * 60_000;
  return { isDecided: true, kept: false, message, periodMs, mayBang: false };
}

function lastLine(output: string): unknown {
  try {
    return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '');
  } catch {
    return null;
  }
}

/** When each is to run again. One that was changed since is due at once. */
export class PluginTimes {
  readonly #times = new Map<string, { modifiedMs: number; dueMs: number }>();

  ran(
    { file, modifiedMs }: PluginPromise,
    { periodMs }: Pick<PluginResult, 'periodMs'>,
    nowMs: number,
  ): void {
    this.#times.set(file, { modifiedMs, dueMs: nowMs + periodMs });
  }

  isDue({ file, modifiedMs }: PluginPromise, nowMs: number): boolean {
    const times = this.#times.get(file);
    return times === undefined || times.modifiedMs !== modifiedMs || nowMs >= times.dueMs;
  }

  clear(): void {
    this.#times.clear();
  }
}
