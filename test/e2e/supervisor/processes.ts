/** The process table as a test sees it. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import process from 'node:process';

/** Of the flags in `/proc/PID/stat`: the process is on its way out and runs nothing of its program any more. */
const PF_EXITING = 0x4;

function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}

export function argumentsOf(pid: number): string[] {
  return procFile(pid, 'cmdline').split('\0').slice(0, -1);
}

export function environmentOf(pid: number): string[] {
  return procFile(pid, 'environ').split('\0').filter(Boolean).toSorted();
}

export function isLiving(pid: number): boolean {
  const stat = procFile(pid, 'stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  // One that ends has closed its files, which tells others that it is gone, a moment before it becomes a zombie.
  const isEnding = (Number(fields[6]) & PF_EXITING) !== 0;
  return state !== undefined && state !== '' && state !== 'Z' && state !== 'X' && !isEnding;
}

export function parentOf(pid: number): number {
  const stat = procFile(pid, 'stat');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** A line of `/proc/PID/status`. */
export function statusLine(pid: number, key: string): string {
  return new RegExp(`^${key}:\\s*(.*)$`, 'mu').exec(procFile(pid, 'status'))?.[1] ?? '';
}

/** The four user ids: real, effective, saved, of the file system. */
export function uidsOf(pid: number): number[] {
  return statusLine(pid, 'Uid').split(/\s+/u).map(Number);
}

/** What each open descriptor leads to. */
export function descriptorsOf(pid: number): Record<number, string> {
  const open: Record<number, string> = {};
  for (const name of readdirSync(`/proc/${pid}/fd`)) {
    try {
      open[Number(name)] = readlinkSync(`/proc/${pid}/fd/${name}`);
    } catch {
      // Closed meanwhile.
    }
  }
  return open;
}

/** Those that lead to something: a test's own launcher may have left others, which are covered by /dev/null. */
export function meaningful(descriptors: Record<number, string>): Record<number, string> {
  return Object.fromEntries(Object.entries(descriptors).filter(([, target]) => target !== '/dev/null'));
}

/** Living processes that name `word`, or a file below it, in an argument. */
export function processesNaming(word: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name) && Number(name) !== process.pid)
    .map(Number)
    .filter((pid) => isLiving(pid) && argumentsOf(pid).some((argument) => argument.includes(word)));
}

export function killAll(pids: readonly number[], signal: NodeJS.Signals = 'SIGKILL'): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended already.
    }
  }
}

/** A process and all below it. */
export function treeOf(pid: number): number[] {
  const children = procFile(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(treeOf)];
}

/** Fields of `/proc/PID/stat` from the third, the state, on; none when there is no such process. */
export function statFields(pid: number): string[] {
  const stat = procFile(pid, 'stat');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
