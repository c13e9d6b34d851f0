import { lstat, readFile, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BASE_PACKAGES } from '../../../agent/software/apt/pruning.ts';
import { file, folder, hardLink, link, type TestPackage } from './packages.ts';
import { Repository } from './repository.ts';
import { failureOf, install, softwareUid, until, World } from './world.ts';

const greeter: TestPackage = {
  name: 'greeter',
  fields: ['Depends: libgreet, adduser'],
  entries: [
    folder('./'),
    folder('./bin/'),
    file('./bin/greet', '#!/bin/sh\necho hello\n', 0o4755),
    hardLink('./bin/greet-again', './bin/greet'),
    folder('./etc/'),
    file('./etc/greeting', 'hello', 0o640),
    folder('./usr/'),
    folder('./usr/share/'),
    folder('./usr/share/doc/'),
    file('./usr/share/doc/manual', 'long'),
    folder('./dev/'),
    { name: './dev/null', type: '3' },
    { name: './etc/pipe', type: '6' },
  ],
};

const library: TestPackage = {
  name: 'libgreet',
  version: '1:2.0-1',
  entries: [
    folder('./'),
    folder('./usr/'),
    folder('./usr/lib/'),
    file('./usr/lib/libgreet.so.2.0', 'library'),
    link('./usr/lib/libgreet.so.2', 'libgreet.so.2.0'),
  ],
};

const parrot: TestPackage = {
  name: 'parrot',
  fields: ['Depends: libgreet'],
  entries: [folder('./'), folder('./usr/'), folder('./usr/bin/'), file('./usr/bin/parrot', 'parrot', 0o755)],
};

let repository: Repository;
let world: World;

beforeEach(async () => {
  repository = await Repository.start([greeter, library, parrot]);
  world = await World.create(repository);
});

afterEach(async () => {
  await repository.stop();
  await world.remove();
});

const fetched = (): string[] =>
  repository.requests.map((one) => one.path).filter((one) => one.includes('/pool/'));

