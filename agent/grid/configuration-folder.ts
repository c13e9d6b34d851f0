/**
 * The files of one instance, as one immutable folder below `conf`, named by the digest of what is in it. A running service keeps
 * the folder it was started with; a changed configuration is another folder, never an edit.
 */
import { createHash, randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { diskError, syncFolder, writeAtomically } from '../disk.ts';
import { systemErrorCode } from '../errors.ts';
import type { PartitionLayout } from '../node/format.ts';
import type { RenderedInstance } from '../software/types.ts';

const ASIDE = '.new-';

/** Writes `files` and returns the folder that holds exactly them; at once when it is there. */
export async function writeConfiguration(
  layout: PartitionLayout,
  files: RenderedInstance['files'],
): Promise<string> {
  const name = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 16);
  const folder = path.join(layout.paths.conf, name);
  if (await isFolder(folder)) return folder;
  const aside = path.join(layout.paths.conf, `${ASIDE}${randomBytes(6).toString('hex')}`);
  try {
    await makeFolder(aside, layout);
    for (const file of files) {
      const target = path.join(aside, file.path);
      await makeFolders(aside, path.dirname(file.path), layout);
      await writeAtomically(target, file.content, {
        mode: file.executable ? 0o550 : 0o440,
        ...(isRoot() ? { owner: { uid: 0, gid: layout.identity.gid } } : {}),
      });
    }
    await rename(aside, folder);
    await syncFolder(layout.paths.conf);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw diskError(error, folder);
  }
  return folder;
}

/** Removes every configuration but `keep` (a path) and what an interrupted write left. */
export async function removeOtherConfigurations(layout: PartitionLayout, keep: string | null): Promise<void> {
  for (const name of await readdir(layout.paths.conf)) {
    const folder = path.join(layout.paths.conf, name);
    if (folder !== keep) await rm(folder, { recursive: true, force: true });
  }
}

async function makeFolders(base: string, relative: string, layout: PartitionLayout): Promise<void> {
  let folder = base;
  for (const part of relative.split('/').filter((name) => name !== '' && name !== '.')) {
    folder = path.join(folder, part);
    await makeFolder(folder, layout);
  }
}

async function makeFolder(folder: string, layout: PartitionLayout): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (isRoot()) await chown(folder, 0, layout.identity.gid);
  await chmod(folder, isRoot() ? 0o750 : 0o700);
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

async function isFolder(folder: string): Promise<boolean> {
  try {
    return (await stat(folder)).isDirectory();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
