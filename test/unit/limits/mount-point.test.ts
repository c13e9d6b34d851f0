import { expect, it } from 'vitest';
import { mountPointOf } from '../../../agent/limits/mount-point.ts';

const MOUNTS = [
  '22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw',
  '23 22 8:2 / /home rw,relatime - ext4 /dev/sda2 rw',
  '24 22 8:3 / /srv/with\\040blank rw,relatime - xfs /dev/sda3 rw,prjquota',
  '',
].join('\n');

it.each([
  ['/home/ana/.local/share', '/home'],
  ['/home', '/home'],
  ['/homestead', '/'],
  ['/srv/with blank/instances', '/srv/with blank'],
  ['/srv', '/'],
])('%s is on the mount %s', (folder, mount) => {
  expect(mountPointOf(MOUNTS, folder)).toBe(mount);
});
