import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { file, folder } from './packages.ts';
import { Repository } from './repository.ts';
import { failureOf, install, World } from './world.ts';

const LARGE = 6_000_000;

let repository: Repository;
let world: World;

beforeAll(async () => {
  repository = await Repository.start([
    {
      name: 'large',
      installedKibibytes: 9000,
      entries: [folder('./'), folder('./usr/'), file('./usr/large', 'L'.repeat(LARGE))],
    },
  ]);
});

afterAll(() => repository.stop());

beforeEach(async () => {
  world = await World.create(repository);
});

afterEach(() => world.remove());

/** Installs on a disk of its own with so many bytes: a small tmpfs, which anybody may mount in a namespace. */
async function installOnDiskOf(bytes: number): Promise<string> {
  const script = path.join(import.meta.dirname, 'install-process.ts');
  await mkdir(world.folder, { recursive: true });
  // Inside, the only user is the software user, so there is nobody to change to.
  const options = JSON.stringify({ ...world.options, identity: null, pretendsSpace: true });
  const user = ['--unshare-user', '--uid', '1000', '--gid', '1000', '--die-with-parent'];
  const disk = ['--dev-bind', '/', '/', '--size', String(bytes), '--tmpfs', world.folder];
  const command = [process.execPath, script, options, 'large'];
  const { stdout } = await promisify(execFile)('bwrap', [...user, ...disk, ...command]);
  return stdout.trim().split('\n').at(-1) ?? '';
}

test('what does not fit is not begun', async () => {
  const provider = world.provider({ freeBytes: () => Promise.resolve(70_000_000) });
  await expect(install(provider, ['large'])).rejects.toMatchObject({
    code: 'no-space',
    parameters: { known: 'yes', free: 70 },
  });
  expect(repository.requests.filter((one) => one.path.includes('large_'))).toEqual([]);
});

test('an almost full disk is left as it is', async () => {
  const requests = repository.requests.length;
  const provider = world.provider({ freeBytes: () => Promise.resolve(1_000_000) });
  expect(await failureOf(install(provider, ['large']))).toBe('no-space');
  expect(repository.requests).toHaveLength(requests);
});

test('a disk that becomes full while a package is fetched is told as such', async () => {
  expect(await installOnDiskOf(4_000_000)).toBe('failed no-space');
});

test('a disk that becomes full while a package is unpacked is told as such', async () => {
  expect(await installOnDiskOf(9_000_000)).toBe('failed no-space');
});

test('a disk that is large enough is enough', async () => {
  expect(await installOnDiskOf(60_000_000)).toMatch(/^done /);
});
