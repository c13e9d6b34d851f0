/**
 * Commands in sandboxes whose agent was killed. bubblewrap asks the kernel to die with its parent only when it has set up; until
 * then it, or its inner process, stays behind and waits for ever. Each carries who started it, so the next agent can tell.
 */
import { readFileSync, readdirSync } from 'node:fs';
import process from 'node:process';
import { kill } from '../supervisor/leftovers.ts';
import { isAlive, processStat } from '../supervisor/process-record.ts';

const STARTED_BY = 'SLAPGRID_STARTED_BY';

const MARK = new RegExp(String.raw`(?:^|\0)${STARTED_BY}=(\d+)\.(\d+)(?:\0|$)`, 'u');

/** What bubblewrap is given to carry. Programs in the sandbox do not get it: their environment begins empty. */
export function startedByThis(): Record<string, string> {
  return { [STARTED_BY]: `${process.pid}.${processStat(process.pid)?.start ?? 0}` };
}

/** Kills what ended agents of this user left behind. @returns the pids. */
export function killAbandoned(): number[] {
  const killed: number[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/u.test(name)) continue;
    const [, pid, start] = MARK.exec(environmentOf(name)) ?? [];
    if (pid === undefined || isAlive({ pid: Number(pid), start: Number(start) })) continue;
    const stat = processStat(Number(name));
    if (stat === null) continue;
    kill(stat);
    killed.push(stat.pid);
  }
  return killed;
}

/** Empty for those that ended or are not ours to look at. */
function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}
