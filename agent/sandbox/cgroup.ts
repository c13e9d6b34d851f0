/**
 * Limits of a partition held by the kernel, for root's agent: one control group per partition, in which everything of the
 * partition is from its first instruction (`LaunchPlan.cgroup`).
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { SlapgridError, systemErrorCode } from '../errors.ts';
import type { CgroupHierarchy, CgroupLimits, CgroupUsage } from './cgroup/hierarchy.ts';
import { legacyHierarchy } from './cgroup/legacy.ts';
import { hasControllers, unifiedHierarchy } from './cgroup/unified.ts';

export type { CgroupLimits, CgroupUsage } from './cgroup/hierarchy.ts';

export interface CgroupBackend {
  /** Version of the kernel's interface. */
  readonly version: 1 | 2;
  /**
   * Makes the partition's group, or changes its limits. Idempotent.
   * @returns the files a process writes its pid to in order to join.
   * @throws SlapgridError `cgroup-failed`, for one when more memory is in use than the new limit.
   */
  ensure(partitionId: string, limits: CgroupLimits): Promise<{ procsFiles: string[] }>;
  /** null: the partition has no group. Waits for nothing. */
  usage(partitionId: string): CgroupUsage | null;
  /** Kills every process of the group and waits until none is left. Idempotent. */
  kill(partitionId: string): Promise<void>;
  /** {@link kill}, then removes the group. Idempotent. */
  remove(partitionId: string): Promise<void>;
}

export type CgroupOptions = {
  /** Keeps two agents of one computer apart; letters, digits and hyphens. */
  scope?: string;
  /** The mount table in the format of `/proc/self/mounts`. */
  mounts?: string;
};

const KILL_SECONDS = 10;
const POLL_MILLISECONDS = 5;

/**
 * The computer's control groups, tried by making and removing one; null where they cannot be used: for an ordinary user,
 * and where another program owns them (a container).
 */
export async function createCgroups(options: CgroupOptions = {}): Promise<CgroupBackend | null> {
  if (process.getuid?.() !== 0) return null;
  const found = await findHierarchy(
    `slapgrid-${options.scope ?? 'node'}`,
    options.mounts ?? (await readFile('/proc/self/mounts', 'utf8')),
  );
  if (found === null) return null;
  const backend = cgroupBackend(found.hierarchy, found.version);
  const trial = `probe-${randomBytes(6).toString('hex')}`;
  try {
    await backend.ensure(trial, { memoryBytes: 2 ** 30, processes: 100, cpus: 1 });
    await backend.remove(trial);
    return backend;
  } catch {
    return null;
  }
}

async function findHierarchy(
  name: string,
  mounts: string,
): Promise<{ hierarchy: CgroupHierarchy; version: 1 | 2 } | null> {
  const table = mounts.split('\n').map((line) => line.split(' '));
  const unified = table.find(([, , type]) => type === 'cgroup2')?.[1] ?? null;
  if (unified !== null && (await hasControllers(unified))) {
    return { hierarchy: unifiedHierarchy(unified, name), version: 2 };
  }
  const legacy = (controller: string): string | undefined =>
    table.find(
      ([, , type, flags]) => type === 'cgroup' && flags?.split(',').includes(controller) === true,
    )?.[1];
  const [memory, pids, cpu, cpuacct] = [legacy('memory'), legacy('pids'), legacy('cpu'), legacy('cpuacct')];
  if (memory === undefined || pids === undefined || cpu === undefined || cpuacct === undefined) return null;
  return { hierarchy: legacyHierarchy({ memory, pids, cpu, cpuacct, unified }, name), version: 1 };
}

function cgroupBackend(hierarchy: CgroupHierarchy, version: 1 | 2): CgroupBackend {
  const groups = (partitionId: string): string[] => {
    if (!/^[A-Za-z0-9_-]+$/.test(partitionId))
      throw new SlapgridError('cgroup-failed', { detail: partitionId });
    return hierarchy.bases.map((base) => path.join(base, partitionId));
  };

  // The last partition's end removes what the next one's start has just made, unless one waits for the other.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(act: () => Promise<Result>): Promise<Result> => {
    const result = turn.then(act);
    turn = result.catch(() => undefined);
    return result;
  };

  const ensure: CgroupBackend['ensure'] = (partitionId, limits) =>
    inTurn(async () => {
      try {
        await hierarchy.prepare();
        for (const group of groups(partitionId)) await mkdir(group, { recursive: true });
        await hierarchy.limit(partitionId, limits);
      } catch (error) {
        if (error instanceof SlapgridError) throw error;
        const detail = error instanceof Error ? error.message : String(error);
        throw new SlapgridError('cgroup-failed', { detail }, { cause: error });
      }
      return { procsFiles: groups(partitionId).map((group) => path.join(group, 'cgroup.procs')) };
    });

  const kill: CgroupBackend['kill'] = async (partitionId) => {
    const deadline = Date.now() + KILL_SECONDS * 1000;
    for (const group of groups(partitionId)) {
      while ((await members(group)).length > 0) {
        if (Date.now() > deadline) throw new SlapgridError('cgroup-failed', { detail: group });
        await killMembers(group);
        await pause(POLL_MILLISECONDS);
      }
    }
  };

  const remove: CgroupBackend['remove'] = async (partitionId) => {
    await kill(partitionId);
    await inTurn(async () => {
      for (const group of groups(partitionId)) await removeGroup(group);
      for (const base of hierarchy.bases) await removeEmpty(base);
    });
  };

  return { version, ensure, usage: (partitionId) => hierarchy.usage(partitionId), kill, remove };
}

async function members(group: string): Promise<number[]> {
  try {
    const list = await readFile(path.join(group, 'cgroup.procs'), 'utf8');
    return list.split('\n').filter(Boolean).map(Number);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** `cgroup.kill` (Linux 5.14) also gets what forks meanwhile; without it, the caller repeats until none is left. */
async function killMembers(group: string): Promise<void> {
  try {
    // `r+`: where the file is missing, nothing shall try to create it.
    await writeFile(path.join(group, 'cgroup.kill'), '1', { flag: 'r+' });
    return;
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  for (const pid of await members(group)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (systemErrorCode(error) !== 'ESRCH') throw error;
    }
  }
}

/** A group stays busy for a moment after its last process was reaped. */
async function removeGroup(group: string): Promise<void> {
  const deadline = Date.now() + KILL_SECONDS * 1000;
  for (;;) {
    try {
      await rmdir(group);
      return;
    } catch (error) {
      if (isGone(error)) return;
      if (systemErrorCode(error) !== 'EBUSY' || Date.now() > deadline) throw error;
    }
    await pause(POLL_MILLISECONDS);
  }
}

async function removeEmpty(base: string): Promise<void> {
  try {
    await rmdir(base);
  } catch (error) {
    if (!isGone(error) && !['ENOTEMPTY', 'EBUSY'].includes(systemErrorCode(error) ?? '')) throw error;
  }
}

/** ENODEV: the group was removed while its file was open. */
function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENODEV'].includes(systemErrorCode(error) ?? '');
}
