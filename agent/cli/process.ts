/**
 * The command line of this process: its terminal, its data folder, its signals.
 */
import process from 'node:process';
import { text as readText } from 'node:stream/consumers';
import { defaultHome } from '../paths.ts';
import { resolveHome } from '../setup/data-folder.ts';
import type { ExitStatus } from './exit-status.ts';
import { runLine } from './run.ts';
import { processTerminal } from './terminal.ts';

/** @param program the folder that holds `agent/` and `cli/`. */
export async function runProcess(argv: readonly string[], program: string): Promise<ExitStatus> {
  const home = await resolveHome(defaultHome());
  return runLine(argv, {
    terminal: processTerminal(),
    home,
    program,
    connect: async () => (await import('./connect.ts')).connect(home),
    interruption,
    readInput: () => readText(process.stdin),
    environment: process.env,
    now: Date.now,
  });
}

/** The second signal is not listened to, and ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}
