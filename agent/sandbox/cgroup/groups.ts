/**
 * Limits of partitions held by the kernel: one control group per partition, in which everything of the partition is from its first
 * instruction (`LaunchPlan.cgroup`). Those of others are below one more group, which holds them together.
 *
 *   slapgrid-<scope>/slappart0           a person's own
 *   slapgrid-<scope>/hosted/slappart20   another's
 */
import { constants, existsSync } from 'node:fs';
import { mkdir, readdir, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { SlapgridError, systemErrorCode } from '../../errors.ts';
import { kernelText } from '../../kernel-text.ts';
import type { CgroupHierarchy, CgroupLimits, CgroupUsage } from './hierarchy.ts';

/** Whose partition it is. */
export type CgroupPlace = 'own' | 'hosted';

export type CgroupBackendName = 'cgroup-v1' | 'cgroup-v2' | 'cgroup-v2-delegated' | 'systemd-user';

export interface CgroupBackend {
  readonly name: CgroupBackendName;
  /** Version of the kernel's interface. */
  readonly version: 1 | 2;
  /**
   * Makes the partition's group, or changes its limits. Idempotent.
   * @returns the files a process of one thread writes 0 to in order to join, each of them; and those that take the pid of any.
   * @throws SlapgridError `cgroup-failed`, for one when more memory is in use than the new limit.
   */
  ensure(
    partitionId: string,
    limits: CgroupLimits,
    place?: CgroupPlace,
  ): Promise<{ joinFiles: readonly string[]; procsFiles: readonly string[] }>;
  /**
   * Limits all that is hosted together, now and from now on.
   * @throws SlapgridError `cgroup-failed` as {@link ensure} does.
   */
  limitTogether(limits: CgroupLimits): Promise<void>;
  /** Partitions of others that have a group. */
  hosted(): Promise<string[]>;
  /** null: the partition has no group. Waits for nothing. */
  usage(partitionId: string): CgroupUsage | null;
  /**
   * Holds everything of the partition still, what joins it later too. Idempotent.
   * @returns false: it could not be done, and nothing is held.
   */
  freeze(partitionId: string): Promise<boolean>;
  /** Lets it go on. Idempotent. */
  thaw(partitionId: string): Promise<void>;
  /** Asks the kernel: it may have been held still by an earlier agent. */
  isFrozen(partitionId: string): boolean;
  /** Kills every process of the group, frozen or not, and waits until none is left. Idempotent. */
  kill(partitionId: string): Promise<void>;
  /** {@link kill}, then removes the group. Idempotent. */
  remove(partitionId: string): Promise<void>;
  /** Gives back what others were asked for (a unit of systemd). No partition may have a group any more. Idempotent. */
  end(): Promise<void>;
}

const HOSTED = 'hosted';
/** What is hosted gives way to what is the person's own. */
const HOSTED_WEIGHT = 0.2;

/** Where the file is missing, nothing shall try to create it; and its owner may not read it. */
const WRITE_ONLY = constants.O_WRONLY;

const KILL_SECONDS = 10;
const POLL_MILLISECONDS = 5;
/** Nearly always it takes less than a millisecond: a process in the middle of a call of the kernel is held at its end. */
const FREEZE_MILLISECONDS = 900;

/** The groups of partitions in a hierarchy that can be used. */
export function cgroupBackend(
  hierarchy: CgroupHierarchy,
  name: CgroupBackendName,
  end: CgroupBackend['end'] = async () => undefined,
): CgroupBackend {
  const folders = (group: string): string[] => hierarchy.bases.map((base) => path.join(base, group));
  const exists = (group: string): boolean => folders(group).some((folder) => existsSync(folder));
  const groupAt = (partitionId: string, place: CgroupPlace): string => {
    if (!/^[A-Za-z0-9_-]+$/.test(partitionId) || partitionId === HOSTED)
      throw new SlapgridError('cgroup-failed', { detail: partitionId });
    return place === 'own' ? partitionId : path.join(HOSTED, partitionId);
  };
  /** Where the partition's group is; where it would be when there is none. */
  const groupOf = (partitionId: string): string => {
    const hosted = groupAt(partitionId, 'hosted');
    return exists(hosted) ? hosted : groupAt(partitionId, 'own');
  };

  // The last partition's end removes what the next one's start has just made, unless one waits for the other.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(act: () => Promise<Result>): Promise<Result> => {
    const result = turn.then(act);
    turn = result.catch(() => undefined);
    return result;
  };

  const make = async (group: string): Promise<void> => {
    for (const folder of folders(group)) await mkdir(folder, { recursive: true });
  };
  let together: CgroupLimits | null = null;
  /** It comes with the first that is hosted, and goes with the last. */
  const makeHosted = async (): Promise<void> => {
    if (exists(HOSTED)) return;
    await make(HOSTED);
    await hierarchy.divide(HOSTED);
    await hierarchy.weigh(HOSTED, HOSTED_WEIGHT);
    if (together !== null) await hierarchy.limit(HOSTED, together);
  };

  const ensure: CgroupBackend['ensure'] = (partitionId, limits, place = 'own') =>
    inTurn(() =>
      asCgroupError(async () => {
        const group = groupAt(partitionId, place);
        await hierarchy.prepare();
        if (place === 'hosted') await makeHosted();
        await make(group);
        await hierarchy.limit(group, limits);
        if (limits.memoryBytes !== null) await hierarchy.endWhole(group);
        const other = groupAt(partitionId, place === 'own' ? 'hosted' : 'own');
        if (exists(other)) await moveGroup(folders(other), folders(group));
        return {
          joinFiles: hierarchy.bases.map((base) => path.join(base, group, hierarchy.joinFile(base))),
          procsFiles: folders(group).map((folder) => path.join(folder, 'cgroup.procs')),
        };
      }),
    );

  const limitTogether: CgroupBackend['limitTogether'] = (limits) =>
    inTurn(() =>
      asCgroupError(async () => {
        together = limits;
        if (exists(HOSTED)) await hierarchy.limit(HOSTED, limits);
      }),
    );

  const hosted: CgroupBackend['hosted'] = async () => {
    const [base = ''] = hierarchy.bases;
    const entries = await readdir(path.join(base, HOSTED), { withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  };

  const letGo = async (group: string): Promise<void> => {
    if (['frozen', 'freezing'].includes(hierarchy.freezer.state(group) ?? ''))
      await hierarchy.freezer.ask(group, false);
  };

  const freeze: CgroupBackend['freeze'] = async (partitionId) => {
    const group = groupOf(partitionId);
    const { freezer } = hierarchy;
    if (freezer.state(group) === null) return false;
    const deadline = performance.now() + FREEZE_MILLISECONDS;
    await freezer.ask(group, true);
    while (freezer.state(group) === 'freezing') {
      if (performance.now() > deadline) {
        await letGo(group);
        return false;
      }
      await pause(1);
    }
    return freezer.state(group) === 'frozen';
  };

  const kill: CgroupBackend['kill'] = async (partitionId) => {
    const group = groupOf(partitionId);
    const deadline = Date.now() + KILL_SECONDS * 1000;
    // What forks while it is being killed ends with `cgroup.kill`; where there is none, it is held still first.
    if (!canKill(folders(group)) && folders(group).some((folder) => members(folder).length > 0))
      await freeze(partitionId);
    for (const folder of folders(group)) {
      while (members(folder).length > 0) {
        if (Date.now() > deadline) throw new SlapgridError('cgroup-failed', { detail: folder });
        await killMembers(folder);
        // Nothing of it runs any more but to its end.
        await letGo(group);
        await pause(POLL_MILLISECONDS);
      }
    }
  };

  const remove: CgroupBackend['remove'] = async (partitionId) => {
    const group = groupOf(partitionId);
    await kill(partitionId);
    await inTurn(async () => {
      for (const folder of folders(group)) await removeGroup(folder);
      for (const folder of [...folders(HOSTED), ...hierarchy.bases]) await removeEmpty(folder);
    });
  };

  return {
    name,
    version: name === 'cgroup-v1' ? 1 : 2,
    ensure,
    limitTogether,
    hosted,
    usage: (partitionId) =>
      hierarchy.usage(groupAt(partitionId, 'hosted')) ?? hierarchy.usage(groupAt(partitionId, 'own')),
    freeze,
    thaw: (partitionId) => letGo(groupOf(partitionId)),
    isFrozen: (partitionId) => hierarchy.freezer.state(groupOf(partitionId)) === 'frozen',
    kill,
    remove,
    end,
  };
}

async function asCgroupError<Result>(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof SlapgridError) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    throw new SlapgridError('cgroup-failed', { detail }, { cause: error });
  }
}

