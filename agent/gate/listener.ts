/**
 * Who listens on a port that should be ours, in words.
 */
import { readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { text } from '../messages.ts';
import { findSocket, printedEnds } from './socket-table.ts';

const LISTENING = '0A';

/**
 * Names what listens on `port` of `address`, or on that port of every address: the program and its process, or the user when the
 * process is not ours to see.
 */
export async function whoListens(port: number, address = '127.0.0.1'): Promise<string> {
  const ends = new Set([address, '0.0.0.0', '::'].flatMap((each) => printedEnds(each, port)));
  const listener = await findSocket(({ state, local }) => state === LISTENING && ends.has(local));
  if (listener === undefined) return text('gates.listener.unknown');
  const pid = await processWithSocket(listener.inode);
  if (pid === null) return text('gates.listener.user', { user: await userName(listener.uid) });
  return text('gates.listener.program', { program: await programName(pid), pid });
}

async function processWithSocket(inode: string): Promise<string | null> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name));
  const holds = await Promise.all(pids.map((pid) => holdsSocket(pid, inode)));
  return pids[holds.indexOf(true)] ?? null;
}

async function holdsSocket(pid: string, inode: string): Promise<boolean> {
  try {
    for (const descriptor of await readdir(`/proc/${pid}/fd`)) {
      if ((await readlink(`/proc/${pid}/fd/${descriptor}`)) === `socket:[${inode}]`) return true;
    }
  } catch {
    // It ended, or it belongs to somebody else.
  }
  return false;
}

/** The executable's name; a thread may call itself anything. */
async function programName(pid: string): Promise<string> {
  try {
    return path.basename(await readlink(`/proc/${pid}/exe`));
  } catch {
    return text('gates.listener.ended');
  }
}

async function userName(uid: number): Promise<string> {
  const accounts = await readFile('/etc/passwd', 'utf8');
  const account = accounts.split('\n').find((line) => line.split(':')[2] === String(uid));
  return account?.split(':')[0] ?? String(uid);
}
