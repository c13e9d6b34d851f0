/** What `/proc` says of process trees. */
import { readFileSync, readdirSync } from 'node:fs';
import process from 'node:process';
import { systemErrorCode } from '../../../agent/errors.ts';

/** All descendants of `pid`, parents first. */
export function descendantsOf(pid: number): number[] {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  const children = threads.flatMap((thread) => {
    try {
      return readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
        .trim()
        .split(' ')
        .filter(Boolean)
        .map(Number);
    } catch {
      return [];
    }
  });
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

/** SIGKILL to one process that must be known. 0 would mean the whole group of this one, a negative number another group. */
export function killOne(pid: number | null | undefined): void {
  if (pid === null || pid === undefined || pid <= 1) throw new Error(`no process to kill: ${pid}`);
  process.kill(pid, 'SIGKILL');
}

/** This process and all that it was started by. */
export function ownLine(): Set<number> {
  const line = new Set<number>();
  for (let pid = process.pid; pid > 0 && !line.has(pid);) {
    line.add(pid);
    pid = Number(/^PPid:\s+(\d+)/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  }
  return line;
}

/** SIGTERM; a process that has ended already is what was wanted. */
export function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if (systemErrorCode(error) !== 'ESRCH') throw error;
  }
}