/** Moves what runs in a partition's groups to others of it, and removes them: it became another's, or is no other's any more. */
async function moveGroup(from: readonly string[], to: readonly string[]): Promise<void> {
  for (const [index, folder] of from.entries()) {
    const procs = path.join(to[index] ?? '', 'cgroup.procs');
    for (let left = members(folder); left.length > 0; left = members(folder)) {
      for (const pid of left) await writeFile(procs, String(pid)).catch(ignoreEnded);
    }
    await removeGroup(folder);
  }
}

function ignoreEnded(error: unknown): void {
  if (systemErrorCode(error) !== 'ESRCH') throw error;
}

function members(group: string): number[] {
  const list = kernelText(path.join(group, 'cgroup.procs')) ?? '';
  return list.split('\n').filter(Boolean).map(Number);
}

function canKill(folders: readonly string[]): boolean {
  return folders.some((folder) => existsSync(path.join(folder, 'cgroup.kill')));
}

/** `cgroup.kill` (Linux 5.14) also gets what forks meanwhile; without it, the caller repeats until none is left. */
async function killMembers(group: string): Promise<void> {
  try {
    await writeFile(path.join(group, 'cgroup.kill'), '1', { flag: WRITE_ONLY });
    return;
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  for (const pid of members(group)) {
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
