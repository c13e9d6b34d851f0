/**
 * Copies the agent and the Node that runs it into the data folder, so that a clone may be deleted, a package replaced or an
 * image unmounted while instances run.
 *
 * `<home>/runtime/<version>-<digest>/` holds `node`, `agent.mjs` and everything else of the build's agent folder. It is made
 * aside, checked and renamed: it exists whole or not at all, and never changes again but for what Node keeps of it compiled
 * (`agent/entry.ts`).
 */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { access, chmod, copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { diskError, syncFolder } from '../disk.ts';
import { SlapgridError, systemErrorCode } from '../errors.ts';
import type { Paths } from '../paths.ts';
import { isRunning, processesUsing } from './processes.ts';
import { digestOfAgent, readRelease } from './release.ts';

export type Runtime = {
  /** `<version>-<12 hex digits>`. */
  name: string;
  folder: string;
  /** The Node program. */
  node: string;
  /** The agent's entry; started as `node agent`. */
  agent: string;
};

export type RuntimeSource = {
  /** Folder of the build that holds `agent.mjs` and `version.json`. */
  agentFolder: string;
  /** The Node program to copy (usually `process.execPath`). */
  node: string;
  /** Its version (`process.version`): a newer Node under the same build is another runtime. */
  nodeVersion: string;
};

/** The name of a runtime that is being made; then comes a random number. */
const ASIDE = `.new-${process.pid}-`;
const BEING_MADE = /^\.new-(?<maker>\d+)-/;

/** Where the runtime of a build belongs, whether it is there or not. */
export async function runtimeFor(paths: Paths, source: RuntimeSource): Promise<Runtime> {
  const release = await readRelease(source.agentFolder);
  const digest = createHash('sha256')
    .update(`${release.digest}\0${source.nodeVersion}\0${process.arch}`)
    .digest('hex')
    .slice(0, 12);
  const name = `${release.version}-${digest}`;
  const folder = path.join(paths.runtime, name);
  return { name, folder, node: path.join(folder, 'node'), agent: path.join(folder, 'agent.mjs') };
}

/**
 * Makes the runtime of a build exist. At once when it does; safe to be called by several processes.
 * @throws SlapgridError `disk-full`, `read-only`, or `runtime-not-executable` where the data folder cannot run programs.
 */
export async function installRuntime(paths: Paths, source: RuntimeSource): Promise<Runtime> {
  const runtime = await runtimeFor(paths, source);
  if (await isInstalled(runtime)) return runtime;
  const aside = path.join(paths.runtime, `${ASIDE}${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(aside, { recursive: true, mode: 0o755 });
    await copyTree(source.agentFolder, aside);
    // Also when a build replaced the folder while it was being copied.
    const { digest } = await readRelease(aside);
    if ((await digestOfAgent(aside)) !== digest) throw new SlapgridError('runtime-damaged', { path: aside });
    const node = path.join(aside, 'node');
    await copyOne(source.node, node, 0o755);
    if ((await digestOf(source.node)) !== (await digestOf(node))) {
      throw new SlapgridError('runtime-damaged', { path: node });
    }
    await checkRuns(node, paths.home);
    await syncFolder(aside);
    await renameUnlessThere(aside, runtime.folder);
    await syncFolder(paths.runtime);
  } catch (error) {
    throw diskError(error, paths.runtime);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return runtime;
}

/** Whether a runtime is there; it is whole then. */
export async function isInstalled(runtime: Runtime): Promise<boolean> {
  try {
    await access(runtime.folder);
    return true;
  } catch {
    return false;
  }
}

/**
 * Removes every other runtime that no process uses: neither an agent nor a shim started by an older one. What an
 * interrupted installation left goes too, when its process has ended or it is older than an hour.
 * @returns the names removed.
 */
export async function removeUnusedRuntimes(
  paths: Paths,
  keep: Runtime,
  now: () => number,
): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await readdir(paths.runtime)) {
    const folder = path.join(paths.runtime, name);
    if (name === keep.name) continue;
    if (await isBeingMade(name, folder, now)) continue;
    if ((await processesUsing(folder)).length > 0) continue;
    await rm(folder, { recursive: true, force: true });
    removed.push(name);
  }
  return removed;
}

/** The age is for a number that another process has got since. */
async function isBeingMade(name: string, folder: string, now: () => number): Promise<boolean> {
  const maker = BEING_MADE.exec(name)?.groups?.['maker'];
  if (maker === undefined || !(await isRunning(Number(maker)))) return false;
  return now() - (await stat(folder)).mtimeMs < 3_600_000;
}

async function copyTree(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    const target = path.join(to, entry.name);
    if (entry.isDirectory()) {
      await mkdir(target, { mode: 0o755 });
      await copyTree(source, target);
    } else {
      const executable = ((await stat(source)).mode & 0o100) !== 0;
      await copyOne(source, target, executable ? 0o755 : 0o644);
    }
  }
}

/** Copies a file durably, sharing its blocks where the file system can. */
async function copyOne(from: string, to: string, mode: number): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  await chmod(to, mode);
  await syncFolder(to);
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** A data folder on a file system mounted `noexec` shows itself here, before anything was started. */
async function checkRuns(node: string, home: string): Promise<void> {
  try {
    await promisify(execFile)(node, ['--version'], { env: {}, timeout: 30_000 });
  } catch (error) {
    throw new SlapgridError('runtime-not-executable', { home }, { cause: error });
  }
}

async function renameUnlessThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    // Another installation of the same build was faster; its folder is complete.
    const code = systemErrorCode(error);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}
