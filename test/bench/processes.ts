/**
 * What processes cost, as `/proc` says it: memory by proportional share, processor time, wake-ups.
 *
 * A process that ends while it is looked at, or that is another user's, has no figures; callers say so.
 */
import { readFileSync, readdirSync } from 'node:fs';

function procText(file: string): string | null {
  try {
    return readFileSync(`/proc/${file}`, 'latin1');
  } catch {
    return null;
  }
}

/** Proportional set size in MB (10⁶): private pages, and of each shared page its share. null when it may not be read. */
export function proportionalMemory(pid: number): number | null {
  const match = /^Pss:\s+(\d+) kB$/mu.exec(procText(`${pid}/smaps_rollup`) ?? '');
  return match?.[1] === undefined ? null : (Number(match[1]) * 1024) / 1e6;
}

/** Milliseconds on a processor and context switches of all threads since the process began. */
export function activity(pid: number): { cpuMilliseconds: number; switches: number } {
  let cpuMilliseconds = 0;
  let switches = 0;
  for (const thread of entries(`${pid}/task`)) {
    // The first field is nanoseconds on a processor (sched-stats, proc(5)): finer than the ticks of `stat`.
    const [nanoseconds = '0'] = (procText(`${pid}/task/${thread}/schedstat`) ?? '').split(' ');
    cpuMilliseconds += Number(nanoseconds) / 1e6;
    const status = procText(`${pid}/task/${thread}/status`) ?? '';
    for (const [, count] of status.matchAll(/^(?:non)?voluntary_ctxt_switches:\s+(\d+)$/gmu))
      switches += Number(count);
  }
  return { cpuMilliseconds, switches };
}

/** Bytes that a process has had written to a disk (`write_bytes`, proc_pid_io(5)). null when it may not be read. */
export function bytesWritten(pid: number): number | null {
  const match = /^write_bytes: (\d+)$/mu.exec(procText(`${pid}/io`) ?? '');
  return match?.[1] === undefined ? null : Number(match[1]);
}

/** What a process of Chromium is for: `browser` for all that is neither a page's nor the application's. */
export function kindOf(pid: number): 'renderer' | 'browser' {
  return (procText(`${pid}/cmdline`) ?? '').includes('--type=renderer') ? 'renderer' : 'browser';
}

/** Direct children, of all threads. */
export function childrenOf(pid: number): number[] {
  return entries(`${pid}/task`).flatMap((thread) =>
    (procText(`${pid}/task/${thread}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );
}

/** Descendants of `pid`, parents first. */
export function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

/**
 * Page faults of children that ended and were waited for (`cminflt`, proc_pid_stat(5)). No program starts without one, so as
 * long as this number stays the same, no child that was started has ended.
 */
export function faultsOfEndedChildren(pid: number): number {
  const stat = procText(`${pid}/stat`) ?? '';
  // The name in parentheses may hold anything; what follows it is fields 3, 4, ….
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[8] ?? 0);
}

function entries(folder: string): string[] {
  try {
    return readdirSync(`/proc/${folder}`);
  } catch {
    return [];
  }
}
