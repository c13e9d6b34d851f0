/**
 * The systemd of a user: a real one in namespaces and a control group of its own where root runs the tests and may make that group,
 * else a stand-in that reads the same unit files.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmdirSync } from 'node:fs';
import { access, chown, constants, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { until } from '../agent/home.ts';

export type Manager = {
  /** It ends, as at the end of the last session. What it leaves would now be killed. @returns whether it left anything. */
  end(): Promise<boolean>;
  /** Takes away what is left of it. */
  remove(): Promise<void>;
};

/** Whether {@link realManager} can be had. In a container not even root may make control groups. */
export async function canHaveManager(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  const hierarchy = await unifiedHierarchy();
  return (
    hierarchy !== null &&
    access(hierarchy, constants.W_OK).then(
      () => true,
      () => false,
    )
  );
}

const PRIVATE = path.join('systemd', 'private');

/** @param runtime its runtime folder, which is there and is its user's. */
export async function standInManager(
  runtime: string,
  { uid, gid }: { uid: number; gid: number },
): Promise<Manager> {
  const file = path.join(runtime, PRIVATE);
  await mkdir(path.dirname(file));
  const socket = createServer().listen(file);
  await once(socket, 'listening');
  for (const each of [path.dirname(file), file]) await chown(each, uid, gid);
  const remove = async (): Promise<void> => void socket.close();
  return { end: async () => false, remove };
}

/**
 * systemd asks whether it is the computer's init (sd_booted(3)), wants the unified hierarchy, and a control group that is its user's.
 * `$1` is that group.
 */
const SCRIPT = `
  set -eu
  mkdir -p /run/systemd
  mount -t tmpfs -o mode=755 tmpfs /run/systemd
  mkdir /run/systemd/system
  umount -R -l /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  exec setpriv --reuid "$1" --regid "$2" --clear-groups env -i HOME="$3" PATH="$PATH" XDG_RUNTIME_DIR="$4" \\
    /lib/systemd/systemd --user --unit=basic.target`;

/** @param enter filled with what a line begins with to be run where that systemd is. */
export async function realManager(
  runtime: string,
  { uid, gid }: { uid: number; gid: number },
  home: string,
  enter: string[],
): Promise<Manager> {
  const hierarchy = await unifiedHierarchy();
  if (hierarchy === null) throw new Error('there is no unified hierarchy of control groups');
  const group = path.join(hierarchy, `slapgrid-test-${process.pid}`);
  await mkdir(group);
  for (const name of ['', 'cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads']) {
    await chown(path.join(group, name), uid, gid);
  }
  const join = 'echo $$ > "$0/cgroup.procs"; exec unshare --mount --cgroup sh -c "$1" sh "$2" "$3" "$4" "$5"';
  const systemd = spawn('sh', ['-euc', join, group, SCRIPT, String(uid), String(gid), home, runtime], {
    stdio: 'ignore',
  });
  await until(() => {
    if (systemd.exitCode !== null) throw new Error(`systemd ended with ${systemd.exitCode}`);
    return existsSync(path.join(runtime, PRIVATE));
  });
  enter.push('nsenter', '--target', String(systemd.pid), '--mount', '--cgroup', '--');
  const leave = async (): Promise<void> => {
    await end(systemd);
    enter.length = 0;
  };
  return {
    end: async () => {
      await leave();
      return !(await isEmpty(group));
    },
    remove: async () => {
      await leave();
      await removeGroup(group);
    },
  };
}

async function end(systemd: ChildProcess): Promise<void> {
  if (systemd.exitCode !== null || systemd.signalCode !== null) return;
  systemd.kill('SIGTERM');
  await once(systemd, 'exit');
}

async function unifiedHierarchy(): Promise<string | null> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' '));
  return mounts.find(([, , type]) => type === 'cgroup2')?.[1] ?? null;
}

async function isEmpty(group: string): Promise<boolean> {
  return (await readFile(path.join(group, 'cgroup.events'), 'utf8')).includes('populated 0');
}

/** With everything that is left in it, as the system's own systemd does it. */
async function removeGroup(group: string): Promise<void> {
  await writeFile(path.join(group, 'cgroup.kill'), '1');
  await until(() => isEmpty(group));
  const below = (await readdir(group, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .toSorted((one, other) => other.length - one.length);
  for (const folder of [...below, group]) rmdirSync(folder);
}
