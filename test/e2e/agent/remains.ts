/** What is there of an installation on this computer: processes, listening addresses, mounts, kernel groups, files. */
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { digestOfHome } from '../../../agent/configuration.ts';
import { isAlive, processesUsing, until, type Home } from './home.ts';
import { descendantsOf, ownLine } from './processes.ts';

function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map(Number);
}

/** A file or link below `/proc/PID`; empty when the process has ended or is somebody else's. */
function procText(pid: number, name: string): string {
  try {
    return name.startsWith('ns/') || name === 'cwd'
      ? readlinkSync(`/proc/${pid}/${name}`)
      : readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Every process of an installation: what names its folder, what has part of it mounted, all that these started, and all that
 * shares a network namespace with these.
 */
export function census(home: Home): number[] {
  const hostNetwork = procText(process.pid, 'ns/net');
  const all = pids();
  const found = new Set(processesUsing(home.folder));
  for (const pid of all) if (procText(pid, 'mountinfo').includes(home.folder)) found.add(pid);
  for (const below of [...found].flatMap(descendantsOf)) found.add(below);
  const networks = new Set([...found].map((pid) => procText(pid, 'ns/net')));
  networks.delete(hostNetwork);
  networks.delete('');
  for (const pid of all) if (networks.has(procText(pid, 'ns/net'))) found.add(pid);
  found.delete(process.pid);
  const own = ownLine();
  // What is found is killed: a mistake here must not reach those who run the tests.
  const mistaken = [...found].filter((pid) => own.has(pid));
  if (mistaken.length > 0) throw new Error(`not of the installation: ${mistaken.join(', ')}`);
  return [...found].filter(isAlive);
}

/**
 * Ends every process of the installation as a power failure would: all are stopped first, so that none sees another end.
 * @returns how many there were.
 */
export async function killEverything(home: Home): Promise<number> {
  const stopped = new Set<number>();
  for (;;) {
    const more = census(home).filter((pid) => !stopped.has(pid));
    if (more.length === 0) break;
    for (const pid of more) {
      stopped.add(pid);
      send(pid, 'SIGSTOP');
    }
  }
  for (const pid of stopped) send(pid, 'SIGKILL');
  await until(() => [...stopped].every((pid) => !isAlive(pid)));
  return stopped.size;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/**
 * Processes of the installation that neither its agent nor a shim it knows holds, and shims that share a run folder; each as
 * a line to be read by a person.
 */
export async function strays(home: Home): Promise<string[]> {
  const agent = await home.agentPid();
  const shims = new Map<string, number[]>();
  for (const pid of processesUsing(path.join(home.data, 'instances'))) {
    const place = procText(pid, 'cwd');
    // A shim forks for a moment to write its record.
    if (place !== '' && !shims.get(place)?.some((shim) => descendantsOf(shim).includes(pid)))
      shims.set(place, [...(shims.get(place) ?? []), pid]);
  }
  const roots = [agent, ...[...shims.values()].flat()];
  const held = new Set(roots.flatMap((pid) => [pid, ...descendantsOf(pid)]));
  const words = (pid: number): string => `${pid} ${procText(pid, 'cmdline').replaceAll('\0', ' ')}`;
  const unheld = census(home)
    .filter((pid) => !held.has(pid))
    .map((pid) => `held by nobody: ${words(pid)}`);
  const doubled = [...shims].flatMap(([place, several]) =>
    several.length > 1 ? several.map((pid) => `one of several in ${place}: ${words(pid)}`) : [],
  );
  return [...unheld, ...doubled];
}

/** Waits until no process is a stray: what was cut off ends by itself within moments, or not at all. */
export async function noStrays(home: Home): Promise<void> {
  let found: string[] = [];
  for (let tries = 0; tries < 200; tries += 1) {
    found = await strays(home);
    if (found.length === 0) return;
    await delay(25);
  }
  throw new Error(found.join('\n'));
}

/** Ports somebody listens on at an address of this computer, in any state of the kernel's table (proc_pid_net(5)). */
export async function listeningPorts(address: string): Promise<number[]> {
  const octets = address.split('.').map(Number).toReversed();
  const hex = octets.map((octet) => octet.toString(16).padStart(2, '0').toUpperCase()).join('');
  const table = await readFile('/proc/net/tcp', 'utf8');
  return [...table.matchAll(new RegExp(`: ${hex}:([0-9A-F]{4}) 00000000:0000 0A`, 'gu'))].map((match) =>
    Number.parseInt(match[1] ?? '', 16),
  );
}

/** Lines of the mount table that name the folder. */
export async function mountsOf(folder: string): Promise<string[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  return table.split('\n').filter((line) => line.includes(folder));
}

/** Kernel groups of the installation, or of one of its partitions. */
export async function groupsOf(home: Home, partition = ''): Promise<string[]> {
  const name = path.join(`slapgrid-${digestOfHome(home.data).slice(0, 12)}`, partition);
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  return mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, place = '']) => path.join(place, name))
    .filter((folder) => existsSync(folder));
}

/** Everything below the partition's folder, relative to it. A free one holds four empty folders. */
export async function filesOf(home: Home, partition: string): Promise<string[]> {
  return (await readdir(path.join(home.data, 'instances', partition), { recursive: true })).toSorted();
}

export const FREE = ['conf', 'data', 'log', 'run'];

/** Files and folders that begin as work which has not ended: none may stay when nothing is under way. */
export async function unfinished(home: Home): Promise<string[]> {
  const names = await readdir(home.data, { recursive: true });
  return names.filter(
    (name) =>
      !name.startsWith('runtime/') &&
      /(?:^|\/)\.(?:partial-|new-|argument-|probe-)|(?:^|\/)\..*\.[0-9a-f]{12}$/u.test(name) &&
      // What a package brings is no work of ours.
      !/\/root\//u.test(name),
  );
}
