/**
 * The data folder: made with the right modes, and refused with the reason when nothing good could come of it.
 */
import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, realpath, rm, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { diskError } from '../disk.ts';
import { SlapgridError, systemErrorCode } from '../errors.ts';
import { pathsOf, type Paths } from '../paths.ts';

/** Room (bytes) for the runtime and a first small service. */
const NEEDED_BYTES = 400_000_000;

/** The data folder's own path, links followed as far as it exists: agent and command must agree on one spelling. */
export async function resolveHome(home: string): Promise<string> {
  try {
    return await realpath(home);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') return home;
    const parent = path.dirname(home);
    return parent === home ? home : path.join(await resolveHome(parent), path.basename(home));
  }
}

/**
 * Makes the data folder and its private folder, or finds them good. Idempotent.
 * @throws SlapgridError `home-not-a-folder`, `home-not-made`, `home-of-another`, `home-unreachable` (root: partition users cannot get there),
 *   `home-no-space`, `read-only`, `disk-full`.
 */
export async function prepareDataFolder(home: string): Promise<Paths> {
  const paths = pathsOf(home);
  const root = process.getuid?.() === 0;
  if (root) await checkReachable(home);
  await makeFolder(home, home);
  await checkFolder(home);
  try {
    await chmod(home, root ? 0o711 : 0o700);
    await mkdir(paths.private, { recursive: true, mode: 0o700 });
    await chmod(paths.private, 0o700);
    await checkWritable(paths.private);
  } catch (error) {
    throw diskError(error, home);
  }
  return paths;
}

/** Node's own recursive mkdir never returns where the system says ENOENT for a folder whose parent exists, as /proc does. */
async function makeFolder(folder: string, home: string): Promise<void> {
  for (const parentMade of [false, true]) {
    try {
      // What leads there must be walked through by partition users; its own mode is set by the caller.
      await mkdir(folder, { mode: 0o755 });
      return;
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'EEXIST') return;
      if (code === 'ENOENT' && !parentMade && folder !== path.dirname(folder)) {
        await makeFolder(path.dirname(folder), home);
        continue;
      }
      if (code === 'ENOTDIR') throw notAFolder(home, error);
      const known = diskError(error, home);
      throw known === error
        ? new SlapgridError('home-not-made', { home, cause: code ?? '' }, { cause: error })
        : known;
    }
  }
}

/** Whether there is room for a first start. */
export async function checkSpace(home: string): Promise<void> {
  const { bavail, bsize } = await statfs(home);
  const available = bavail * bsize;
  if (available < NEEDED_BYTES) {
    throw new SlapgridError('home-no-space', {
      home,
      available: Math.floor(available / 1_000_000),
      needed: NEEDED_BYTES / 1_000_000,
    });
  }
}

function notAFolder(home: string, cause?: unknown): SlapgridError {
  return new SlapgridError('home-not-a-folder', { home }, { cause });
}

async function checkFolder(home: string): Promise<void> {
  const found = await lstat(home);
  if (!found.isDirectory()) throw notAFolder(home);
  // A folder of somebody else could be changed under us; root in a user's folder most of all.
  if (found.uid !== process.getuid?.()) throw new SlapgridError('home-of-another', { home });
}

/** As root every partition has its own user, who must be able to walk to its folder. What is still to be made is open. */
async function checkReachable(home: string): Promise<void> {
  for (let folder = path.dirname(home); ; folder = path.dirname(folder)) {
    if (!(await canBeWalked(folder))) throw new SlapgridError('home-unreachable', { home, folder });
    if (folder === path.dirname(folder)) return;
  }
}

async function canBeWalked(folder: string): Promise<boolean> {
  try {
    const found = await stat(folder);
    return !found.isDirectory() || (found.mode & constants.S_IXOTH) !== 0;
  } catch {
    // Making it will tell what is wrong with it.
    return true;
  }
}

async function checkWritable(folder: string): Promise<void> {
  const probe = path.join(folder, '.probe');
  const handle = await open(probe, 'w', 0o600);
  try {
    // Without its name it goes with this process, however that ends.
    await rm(probe, { force: true });
    await handle.writeFile('x'.repeat(4096));
    await handle.sync();
  } finally {
    await handle.close();
  }
}
