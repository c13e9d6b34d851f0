import { execFile } from 'node:child_process';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { file, folder, type TestPackage } from './packages.ts';
import { Repository } from './repository.ts';
import { failureOf, install, World } from './world.ts';

const program = (name: string, size: number): TestPackage => ({
  name,
  fields: ['Depends: shared'],
  entries: [
    folder('./'),
    folder('./usr/'),
    folder('./usr/bin/'),
    file(`./usr/bin/${name}`, name.repeat(size), 0o755),
  ],
});

let repository: Repository;
let world: World;

beforeEach(async () => {
  repository = await Repository.start([
    program('one', 200_000),
    program('two', 100_000),
    { name: 'shared', entries: [folder('./'), folder('./usr/'), file('./usr/shared', 's'.repeat(500_000))] },
  ]);
  world = await World.create(repository);
});

afterEach(async () => {
  await repository.stop();
  await world.remove();
});

/** What the software folder takes on the disk; what is linked twice counts once. */
async function usedBytes(): Promise<number> {
  const { stdout } = await promisify(execFile)('du', ['-s', '--block-size=1', world.folder]);
  return Number(stdout.split('\t')[0]);
}

test('a tree in use stays, and everything it is made of', async () => {
  const provider = world.provider();
  const { tree } = await install(provider, ['one']);
  await provider.collectGarbage(new Set([tree.digest]));
  expect(await provider.find(tree.digest)).toBeDefined();
  expect(await readFile(path.join(tree.root, 'usr/bin/one'), 'utf8')).toHaveLength(600_000);
  expect(await provider.collectGarbage(new Set([tree.digest]))).toBe(0);
});

test('a tree that nothing uses goes, with the packages nothing else is made of', async () => {
  const provider = world.provider();
  const [one, two] = [await install(provider, ['one']), await install(provider, ['two'])];
  await provider.collectGarbage(new Set([one.tree.digest, two.tree.digest]));
  const before = await usedBytes();
  const freed = await provider.collectGarbage(new Set([two.tree.digest]));
  expect(await provider.find(one.tree.digest)).toBeUndefined();
  expect(await readFile(path.join(two.tree.root, 'usr/shared'), 'utf8')).toHaveLength(500_000);
  expect(freed).toBeGreaterThanOrEqual(600_000);
  // The shared package is no gain: another tree is made of it.
  expect(freed).toBe(before - (await usedBytes()));
});

test('a removed tree is installed again when it is asked for', async () => {
  const provider = world.provider();
  const { tree } = await install(provider, ['one']);
  await provider.collectGarbage(new Set());
  expect(await readdir(path.join(world.folder, 'packages'))).toEqual([]);
  const again = await install(provider, ['one']);
  expect(again.tree.digest).toBe(tree.digest);
  expect(again.progress).not.toEqual([]);
});

test('the content of a tree is told in bytes, and none for a tree that is not there', async () => {
  const provider = world.provider();
  const { tree } = await install(provider, ['one']);
  const bytes = await provider.treeBytes(tree.digest);
  expect(bytes).toBeGreaterThan(1_100_000);
  expect(bytes).toBeLessThan(1_200_000);
  await provider.collectGarbage(new Set());
  expect(await provider.treeBytes(tree.digest)).toBe(0);
  expect(await provider.treeBytes('../../etc')).toBe(0);
});

test('a download that an installation left goes after a week, and not before', async () => {
  const clock = { time: Date.now(), now: () => clock.time };
  const provider = world.provider({ clock });
  await cancelAfterDownload();
  expect(await world.archives()).not.toEqual([]);
  await provider.collectGarbage(new Set());
  expect(await world.archives()).not.toEqual([]);
  clock.time += 8 * 24 * 3_600_000;
  await provider.collectGarbage(new Set());
  expect(await world.archives()).toEqual([]);
});

test('what a killed run left of its work goes', async () => {
  const provider = world.provider();
  const { tree } = await install(provider, ['one']);
  const left = path.join(world.folder, 'trees', '.partial-left');
  await writeFile(left, 'x');
  await utimes(left, 0, 0);
  await provider.collectGarbage(new Set([tree.digest]));
  expect(await world.leftovers()).toEqual([]);
});

async function cancelAfterDownload(): Promise<void> {
  const stop = new AbortController();
  const options = {
    signal: stop.signal,
    onProgress: ({ step }: { step: string }) => {
      if (step === 'verifying') stop.abort();
    },
  };
  expect(await failureOf(world.provider().install(['one'], options))).toBe('cancelled');
}
