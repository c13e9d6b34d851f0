/**
 * What limits partitions on this computer: one of these, the first that a trial shows to work, or nothing.
 *
 *   root              cgroup-v2, cgroup-v1, cgroup-v2-delegated (in a container)
 *   ordinary user     systemd-user, cgroup-v2-delegated
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { kernelText } from '../kernel-text.ts';
import { endPartitionsUnit, startPartitionsUnit } from '../service/partitions-unit.ts';
import { UserManager } from '../service/user-manager.ts';
import { enterLeaf, leaveLeaf } from './cgroup/delegated.ts';
import { cgroupBackend, type CgroupBackend } from './cgroup/groups.ts';
import { legacyHierarchy } from './cgroup/legacy.ts';
import { groupIn, legacyMounts, unifiedMount } from './cgroup/machine.ts';
import { hasControllers, unifiedHierarchy } from './cgroup/unified.ts';

export type { CgroupBackend, CgroupBackendName, CgroupPlace } from './cgroup/groups.ts';
export type { CgroupLimits, CgroupUsage } from './cgroup/hierarchy.ts';

export type CgroupOptions = {
  /** Keeps two agents of one computer apart; letters, digits and hyphens. */
  scope?: string;
  /** The mount table in the format of `/proc/self/mounts`. */
  mounts?: string;
};

const TRIAL_LIMITS = { memoryBytes: 2 ** 28, processes: 100, cpus: 1 };
const TRIAL_MILLISECONDS = 5000;

/** null: the kernel limits nothing here. What works is left as it was found, but for the unit of systemd, which is there then. */
export async function createCgroups(options: CgroupOptions = {}): Promise<CgroupBackend | null> {
  const scope = options.scope ?? 'node';
  const mounts = options.mounts ?? (await readFile('/proc/self/mounts', 'utf8'));
  const candidates = process.getuid?.() === 0 ? [rootsUnified, rootsLegacy] : [systemds];
  for (const candidate of [...candidates, delegated]) {
    const backend = await candidate(scope, mounts);
    if (backend === null) continue;
    if (await works(backend)) return backend;
    await backend.end();
  }
  return null;
}

type Candidate = (scope: string, mounts: string) => Promise<CgroupBackend | null>;

const folderName = (scope: string): string => `slapgrid-${scope}`;

const rootsUnified: Candidate = async (scope, mounts) => {
  const mount = unifiedMount(mounts);
  if (mount === null || !(await hasControllers(mount))) return null;
  return cgroupBackend(unifiedHierarchy(mount, folderName(scope)), 'cgroup-v2');
};

const rootsLegacy: Candidate = async (scope, mounts) => {
  const found = await legacyMounts(mounts);
  return found === null ? null : cgroupBackend(legacyHierarchy(found, folderName(scope)), 'cgroup-v1');
};

const systemds: Candidate = async (scope, mounts) => {
  const mount = unifiedMount(mounts);
  if (mount === null || !(await hasControllers(mount))) return null;
  const manager = await UserManager.find();
  if (manager === null) return null;
  const name = `slapgrid-partitions-${scope}`;
  const end = (): Promise<void> => endPartitionsUnit(manager, name);
  const top = await startPartitionsUnit(manager, name, mount);
  if (top === null) {
    await end();
    return null;
  }
  return cgroupBackend(unifiedHierarchy(top, folderName(scope)), 'systemd-user', end);
};

const delegated: Candidate = async (scope, mounts) => {
  const mount = unifiedMount(mounts);
  const group = mount === null ? null : groupIn(mount, await readFile('/proc/self/cgroup', 'utf8'));
  // The groups of a user's systemd look as if they were given, and are its own to change.
  if (group === null || (await UserManager.find()) !== null) return null;
  const top = await enterLeaf(group);
  if (top === null) return null;
  return cgroupBackend(unifiedHierarchy(top, folderName(scope)), 'cgroup-v2-delegated', () => leaveLeaf(top));
};

/** Whether a process that joins a group with limits is there, can be held still and let go, and ends with the group. */
async function works(backend: CgroupBackend): Promise<boolean> {
  const trial = `probe-${randomBytes(6).toString('hex')}`;
  try {
    const { joinFiles } = await backend.ensure(trial, TRIAL_LIMITS);
    const script = 'for file; do echo 0 >"$file" || exit; done; exec sleep 60';
    const child = spawn('/bin/sh', ['-c', script, 'trial', ...joinFiles], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    try {
      await hasJoined(child);
      if (backend.usage(trial)?.processes !== 1) return false;
      if (!(await backend.freeze(trial)) || !backend.isFrozen(trial)) return false;
      await backend.thaw(trial);
      return !backend.isFrozen(trial);
    } finally {
      await backend.kill(trial);
      child.kill('SIGKILL');
      await ended;
    }
  } catch {
    return false;
  } finally {
    await backend.remove(trial).catch(() => undefined);
  }
}

/** It becomes `sleep` when it has. */
async function hasJoined(child: ChildProcess): Promise<void> {
  const deadline = performance.now() + TRIAL_MILLISECONDS;
  while (kernelText(`/proc/${child.pid}/comm`) !== 'sleep\n') {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error('the trial did not join');
    await pause(1);
  }
}
