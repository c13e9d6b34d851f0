/**
 * Reads the processes below the shims of partitions, where there are no control groups (an ordinary user's agent).
 *
 * Nothing of a partition leaves the tree of its shim: what loses its parent inside a sandbox becomes a child of the sandbox's
 * init. So a process belongs to the shim it descends from, for as long as it lives.
 *
 * The processor time of a shim's tree is that of its living processes and of all that they have waited for (`cutime`, `cstime`,
 * proc(5)); a process that ends hands its whole sum to its parent, so the sum does not go back. Memory: anonymous pages of
 * each process, and the largest share of shared memory that one of them has mapped, because processes share the same one.
 *
 * One file is read for each process, a second only when its size changed. The process table is searched only when the kernel
 * has started a process since (`/proc/loadavg` names the last one).
 */
import { readdirSync } from 'node:fs';
import { bootId, TICKS_PER_SECOND } from '../supervisor/process-record.ts';
import { kernelText } from '../kernel-text.ts';
import type { Meter, Reading, RunningPartitions } from './meter.ts';

type Stat = {
  parent: number;
  /** Its own and that of the children it waited for. */
  cpuTicks: number;
  /** Clock ticks after boot: with the pid it names the process. */
  start: number;
  residentPages: number;
};

type Known = {
  start: number;
  /** Pid of the shim it descends from; null: of none. */
  shim: number | null;
  residentPages: number;
  anonymousBytes: number;
  sharedBytes: number;
};

/** After so many searches everything is looked at anew: a number may have been given to another process. */
const SEARCHES_BELIEVED = 60;

export function createTreeMeter(): Meter {
  const boot = bootId();
  const known = new Map<number, Known>();
  let lastProcess = '';
  let searches = 0;

  const search = (shims: ReadonlySet<number>): void => {
    searches += 1;
    if (searches % SEARCHES_BELIEVED === 0) known.clear();
    const alive = new Set<number>();
    const found = new Map<number, Stat>();
    for (const name of readdirSync('/proc')) {
      const pid = Number(name);
      if (!Number.isInteger(pid)) continue;
      alive.add(pid);
      if (known.has(pid)) continue;
      const stat = statOf(pid);
      if (stat !== null) found.set(pid, stat);
    }
    for (const pid of known.keys()) if (!alive.has(pid)) known.delete(pid);
    for (const [pid, { start }] of found) {
      const shim = shimOf(pid, shims, found, known);
      known.set(pid, { start, shim, residentPages: -1, anonymousBytes: 0, sharedBytes: 0 });
    }
  };

  const find = (partitions: RunningPartitions): void => {
    const shims = new Set([...partitions.values()].flat());
    const last = kernelText('/proc/loadavg')?.trim().split(' ').at(-1) ?? '';
    const isShimMissed = [...shims].some((pid) => known.get(pid)?.shim !== pid);
    // A shim that was taken for another's process before it was known to be one.
    if (isShimMissed) known.clear();
    if (last !== lastProcess || isShimMissed) search(shims);
    lastProcess = last;
  };

  /** What the processes of each shim hold together. */
  const sums = (): Map<number, Sum> => {
    const byShim = new Map<number, Sum>();
    for (const [pid, process] of known) {
      if (process.shim === null) continue;
      const stat = statOf(pid);
      if (stat === null || stat.start !== process.start) {
        known.delete(pid);
        continue;
      }
      if (stat.residentPages !== process.residentPages) remember(pid, process, stat.residentPages);
      const sum = byShim.get(process.shim) ?? { cpuTicks: 0, memoryBytes: 0, sharedBytes: 0, processes: 0 };
      sum.cpuTicks += stat.cpuTicks;
      sum.memoryBytes += process.anonymousBytes;
      sum.sharedBytes = Math.max(sum.sharedBytes, process.sharedBytes);
      sum.processes += 1;
      byShim.set(process.shim, sum);
    }
    return byShim;
  };

  return {
    read(partitions) {
      find(partitions);
      const byShim = sums();
      const readings = new Map<string, Reading>();
      for (const [id, shims] of partitions) {
        const cpuSeconds = new Map<string, number>();
        let memoryBytes = 0;
        let sharedBytes = 0;
        let processes = 0;
        for (const shim of shims) {
          const sum = byShim.get(shim);
          const start = known.get(shim)?.start;
          if (sum === undefined || start === undefined) continue;
          cpuSeconds.set(`${boot}/${shim}@${start}`, sum.cpuTicks / TICKS_PER_SECOND);
          memoryBytes += sum.memoryBytes;
          sharedBytes = Math.max(sharedBytes, sum.sharedBytes);
          processes += sum.processes;
        }
        if (processes > 0)
          readings.set(id, { cpuSeconds, memoryBytes: memoryBytes + sharedBytes, processes });
      }
      return readings;
    },
  };
}

type Sum = { cpuTicks: number; memoryBytes: number; sharedBytes: number; processes: number };

/** Follows parents up to a shim. What was found just now may descend from what was found just now. */
function shimOf(
  pid: number,
  shims: ReadonlySet<number>,
  found: ReadonlyMap<number, Stat>,
  known: ReadonlyMap<number, Known>,
): number | null {
  for (let at = pid; at > 1;) {
    if (shims.has(at)) return at;
    const ancestor = known.get(at);
    if (ancestor !== undefined) return ancestor.shim;
    const stat = found.get(at);
    if (stat === undefined) return null;
    at = stat.parent;
  }
  return null;
}

/** Fields of `/proc/PID/stat` after the name, which may hold anything and ends at the last parenthesis; proc_pid_stat(5). */
function statOf(pid: number): Stat | null {
  const text = kernelText(`/proc/${pid}/stat`);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return {
    parent: field(4),
    cpuTicks: field(14) + field(15) + field(16) + field(17),
    start: field(22),
    residentPages: field(24),
  };
}

function remember(pid: number, process: Known, residentPages: number): void {
  const text = kernelText(`/proc/${pid}/status`) ?? '';
  process.residentPages = residentPages;
  process.anonymousBytes = kilobytes(text, 'RssAnon') * 1024;
  process.sharedBytes = kilobytes(text, 'RssShmem') * 1024;
}

function kilobytes(status: string, name: string): number {
  const place = status.indexOf(`\n${name}:`);
  return place === -1 ? 0 : Number.parseInt(status.slice(place + name.length + 2), 10);
}
