/**
 * Opens the application, away from this terminal, and waits until it says that it is there.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Paths } from '../paths.ts';

/** What the application writes when it is there (`main/main.ts`). */
const READY = 'slapgrid-application: ready';

/** Longer than any computer takes to draw a window; what is still at it then may go on. */
const LONGEST_MILLISECONDS = 30_000;
const POLL_MILLISECONDS = 50;

/**
 * @param command the program and its arguments.
 * @returns null when it is there, or was there already and is shown; else its last words.
 */
export async function openApplication(
  paths: Paths,
  command: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<string | null> {
  const [program = '', ...words] = command;
  const file = path.join(paths.private, 'application.log');
  // Of this start alone; one that runs already may go on writing into it.
  const log = await open(file, 'a', 0o600);
  try {
    await log.truncate();
    // With this Electron would be Node.
    const { ELECTRON_RUN_AS_NODE: _asNode, ...kept } = environment;
    const child = spawn(program, words, {
      cwd: '/',
      detached: true,
      env: kept,
      stdio: ['ignore', log.fd, log.fd],
    });
    const failed = once(child, 'error').then(([error]: Error[]) => error?.message ?? '');
    const error = await Promise.race([once(child, 'spawn').then(() => null), failed]);
    if (error !== null) return error;
    const deadline = performance.now() + LONGEST_MILLISECONDS;
    while (performance.now() < deadline) {
      const ended = child.exitCode !== null || child.signalCode !== null;
      const said = await readFile(file, 'utf8');
      // One that finds another leaves without a word of failure.
      if (said.includes(READY) || child.exitCode === 0) break;
      if (ended) return lastLine(said) || String(child.signalCode ?? child.exitCode);
      await delay(POLL_MILLISECONDS);
    }
    child.unref();
    return null;
  } finally {
    await log.close();
  }
}

function lastLine(said: string): string {
  return said.trim().split('\n').at(-1) ?? '';
}
