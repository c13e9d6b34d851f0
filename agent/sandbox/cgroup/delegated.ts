/**
 * Groups below one that was given to this process (Documentation/admin-guide/cgroup-v2.rst, “Delegation”): a container's own, or one
 * that whoever started the agent made for it. A group that has processes cannot limit those below it, so the agent moves itself into one
 * more. Others are not moved: where there are any, nothing can be limited here.
 */
import { access, constants, mkdir, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { hasControllers } from './unified.ts';

const LEAF = 'slapgrid-agent';

/**
 * @param group the one this process is in.
 * @returns the group below which partitions can have theirs; null: it was not given to us.
 */
export async function enterLeaf(group: string): Promise<string | null> {
  const top = path.basename(group) === LEAF ? path.dirname(group) : group;
  if (!(await isGiven(top)) || !(await hasControllers(top).catch(() => false))) return null;
  if (top !== group) return top;
  try {
    await mkdir(path.join(top, LEAF), { recursive: true });
    await writeFile(path.join(top, LEAF, 'cgroup.procs'), String(process.pid));
    return top;
  } catch {
    return null;
  }
}

/** Goes back, where nothing came of it. */
export async function leaveLeaf(top: string): Promise<void> {
  try {
    await writeFile(path.join(top, 'cgroup.procs'), String(process.pid));
    await rmdir(path.join(top, LEAF));
  } catch {
    // The group limits what is below it, so somebody else uses it so.
  }
}

/** The three that are the owner's when a group is given away. */
async function isGiven(group: string): Promise<boolean> {
  const files = ['', 'cgroup.procs', 'cgroup.subtree_control'].map((name) => path.join(group, name));
  try {
    await Promise.all(files.map((file) => access(file, constants.W_OK)));
    return true;
  } catch {
    return false;
  }
}
