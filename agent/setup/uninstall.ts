/**
 * Takes away what Slapgrid made on this computer: the parts of the data folder, its claim on loopback addresses, its socket.
 * Only what has our names is touched; anything else in the folder stays, and so does the folder then.
 */
import { createHash } from 'node:crypto';
import { chmod, lstat, readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { diskError } from '../disk.ts';
import { SlapgridError, systemErrorCode } from '../errors.ts';
import { releaseAddressBlock } from '../node/addresses.ts';
import { pathsOf, socketPath, type Paths } from '../paths.ts';
import { processesUsing } from '../runtime/processes.ts';
import { createCgroups } from '../sandbox/cgroup.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { serviceName } from '../service/name.ts';
import { UserManager } from '../service/user-manager.ts';
import { StartAtLogin } from '../settings/start-at-login.ts';

/** What stays with `keep-data`: the instances, and what says whose they are. */
const KEPT_IN_PRIVATE: readonly ((paths: Paths) => string)[] = [
  (paths) => paths.config,
  (paths) => paths.secrets,
  (paths) => paths.database,
  (paths) => `${paths.database}-wal`,
  (paths) => `${paths.database}-shm`,
];

export type Removal = {
  /** Absolute paths that are gone. */
  removed: string[];
  /** Absolute paths that were kept: on purpose, or because they are not ours. */
  kept: string[];
};

export type RemovalParts = {
  startAtLogin?: StartAtLogin;
  /** What is in a keyring is taken out of it. */
  secrets?: Pick<Secrets, 'clear'>;
};

/**
 * Every instance and the agent must have ended, unless this is the agent.
 * @param keepData keeps the instances' folders, the database and the configuration; a later start goes on from there.
 * @throws SlapgridError `uninstall-in-use` while other processes still run from the folder; nothing was removed then.
 */
export async function removeInstallation(
  home: string,
  keepData: boolean,
  { startAtLogin = new StartAtLogin(home), secrets }: RemovalParts = {},
): Promise<Removal> {
  const paths = pathsOf(home);
  const using = [...(await processesUsing(paths.runtime)), ...(await processesUsing(paths.instances))];
  const others = [...new Set(using)].filter((pid) => pid !== process.pid);
  if (others.length > 0) throw new SlapgridError('uninstall-in-use', { home, pids: others.join(', ') });
  await startAtLogin.disable();
  // A systemd that does not answer forgets it with the session.
  await (await UserManager.find())?.forget(serviceName(home)).catch(() => undefined);
  if (!keepData) await secrets?.clear();
  await removeGroups(paths);
  const kept = new Set(keepData ? [paths.instances, ...KEPT_IN_PRIVATE.map((file) => file(paths))] : []);
  const removed: string[] = [];
  for (const part of [paths.runtime, paths.software, paths.instances, ...(await entriesOf(paths.private))]) {
    if (kept.has(part)) continue;
    if (await removeTree(part)) removed.push(part);
  }
  await removeFallbackSocket(paths);
  // The addresses stay claimed for data that is kept: it is published under them.
  if (!keepData) await releaseAddressBlock(home);
  for (const folder of [paths.private, home]) if (await removeIfEmpty(folder)) removed.push(folder);
  return { removed, kept: await entriesOf(home) };
}

/** The kernel's groups of partitions, empty by now. They are made again with the next start of an instance. */
async function removeGroups(paths: Paths): Promise<void> {
  const groups = await createCgroups({ scope: digestOf(paths.home).slice(0, 12) });
  if (groups === null) return;
  const names = (await entriesOf(paths.instances)).map((folder) => path.basename(folder));
  for (const name of names) if (name.startsWith('slappart')) await groups.remove(name);
  await groups.end();
}

function digestOf(home: string): string {
  return createHash('sha256').update(home).digest('hex');
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).map((name) => path.join(folder, name));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Removes a tree, read-only folders included. False when it was not there. Links are removed, never followed. */
async function removeTree(root: string): Promise<boolean> {
  try {
    if (!(await openFolders(root))) return false;
    // What a program that is just ending still writes is removed with the next try.
    await rm(root, { recursive: true, force: true, maxRetries: 10 });
    return true;
  } catch (error) {
    throw diskError(error, root);
  }
}

/** Software trees are read-only, and only root removes from a folder that nobody may write. False when it was not there. */
async function openFolders(folder: string): Promise<boolean> {
  try {
    const status = await lstat(folder);
    if (!status.isDirectory()) return true;
    if ((status.mode & 0o700) !== 0o700) await chmod(folder, 0o700);
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) await openFolders(path.join(folder, entry.name));
    }
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** A data folder with a long path has its socket elsewhere, in a folder of its own. */
async function removeFallbackSocket(paths: Paths): Promise<void> {
  const socket = socketPath(paths, digestOf(paths.home));
  if (path.dirname(socket) === paths.private) return;
  await rm(socket, { force: true });
  await removeIfEmpty(path.dirname(socket));
}

async function removeIfEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOTEMPTY' || code === 'ENOENT' || code === 'EBUSY' || code === 'EACCES') return false;
    throw error;
  }
}
