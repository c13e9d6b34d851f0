/**
 * The processes below another one, and waiting for what is to become true.
 */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

export type FoundProcess = { pid: number; command: string };

/** All descendants of `pid` that are not merely waiting to be reaped. */
export async function childrenOf(pid: number, { itself = false } = {}): Promise<FoundProcess[]> {
  const all = await processTable();
  const found: FoundProcess[] = [];
  const wanted = new Set([pid]);
  for (let before = 0; before !== wanted.size;) {
    before = wanted.size;
    for (const each of all) if (wanted.has(each.parent)) wanted.add(each.pid);
  }
  if (!itself) wanted.delete(pid);
  for (const each of all) if (wanted.has(each.pid)) found.push({ pid: each.pid, command: each.command });
  return found;
}

async function processTable(): Promise<(FoundProcess & { parent: number })[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name));
  const all = await Promise.all(
    pids.map(async (pid) => {
      try {
        const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
        const [state = '', parent = '0'] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
        return state === 'Z' ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
      } catch {
        // It ended while it was looked at.
        return [];
      }
    }),
  );
  return all.flat();
}

/** Waits until `check` no longer throws; then what it threw last is the failure. */
export async function eventually(check: () => void | Promise<void>, seconds = 20): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(25);
    }
  }
}