describe('a tree', () => {
  test('holds the packages and all they depend on, in the merged-usr layout', async () => {
    const { tree } = await install(world.provider(), ['greeter']);
    expect(await readFile(path.join(tree.root, 'usr/bin/greet'), 'utf8')).toContain('echo hello');
    expect(await readlink(path.join(tree.root, 'bin'))).toBe('usr/bin');
    expect(await readFile(path.join(tree.root, 'usr/lib/libgreet.so.2'), 'utf8')).toBe('library');
  });

  test('is named by its closure, which is recorded exactly', async () => {
    const { tree } = await install(world.provider(), ['greeter']);
    expect(tree.components.map(({ name }) => name)).toEqual(['greeter', 'libgreet', ...BASE_PACKAGES].sort());
    const recorded = tree.components.find(({ name }) => name === 'libgreet');
    expect(recorded).toMatchObject({ version: '1:2.0-1', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await world.provider().find(tree.digest)).toMatchObject({ digest: tree.digest, root: tree.root });
  });

  test('is read-only, without setuid, and readable by every partition whatever the umask', async () => {
    const umask = process.umask(0o077);
    const { tree } = await install(world.provider(), ['greeter']).finally(() => process.umask(umask));
    const mode = async (name: string): Promise<number> =>
      (await stat(path.join(tree.root, name))).mode & 0o7777;
    expect(await mode('usr/bin/greet')).toBe(0o555);
    expect(await mode('etc/greeting')).toBe(0o444);
    expect(await mode('usr/bin')).toBe(0o555);
    expect(await mode('.')).toBe(0o555);
    expect((await stat(world.folder)).mode & 0o777).toBe(0o755);
    expect((await stat(path.dirname(tree.root))).mode & 0o777).toBe(0o755);
  });

  test('belongs to the software user', async () => {
    const { tree } = await install(world.provider(), ['greeter']);
    for (const name of ['', 'usr/bin/greet', 'bin', 'usr/lib'])
      expect((await lstat(path.join(tree.root, name))).uid).toBe(softwareUid);
  });

  test('has no documentation, device or FIFO', async () => {
    const { tree } = await install(world.provider(), ['greeter']);
    for (const name of ['usr/share/doc', 'dev', 'etc/pipe'])
      expect(await failureOf(lstat(path.join(tree.root, name)))).toBe('ENOENT');
  });

  test('keeps hard links of a package as one file', async () => {
    const { tree } = await install(world.provider(), ['greeter']);
    const [one, other] = await Promise.all(
      ['greet', 'greet-again'].map((name) => stat(path.join(tree.root, 'usr/bin', name))),
    );
    expect(one?.ino).toBe(other?.ino);
  });

  test('shares the files of common packages with other trees', async () => {
    const provider = world.provider();
    const [one, other] = [await install(provider, ['greeter']), await install(provider, ['parrot'])];
    const inode = async (root: string): Promise<number> =>
      (await stat(path.join(root, 'usr/lib/libgreet.so.2.0'))).ino;
    expect(one.tree.root).not.toBe(other.tree.root);
    expect(await inode(one.tree.root)).toBe(await inode(other.tree.root));
    expect(fetched().filter((name) => name.includes('libgreet'))).toHaveLength(1);
  });

  test('that lost its folder is not found, and is made again', async () => {
    const provider = world.provider();
    const { tree } = await install(provider, ['greeter']);
    await world.breakTree(tree.root);
    expect(await provider.find(tree.digest)).toBeUndefined();
    const again = await install(provider, ['greeter']);
    expect(await readFile(path.join(again.tree.root, 'usr/bin/greet'), 'utf8')).toContain('hello');
    expect(await world.leftovers()).toEqual([]);
  });
});

describe('installing', () => {
  test('tells the steps, and the bytes of the download', async () => {
    const { progress } = await install(world.provider(), ['greeter']);
    const steps = progress.map(({ step }) => step).filter((step, at, all) => step !== all[at - 1]);
    expect(steps).toEqual(['resolving', 'downloading', 'verifying', 'unpacking']);
    const last = progress.findLast((one) => one.step === 'downloading');
    expect(last).toMatchObject({ doneBytes: last?.totalBytes });
  });

  test('the same again asks nobody, in any order of names, and without a network', async () => {
    const { tree } = await install(world.provider(), ['greeter', 'parrot']);
    await repository.stop();
    const requests = repository.requests.length;
    const again = await install(world.provider(), ['parrot', 'greeter', 'greeter']);
    expect(again.tree).toEqual(tree);
    expect(again.progress).toEqual([]);
    expect(repository.requests).toHaveLength(requests);
    repository = await Repository.start();
  });

  test('twice at the same time makes one tree', async () => {
    const provider = world.provider();
    const [one, other] = await Promise.all([install(provider, ['greeter']), install(provider, ['greeter'])]);
    expect(one.tree.digest).toBe(other.tree.digest);
    expect(fetched().filter((name) => name.includes('greeter'))).toHaveLength(1);
  });

  test('of two things at the same time makes both', async () => {
    const provider = world.provider();
    const done = await Promise.all([install(provider, ['greeter']), install(provider, ['parrot'])]);
    for (const { tree } of done) expect(await provider.find(tree.digest)).toBeDefined();
  });

  test('keeps the tree when the archive has something newer, until it is upgraded on purpose', async () => {
    const clock = { time: Date.now(), now: () => clock.time };
    const provider = world.provider({ clock });
    const { tree } = await install(provider, ['greeter']);
    repository.publish([{ ...greeter, version: '2.0' }, library]);
    clock.time += 3_600_000;
    expect((await install(provider, ['greeter'])).tree.digest).toBe(tree.digest);
    const options = { signal: new AbortController().signal, onProgress: () => undefined };
    const upgraded = await provider.upgrade(['greeter'], options);
    expect(upgraded.components.find(({ name }) => name === 'greeter')?.version).toBe('2.0');
    expect((await install(provider, ['greeter'])).tree.digest).toBe(upgraded.digest);
    expect(await provider.find(tree.digest)).toBeDefined();
  });

  test('installs for real what is otherwise left out, when it is asked for', async () => {
    repository.publish([
      { name: 'adduser', entries: [folder('./'), folder('./usr/'), file('./usr/adduser', 'real')] },
    ]);
    const { tree } = await install(world.provider(), ['adduser']);
    expect(await readFile(path.join(tree.root, 'usr/adduser'), 'utf8')).toBe('real');
  });

  test('leaves no archive, no unfinished work and no process', async () => {
    await install(world.provider(), ['greeter']);
    expect(await world.leftovers()).toEqual([]);
    expect(await world.archives()).toEqual([]);
    await until(async () => (await world.processes()).length === 0, 'every program ended');
  });
});

describe('the lists', () => {
  const listRequests = (): number => repository.requests.filter((one) => one.path.endsWith('Release')).length;

  test('are fetched once in ten minutes', async () => {
    const clock = { time: Date.now(), now: () => clock.time };
    const provider = world.provider({ clock });
    await install(provider, ['greeter']);
    const before = listRequests();
    clock.time += 9 * 60_000;
    await install(provider, ['parrot']);
    expect(listRequests()).toBe(before);
    clock.time += 2 * 60_000;
    await install(provider, ['greeter', 'parrot']);
    expect(listRequests()).toBeGreaterThan(before);
  });

  test('are fetched again for a package they do not know yet', async () => {
    const provider = world.provider();
    await install(provider, ['parrot']);
    repository.publish([{ ...parrot, name: 'newcomer', fields: [] }, library]);
    expect((await install(provider, ['newcomer'])).tree.root).toBeTruthy();
  });

  test('are fetched again when the archive does not have what they promise', async () => {
    const provider = world.provider();
    await install(provider, ['parrot']);
    repository.publish([{ ...greeter, version: '3.0' }, library]);
    const { tree } = await install(provider, ['greeter']);
    expect(tree.components.find(({ name }) => name === 'greeter')?.version).toBe('3.0');
  });

  test('that still promise what is not there are out of date', async () => {
    repository.intercept = (request, response) => {
      if (request.url?.includes('greeter') !== true) return false;
      response.writeHead(404).end();
      return true;
    };
    expect(await failureOf(install(world.provider(), ['greeter']))).toBe('mirror-out-of-date');
  });

  test('without a package of the name: says so, and names what is near', async () => {
    await expect(install(world.provider(), ['parot'])).rejects.toMatchObject({
      code: 'unknown-package',
      parameters: { name: 'parot', near: 'parrot' },
    });
    expect(await failureOf(install(world.provider(), ['-o', 'x']))).toBe('unknown-package');
    expect(await failureOf(install(world.provider(), ['par.*']))).toBe('unknown-package');
    expect(await failureOf(install(world.provider(), ['pa.rot']))).toBe('unknown-package');
  });

  test('with a package nothing satisfies: says what it wants', async () => {
    repository.publish([{ ...parrot, fields: ['Depends: nowhere'] }]);
    await expect(install(world.provider(), ['parrot'])).rejects.toMatchObject({
      code: 'unmet-dependencies',
      parameters: { name: 'parrot', detail: expect.stringContaining('nowhere') },
    });
  });
});
