/** Fetching packages with apt's own fetcher, resuming what an earlier run began, and checking each before it is believed. */
import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { setInterval } from 'node:timers';
import { SlapgridError, systemErrorCode } from '../../errors.ts';
import { namesIn } from '../trees.ts';
import { openPlainFile, type SoftwareUser } from '../trees/software-user.ts';
import type { InstallProgress } from '../types.ts';
import type { ClosurePackage } from './closure.ts';
import { fetchFailure } from './failures.ts';
import type { PrivateApt } from './private-apt.ts';
import { APT_HELPER } from './system.ts';

export type DownloadTools = { user: SoftwareUser; apt: PrivateApt; clock: { now(): number } };

export type DownloadOptions = { onProgress: (progress: InstallProgress) => void; signal: AbortSignal };

/** How often the growth of the files is looked at. */
const LOOK_EVERY_MS = 200;

/** The rate shown is that of the last seconds, not of the whole download. */
const RATE_OVER_MS = 3000;

/** What apt appends to the name of a file that is not what the lists promised. */
const REFUSED_SUFFIX = '.FAILED';

/** An archive begins so (ar(5)); what a login page sends in its place does not. */
const ARCHIVE_START = '!<arch>\n';

/** Where a package lies once it is fetched. */
export function archiveFile(apt: PrivateApt, one: ClosurePackage): string {
  return path.join(apt.archives, one.file);
}

/** Bytes of the packages that are still to come. */
export async function bytesToFetch(apt: PrivateApt, packages: readonly ClosurePackage[]): Promise<number> {
  let bytes = 0;
  for (const one of packages) bytes += one.bytes - (await bytesPresent(apt, one));
  return bytes;
}

/**
 * Fetches those of `packages` that are not there. What is finished stays when this fails or is cancelled.
 * @throws SlapgridError `no-network`, `captive-portal`, `package-tampered`, `mirror-out-of-date`, `cancelled`, …
 */
export async function download(
  { user, apt, clock }: DownloadTools,
  packages: readonly ClosurePackage[],
  { onProgress, signal }: DownloadOptions,
): Promise<void> {
  const partial = path.join(apt.archives, 'partial');
  await keepFinished(user, apt, packages);
  const missing: ClosurePackage[] = [];
  for (const one of packages) if ((await sizeOf(archiveFile(apt, one))) === undefined) missing.push(one);
  if (missing.length === 0) return;
  const watch = watchProgress(apt, packages, clock, onProgress);
  try {
    const wanted = missing.flatMap(({ uri, file, sha256 }) => [uri, file, `SHA256:${sha256}`]);
    const { code, errors } = await user.run([APT_HELPER, 'download-file', ...wanted], {
      environment: apt.environment,
      folder: partial,
      signal,
    });
    await watch.look();
    watch.stop();
    await keepFinished(user, apt, packages, onProgress);
    if (code !== 0) throw await downloadFailure(user, partial, errors);
  } finally {
    watch.stop();
  }
}

/**
 * Checks a fetched package against the signed lists. One that is not as promised is deleted, so that the next try fetches it anew.
 * @throws SlapgridError `package-tampered`
 */
export async function verify(user: SoftwareUser, apt: PrivateApt, one: ClosurePackage): Promise<void> {
  const file = archiveFile(apt, one);
  if ((await digestOf(file)) === one.sha256) return;
  await user.remove(file);
  throw new SlapgridError('package-tampered', { name: one.name });
}

/** A file of the full size whose digest is right has arrived; apt left it where it wrote it if it was killed just then. */
async function keepFinished(
  user: SoftwareUser,
  apt: PrivateApt,
  packages: readonly ClosurePackage[],
  onProgress: DownloadOptions['onProgress'] = () => undefined,
): Promise<void> {
  const finished: string[] = [];
  const broken: string[] = [];
  for (const [done, one] of packages.entries()) {
    onProgress({ step: 'verifying', done, total: packages.length });
    const file = path.join(apt.archives, 'partial', one.file);
    const size = await sizeOf(file);
    if (size === undefined || size < one.bytes) continue;
    ((await digestOf(file)) === one.sha256 ? finished : broken).push(file);
  }
  await user.remove(...broken);
  if (finished.length > 0)
    await user.runWell(['mv', '-f', `--target-directory=${apt.archives}`, '--', ...finished]);
}

/** apt says “Hash Sum mismatch” of a login page and of a forged package alike; the refused file tells which. */
async function downloadFailure(user: SoftwareUser, partial: string, errors: string): Promise<SlapgridError> {
  const refused = (await namesIn(partial)).filter((name) => name.endsWith(REFUSED_SUFFIX));
  let forged: string | undefined;
  for (const name of refused) {
    const handle = await openPlainFile(path.join(partial, name));
    if (handle === undefined) continue;
    const { buffer } = await handle.read({ buffer: Buffer.alloc(ARCHIVE_START.length) });
    await handle.close();
    if (buffer.toString('latin1') === ARCHIVE_START) forged = name;
  }
  await user.remove(...refused.map((name) => path.join(partial, name)));
  if (forged === undefined) return fetchFailure(errors);
  return new SlapgridError('package-tampered', { name: forged.split('_')[0] ?? forged });
}

/** Tells how far the files have grown, until stopped. */
function watchProgress(
  apt: PrivateApt,
  packages: readonly ClosurePackage[],
  clock: { now(): number },
  onProgress: DownloadOptions['onProgress'],
): { look(): Promise<void>; stop(): void } {
  const totalBytes = packages.reduce((sum, { bytes }) => sum + bytes, 0);
  const seen: { at: number; bytes: number }[] = [];
  let looking = false;
  let stopped = false;
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    const toFetch = await bytesToFetch(apt, packages).finally(() => {
      looking = false;
    });
    if (stopped) return;
    const doneBytes = totalBytes - toFetch;
    const now = clock.now();
    seen.push({ at: now, bytes: doneBytes });
    while (seen.length > 2 && (seen[0]?.at ?? now) < now - RATE_OVER_MS) seen.shift();
    const first = seen[0] ?? { at: now, bytes: doneBytes };
    const seconds = (now - first.at) / 1000;
    const bytesPerSecond = seconds > 0 ? Math.max(0, Math.round((doneBytes - first.bytes) / seconds)) : 0;
    onProgress({ step: 'downloading', doneBytes, totalBytes, bytesPerSecond });
  };
  // A look that fails is one line of progress less, and no reason to stop.
  const glance = (): void => void look().catch(() => undefined);
  const timer = setInterval(glance, LOOK_EVERY_MS);
  glance();
  return {
    look,
    stop: () => {
      stopped = true;
      clearInterval(timer);
    },
  };
}

async function bytesPresent(apt: PrivateApt, one: ClosurePackage): Promise<number> {
  const size =
    (await sizeOf(archiveFile(apt, one))) ??
    (await sizeOf(path.join(apt.archives, 'partial', one.file))) ??
    0;
  return Math.min(size, one.bytes);
}

async function digestOf(file: string): Promise<string | undefined> {
  const handle = await openPlainFile(file);
  if (handle === undefined) return undefined;
  const hash = createHash('sha256');
  for await (const chunk of handle.createReadStream()) hash.update(chunk);
  return hash.digest('hex');
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    const stats = await lstat(file);
    return stats.isFile() ? stats.size : undefined;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
