/**
 * Disk limits by the kernel, on a file system that is made for them where this machine can: root, loop devices, and a kernel with quotas.
 * Elsewhere it is shown that nothing is claimed, and why. `test/vm/quotas.ts` shows the same in a virtual machine that can.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, expect, it } from 'vitest';
import { diskHeld } from '../../../agent/limits/limits-held.ts';
import { ProjectQuotas } from '../../../agent/limits/project-quotas.ts';
import { hostPrograms } from '../../../agent/sandbox/programs.ts';
import { isRoot } from './hosting.ts';

const MEGABYTE = 1_000_000;
const FIRST_ID = 0x6d00_0000 + (process.pid % 0x10_0000) * 16;
const idOf = (name: string): number => FIRST_ID + name.length;

const folder = mkdtempSync(path.join(tmpdir(), 'slapgrid-quota-'));
chmodSync(folder, 0o711);
const mount = path.join(folder, 'mount');
mkdirSync(mount);
const isMounted = isRoot && mounted();
afterAll(() => {
  if (isMounted) execFileSync('umount', [mount]);
  rmSync(folder, { recursive: true, force: true });
});

function mounted(): boolean {
  const image = path.join(folder, 'image');
  writeFileSync(image, '');
  truncateSync(image, 64 * MEGABYTE);
  const make = ['-q', '-F', '-O', 'quota,project', '-E', 'quotatype=prjquota', image];
  return [
    ['mkfs.ext4', ...make],
    ['mount', '-o', 'loop,prjquota', image, mount],
  ].every(([program = '', ...words]) => spawnSync(program, words, { stdio: 'ignore' }).status === 0);
}

const quotas = new ProjectQuotas({
  programs: hostPrograms(),
  folder: mount,
  trialIdentity: isRoot ? { uid: idOf('trial'), gid: idOf('trial') } : null,
  placeOf: (name) => ({ data: path.join(mount, name), identity: { uid: idOf(name), gid: idOf(name) } }),
});
const probe = await quotas.examine();

if (!probe.ok)
  it('is not claimed, with what is missing, and nothing is left of the trial', async () => {
    expect(['not-root', 'no-program', 'no-quota', 'not-held']).toContain(probe.cause);
    expect(probe.cause === 'not-root').toBe(!isRoot);
    expect(diskHeld(probe).held).toBe('watched');
    expect(existsSync(path.join(mount, '.quota-trial'))).toBe(false);
    // What cannot be held is asked of nobody.
    await quotas.hold('one', { diskBytes: MEGABYTE, files: 10 }, true);
    await quotas.release('one');
  });
else
  it('is held by the file system: a filler is refused, and its neighbour goes on', async () => {
    const said = (name: string, program: string): string => {
      const ids = { uid: idOf(name), gid: idOf(name) };
      const env = { PATH: '/usr/bin:/bin', LANG: 'C' };
      const options = { ...ids, env, cwd: path.join(mount, name), encoding: 'utf8' } as const;
      const { stdout, stderr } = spawnSync('/bin/sh', ['-c', program], options);
      return `${stdout}${stderr}`.trim();
    };
    for (const name of ['filler', 'other']) {
      mkdirSync(path.join(mount, name));
      chownSync(path.join(mount, name), idOf(name), idOf(name));
      await quotas.hold(name, { diskBytes: 10 * MEGABYTE, files: 50 }, true);
    }
    expect(said('filler', 'head -c 40000000 /dev/zero >large')).toContain('Disk quota exceeded');
    expect(said('other', 'head -c 5000000 /dev/zero >mine && wc -c <mine')).toBe('5000000');
    await quotas.hold('filler', { diskBytes: 30 * MEGABYTE, files: 50 }, false);
    expect(said('filler', 'head -c 20000000 /dev/zero >large && wc -c <large')).toBe('20000000');
    await quotas.release('filler');
    await quotas.release('other');
  });
