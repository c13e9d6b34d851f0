/**
 * A service of the user's systemd that does nothing but hold the control groups of partitions: what is in them outlives the agent, so they
 * cannot be below the agent's own service. systemd could not start that one again as long as it has groups with limits below it.
 */
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { kernelText } from '../kernel-text.ts';
import type { UserManager } from './user-manager.ts';

const START_MILLISECONDS = 5000;

/** The main process makes room for groups with limits: a group that has any can have no process of its own. */
const KEEP =
  'while read -r line; do case $line in 0::*) group=${line#0::} ;; esac; done </proc/self/cgroup; ' +
  'keeper=$1$group/keeper; mkdir -p "$keeper" && echo $$ >"$keeper/cgroup.procs" && exec sleep infinity';

/**
 * `OOMPolicy=continue`: a partition that takes too much memory is no reason to end the others. `KillMode=process`: nor is the end of
 * the process that keeps the groups.
 * @param mount of the version 2 hierarchy.
 */
export function partitionsUnit(mount: string): string {
  const quoted = (word: string): string =>
    `"${word
      .replaceAll('\\', '\\\\')
      .replaceAll('"', String.raw`\"`)
      .replaceAll('%', '%%')
      .replaceAll('$', '$$$$')}"`;
  return [
    '[Unit]',
    'Description=Slapgrid partitions',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${['/bin/sh', '-c', KEEP, 'slapgrid', mount].map(quoted).join(' ')}`,
    'Delegate=cpu memory pids',
    'KillMode=process',
    'OOMPolicy=continue',
    'TasksMax=infinity',
    'TimeoutStopSec=5',
    '',
  ].join('\n');
}

/**
 * Starts the unit, or finds it running.
 * @returns the folder of its group; null when systemd does not do it.
 */
export async function startPartitionsUnit(
  manager: UserManager,
  name: string,
  mount: string,
): Promise<string | null> {
  try {
    if ((await manager.state(name)).active !== 'active') {
      await manager.define(name, partitionsUnit(mount));
      await manager.start(name);
    }
    const group = await manager.groupOf(name);
    return group === null ? null : await emptied(`${mount}${group}`);
  } catch {
    return null;
  }
}

/** Waits until the main process has made room. */
async function emptied(group: string): Promise<string | null> {
  const deadline = performance.now() + START_MILLISECONDS;
  while (kernelText(path.join(group, 'keeper', 'cgroup.procs')) === null || !isEmpty(group)) {
    if (performance.now() > deadline) return null;
    await pause(5);
  }
  return group;
}

function isEmpty(group: string): boolean {
  return kernelText(path.join(group, 'cgroup.procs'))?.trim() === '';
}

/** Ends it and forgets it. */
export async function endPartitionsUnit(manager: UserManager, name: string): Promise<void> {
  await manager.stop(name).catch(() => undefined);
  await manager.forget(name).catch(() => undefined);
}
