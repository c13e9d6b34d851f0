/**
 * An installation of an ordinary user, in a clone they can run: who runs the tests, or somebody made for it where that is root.
 * Neither Electron nor a user's systemd is for root.
 */
import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { makeClone } from '../agent/clone.ts';
import { Home, root, type HomeOptions } from '../agent/home.ts';

export type OrdinaryUser = {
  home: Home;
  /** The stand-ins are where they are in ours: below `test/fakes`. */
  clone: string;
  user: { uid: number; gid: number };
  remove(): Promise<void>;
};

/** @param options `enter` may be filled in later. */
export async function ordinaryUser(
  name: string,
  options: Pick<HomeOptions, 'enter' | 'seed'>,
): Promise<OrdinaryUser> {
  const clone = await mkdtemp(path.join(tmpdir(), 'slapgrid-clone-'));
  await chmod(clone, 0o755);
  await makeClone(clone);
  for (const fake of ['electron', 'systemd']) {
    await cp(path.join(root, 'test', 'fakes', fake), path.join(clone, 'test', 'fakes', fake), {
      recursive: true,
    });
  }
  const command = path.join(clone, 'slapgrid');
  const isRoot = process.getuid?.() === 0;
  const account = `slapgrid-${name}-${process.pid}`;
  const user = isRoot ? added(account) : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const home = await Home.make(isRoot ? { ...options, user, command } : { ...options, command });
  Object.assign(home.environment, {
    HOME: home.folder,
    XDG_CONFIG_HOME: path.join(home.folder, 'config'),
  });
  return {
    home,
    clone,
    user,
    remove: async () => {
      await home.remove();
      if (isRoot) spawnSync('userdel', [account]);
      await rm(clone, { recursive: true });
    },
  };
}

function added(account: string): { uid: number; gid: number } {
  const done = spawnSync('useradd', ['--no-create-home', account], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
  const id = (what: string): number => Number(spawnSync('id', [what, account], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}
