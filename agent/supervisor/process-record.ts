/**
 * Which process a pid means. Pids are used again: a process is the same one only if its start time (field 22 of
 * `/proc/PID/stat`, proc(5)) and the boot are the same. A zombie is dead: it only waits to be reaped.
 *
 * Reads of `/proc` are synchronous: they come from memory and take microseconds.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { systemErrorCode } from '../errors.ts';

export type ProcessRecord = {
  pid: number;
  /** Clock ticks after boot. */
  start: number;
};

export type ProcessStat = ProcessRecord & { state: string; session: number };

/** Linux shows times to programs in this unit whatever the kernel's own tick is (`USER_HZ`, time(7)). */
export const TICKS_PER_SECOND = 100;

function procText(file: string): string | null {
  try {
    return readFileSync(`/proc/${file}`, 'latin1');
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
}

/** Changes with each boot of the kernel. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}

/** What the kernel says of a process, zombies included; null when there is none. */
export function processStat(pid: number): ProcessStat | null {
  const text = procText(`${pid}/stat`);
  if (text === null) return null;
  // The name, field 2, stands in parentheses and may hold anything; what follows the last one is fields 3, 4, ….
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { pid, state: fields[0] ?? '', session: Number(fields[3]), start: Number(fields[19]) };
}

function isDead(stat: ProcessStat): boolean {
  return stat.state === 'Z' || stat.state === 'X' || stat.state === 'x';
}

/** Whether the very process of the record lives, in this boot. */
export function isAlive(record: ProcessRecord): boolean {
  const stat = processStat(record.pid);
  return stat !== null && stat.start === record.start && !isDead(stat);
}

/** Real uid of a process; null when there is none. */
export function processUid(pid: number): number | null {
  const match = /^Uid:\s+(\d+)/mu.exec(procText(`${pid}/status`) ?? '');
  return match?.[1] === undefined ? null : Number(match[1]);
}

/** Children of a process's main thread, the oldest first. */
export function childrenOf(pid: number): number[] {
  const text = procText(`${pid}/task/${pid}/children`) ?? '';
  return text.split(' ').filter(Boolean).map(Number);
}

/**
 * Living processes of the session that `leader` began, but itself; also after its end, because the kernel gives no number
 * away that a session still bears. Empty when another process has the leader's number, for then nothing is left of it.
 */
export function sessionMembers(leader: ProcessRecord): ProcessRecord[] {
  const now = processStat(leader.pid);
  if (now !== null && now.start !== leader.start) return [];
  const members: ProcessRecord[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/u.test(name) || Number(name) === leader.pid) continue;
    const stat = processStat(Number(name));
    if (stat === null || stat.session !== leader.pid || stat.start < leader.start || isDead(stat)) continue;
    members.push({ pid: stat.pid, start: stat.start });
  }
  return members;
}
