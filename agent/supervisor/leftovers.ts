/**
 * What a shim may leave behind when it is killed: a bwrap that had not yet asked the kernel to die with its parent, a
 * payload that took new credentials (which clears that request, prctl(2) PR_SET_PDEATHSIG), or children of such a one.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { systemErrorCode } from '../errors.ts';
import {
  TICKS_PER_SECOND,
  type ProcessRecord,
  childrenOf,
  isAlive,
  processStat,
  processUid,
  sessionMembers,
} from './process-record.ts';

/** How long after the shim's start the members of its session are its own beyond doubt, whoever was there to see. */
export const START_TICKS = 30 * TICKS_PER_SECOND;

const LONGEST_PAUSE_MILLISECONDS = 250;

/** SIGKILL to the very process of the record. */
export function kill(record: ProcessRecord): void {
  if (isAlive(record)) signal(record.pid, 'SIGKILL');
}

/** Sends a signal; a process that has ended meanwhile is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (systemErrorCode(error) !== 'ESRCH') throw error;
  }
}

/**
 * Kills what is left of a shim that has ended, and resolves when it is gone.
 * @param known processes it started, directly or not.
 * @param owner uid of the unit's processes; nobody else's is touched, whatever a record says.
 * @param within only members of the shim's session that began so many ticks after it, for when its end was not seen and its
 *   number may since have led another session.
 */
export async function removeLeftovers(
  shim: ProcessRecord,
  known: readonly ProcessRecord[],
  owner: number,
  within = Number.POSITIVE_INFINITY,
): Promise<void> {
  let left = known;
  for (let wait = 1; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MILLISECONDS)) {
    const members = sessionMembers(shim).filter(({ start }) => start - shim.start <= within);
    left = withDescendants([...left, ...members]).filter(({ pid }) => processUid(pid) === owner);
    if (left.length === 0) return;
    left.forEach(kill);
    await pause(wait);
  }
}

/** Those that live, and all below them: a sandbox's processes are of another session. */
function withDescendants(records: readonly ProcessRecord[]): ProcessRecord[] {
  const found = new Map<number, ProcessRecord>();
  const visit = (record: ProcessRecord): void => {
    if (found.has(record.pid) || !isAlive(record)) return;
    found.set(record.pid, record);
    for (const child of childrenOf(record.pid)) {
      const stat = processStat(child);
      if (stat !== null) visit({ pid: child, start: stat.start });
    }
  };
  records.forEach(visit);
  return [...found.values()];
}
