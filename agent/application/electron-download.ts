/**
 * Downloads Electron by the installer of its npm package, which checks what it got against the sums that came with the package. A
 * download that fails, or that somebody gives up, is remembered: the next starts say so and do without it for a day.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, readdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { writeAtomically } from '../disk.ts';
import { text } from '../messages.ts';
import type { Paths } from '../paths.ts';
import { installedProgram, type ElectronPackage } from './electron.ts';

export type Download =
  | { outcome: 'done'; program: string }
  | { outcome: 'failed'; detail: string }
  /** A person gave it up. */
  | { outcome: 'cancelled' };

export type FailedDownload = {
  version: string;
  /** ISO 8601. */
  at: string;
  /** Why; empty when a person gave it up. */
  detail: string;
};

export type DownloadOptions = {
  environment: NodeJS.ProcessEnv;
  /** Gives it up. */
  signal: AbortSignal;
  /** Told how many bytes are here, about once a second. */
  onProgress: (bytes: number) => void;
  now: () => number;
  /** Without a byte for so long it has failed. */
  silenceMilliseconds?: number;
};

const PROGRESS_MILLISECONDS = 1000;
/** Unpacking, which comes after the last byte, takes a while on a slow disk. */
const SILENCE_MILLISECONDS = 120_000;
const LONGEST_MILLISECONDS = 30 * 60_000;
const LONGEST_DETAIL = 200;
const TEMPORARY = 'electron-temporary-';
const WAIT_MILLISECONDS = 24 * 3_600_000;

export async function downloadElectron(
  paths: Paths,
  electron: ElectronPackage,
  options: DownloadOptions,
): Promise<Download> {
  await removeLeftovers(paths, options.now());
  const temporary = await mkdtemp(path.join(paths.private, TEMPORARY));
  try {
    const download = await install(electron, temporary, options);
    if (download.outcome === 'done') await rm(fileIn(paths), { force: true });
    else await remember(paths, electron, download, options.now());
    return download;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** What a start that was killed has left. */
async function removeLeftovers(paths: Paths, now: number): Promise<void> {
  for (const name of await readdir(paths.private)) {
    if (!name.startsWith(TEMPORARY)) continue;
    const folder = path.join(paths.private, name);
    if (now - (await stat(folder)).mtimeMs > LONGEST_MILLISECONDS) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** The last failure, where it is too early to try again; else null. */
export async function failedDownload(
  paths: Paths,
  { version }: ElectronPackage,
  now: number,
): Promise<FailedDownload | null> {
  try {
    const failed = recordSchema.parse(JSON.parse(await readFile(fileIn(paths), 'utf8')));
    const since = now - Date.parse(failed.at);
    // A clock that was set back is no reason to wait for years.
    return failed.version === version && since >= 0 && since < WAIT_MILLISECONDS ? failed : null;
  } catch {
    return null;
  }
}

const recordSchema = z.object({
  schema: z.literal(1),
  version: z.string(),
  at: z.iso.datetime(),
  detail: z.string(),
});

function fileIn(paths: Paths): string {
  return path.join(paths.private, 'electron-download.json');
}

async function remember(
  paths: Paths,
  { version }: ElectronPackage,
  download: Exclude<Download, { outcome: 'done' }>,
  now: number,
): Promise<void> {
  const detail = download.outcome === 'failed' ? download.detail : '';
  const record = { schema: 1, version, at: new Date(now).toISOString(), detail };
  await writeAtomically(fileIn(paths), `${JSON.stringify(record)}\n`);
}

async function install(
  electron: ElectronPackage,
  temporary: string,
  { environment, signal, onProgress, silenceMilliseconds = SILENCE_MILLISECONDS }: DownloadOptions,
): Promise<Download> {
  const child = spawn(process.execPath, [path.join(electron.folder, 'install.js')], {
    cwd: electron.folder,
    // What a killed installer leaves is in a folder of ours; a bar of its own would be drawn over ours.
    env: { ...environment, TMPDIR: temporary, ELECTRON_GET_NO_PROGRESS: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
    // Ctrl-C is ours to pass on, once.
    detached: true,
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const closed = new AbortController();
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => (said += error.message));
    child.once('close', () => {
      closed.abort();
      resolve();
    });
  });
  let why: 'silent' | 'cancelled' | null = null;
  const endWith = (reason: typeof why): void => {
    why ??= reason;
    child.kill('SIGKILL');
  };
  const cancel = (): void => endWith('cancelled');
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  const began = performance.now();
  let heard = { bytes: 0, at: began };
  while (!closed.signal.aborted) {
    const bytes = await bytesIn(temporary);
    const now = performance.now();
    if (bytes !== heard.bytes) heard = { bytes, at: now };
    onProgress(bytes);
    if (now - heard.at > silenceMilliseconds || now - began > LONGEST_MILLISECONDS) endWith('silent');
    await delay(PROGRESS_MILLISECONDS, undefined, { signal: closed.signal }).catch(() => {});
  }
  await ended;
  signal.removeEventListener('abort', cancel);
  const program = await installedProgram(electron);
  if (program !== null) return { outcome: 'done', program };
  if (why === 'cancelled') return { outcome: 'cancelled' };
  return { outcome: 'failed', detail: why === 'silent' ? text('cli.application.silent') : firstLine(said) };
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      stat(path.join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function firstLine(said: string): string {
  return (said.trim().split('\n')[0] ?? '').slice(0, LONGEST_DETAIL);
}
