/** The hierarchies of control groups that are mounted, from the mount table. */
import { randomBytes } from 'node:crypto';
import { mkdir, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { unifiedFreezer } from './freezers.ts';
import type { LegacyMounts } from './legacy.ts';

/** @param mounts in the format of `/proc/self/mounts`. */
export function unifiedMount(mounts: string): string | null {
  return table(mounts).find(([, , type]) => type === 'cgroup2')?.[1] ?? null;
}

/** Version 1, with what is needed of it; null where it is not mounted. */
export async function legacyMounts(mounts: string): Promise<LegacyMounts | null> {
  const mount = (controller: string): string | undefined =>
    table(mounts).find(
      ([, , type, flags]) => type === 'cgroup' && flags?.split(',').includes(controller) === true,
    )?.[1];
  const [memory, pids, cpu, cpuacct] = [mount('memory'), mount('pids'), mount('cpu'), mount('cpuacct')];
  if (memory === undefined || pids === undefined || cpu === undefined || cpuacct === undefined) return null;
  const freezer = mount('freezer');
  if (freezer !== undefined) return { memory, pids, cpu, cpuacct, unified: null, freezer };
  const unified = unifiedMount(mounts);
  const freezes = unified !== null && (await canFreeze(unified));
  return { memory, pids, cpu, cpuacct, unified: freezes ? unified : null };
}

/**
 * The group a process is in, in the version 2 hierarchy.
 * @param groups in the format of `/proc/self/cgroup`.
 */
export function groupIn(mount: string, groups: string): string | null {
  const own = /^0::(\/.*)$/mu.exec(groups)?.[1];
  return own === undefined ? null : path.join(mount, own);
}

/** The group at the top has no such file, so one is made to see. */
async function canFreeze(mount: string): Promise<boolean> {
  const trial = `slapgrid-probe-${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(path.join(mount, trial));
  } catch {
    return false;
  }
  try {
    return unifiedFreezer(mount).state(trial) !== null;
  } finally {
    await rmdir(path.join(mount, trial));
  }
}

function table(mounts: string): string[][] {
  return mounts.split('\n').map((line) => line.split(' '));
}
