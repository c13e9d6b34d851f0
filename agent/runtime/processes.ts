/**
 * Which processes of this computer use files below a folder: their program, what they have open, their arguments.
 */
import { readFile, readdir, readlink } from 'node:fs/promises';
import path from 'node:path';

/** The text of a file of `/proc`, or empty: processes end while they are looked at, and others' are closed to us. */
async function procText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return '';
  }
}

async function procLink(file: string): Promise<string> {
  try {
    return await readlink(file);
  } catch {
    return '';
  }
}

async function openFiles(folder: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch {
    return [];
  }
  return Promise.all(names.map((name) => procLink(path.join(folder, name))));
}

/**
 * Pids of the processes that run a program below `folder`, have a file below it open, work in it, or name a file below it
 * in an argument (a shell that reads a script names it there). Those of other users are seen by root only.
 * @param proc the process table; `/proc` but in tests.
 */
export async function processesUsing(folder: string, proc = '/proc'): Promise<number[]> {
  const below = `${path.resolve(folder)}/`;
  const isBelow = (file: string): boolean => `${file}/`.startsWith(below);
  const pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name));
  const using = await Promise.all(
    pids.map(async (pid) => {
      const own = path.join(proc, pid);
      if (isBelow(await procLink(path.join(own, 'exe')))) return true;
      if (isBelow(await procLink(path.join(own, 'cwd')))) return true;
      if ((await procText(path.join(own, 'cmdline'))).split('\0').some(isBelow)) return true;
      return (await openFiles(path.join(own, 'fd'))).some(isBelow);
    }),
  );
  return pids.filter((_, index) => using[index] === true).map(Number);
}

/** The program a process runs (`/proc/PID/exe`), without the mark of a file removed since; null when there is none. */
export async function programOf(pid: number, proc = '/proc'): Promise<string | null> {
  const link = await procLink(path.join(proc, String(pid), 'exe'));
  return link === '' ? null : link.replace(/ \(deleted\)$/, '');
}

/** Whether a process exists and is not merely waiting to be reaped. */
export async function isRunning(pid: number, proc = '/proc'): Promise<boolean> {
  const stat = await procText(path.join(proc, String(pid), 'stat'));
  // The name in parentheses may hold anything; the state is the first field after it (proc(5)).
  const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  return state !== '' && state !== 'Z' && state !== 'X';
}
