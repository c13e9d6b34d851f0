import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { file, folder, hardLink, link, type Entry, type TestPackage } from './packages.ts';
import { Repository } from './repository.ts';
import { failureOf, install, World } from './world.ts';

let repository: Repository;
let world: World;

beforeAll(async () => {
  repository = await Repository.start();
});

afterAll(() => repository.stop());

beforeEach(async () => {
  world = await World.create(repository);
  await writeFile(path.join(world.root, 'treasure'), 'untouched');
});

afterEach(() => world.remove());

const hostile = (...entries: Entry[]): TestPackage => ({
  name: 'hostile',
  entries: [folder('./'), folder('./usr/'), ...entries],
});

const cases: readonly (readonly [string, string, (treasure: string) => Entry[]])[] = [
  ['an absolute path', 'path', (treasure) => [file(treasure, 'stolen')]],
  [
    'a path that climbs',
    'path',
    (treasure) => [file(`./usr/${'../'.repeat(30)}${treasure.slice(1)}`, 'stolen')],
  ],
  ['a folder that climbs', 'path', () => [folder('./usr/../../escape/')]],
  [
    'a file written through a link to outside',
    'link',
    (treasure) => [link('./usr/out', path.dirname(treasure)), file('./usr/out/treasure', 'stolen')],
  ],
  [
    'a file written through a relative link',
    'link',
    () => [link('./usr/out', '../../../../..'), file('./usr/out/treasure', 'stolen')],
  ],
  [
    'a folder in the place of a link',
    'link',
    (treasure) => [link('./usr/out', path.dirname(treasure)), folder('./usr/out/')],
  ],
  [
    'a file in the place of a link',
    'link',
    (treasure) => [link('./usr/out', treasure), file('./usr/out', 'stolen')],
  ],
  ['a hard link to a file outside', 'hardlink', (treasure) => [hardLink('./usr/copy', treasure)]],
  ['a hard link that climbs', 'hardlink', () => [hardLink('./usr/copy', '../../../treasure')]],
  [
    'a hard link to a link',
    'hardlink',
    (treasure) => [link('./usr/out', treasure), hardLink('./usr/copy', './usr/out')],
  ],
  ['a link in the place of a top folder', 'path', () => [link('./opt', '/home')]],
  ['a link in the place of a moved folder', 'path', () => [link('./lib', '/home')]],
  ['a name with a line break', 'path', () => [file('./usr/a\nb', 'x')]],
  ['an extended header', 'damaged', () => [{ name: './x', type: 'x', content: '30 path=/etc/passwd\n' }]],
  [
    'a link that brings content',
    'damaged',
    () => [{ name: './usr/l', type: '2', target: 'x', content: 'y' }],
  ],
];

test.each(cases)('%s is refused', async (_, reason, entries) => {
  const treasure = path.join(world.root, 'treasure');
  repository.publish([hostile(...entries(treasure))]);
  await expect(install(world.provider(), ['hostile'])).rejects.toMatchObject({
    code: 'package-refused',
    parameters: { name: 'hostile', reason },
  });
  expect(await readFile(treasure, 'utf8')).toBe('untouched');
  expect(await readdir(path.join(world.folder, 'trees')).catch(() => [])).toEqual([]);
  expect((await readdir(world.root)).sort()).toEqual([
    'archive-keyring.gpg',
    'data folder',
    'etc',
    'treasure',
  ]);
});

test('an archive that ends in the middle is refused', async () => {
  const whole = hostile(file('./usr/x', 'x'.repeat(2000)));
  const cut: Entry = { name: './usr/y', size: 1_000_000 };
  repository.publish([{ ...whole, entries: [...whole.entries, cut] }]);
  expect(await failureOf(install(world.provider(), ['hostile']))).toBe('package-refused');
});

test('two packages that want the same file are refused, unless one says that it replaces the other', async () => {
  const rival: TestPackage = {
    name: 'rival',
    entries: [folder('./'), folder('./usr/'), file('./usr/one', 'rival')],
  };
  const first = hostile(file('./usr/one', 'first'));
  repository.publish([rival, first]);
  await expect(install(world.provider({ listsFreshFor: 0 }), ['hostile', 'rival'])).rejects.toMatchObject({
    code: 'package-conflict',
    parameters: { path: 'usr/one' },
  });
  repository.publish([
    { ...rival, version: '2.0', fields: ['Replaces: other (<< 3), hostile (<< 2.0)'] },
    first,
  ]);
  const { tree } = await install(world.provider({ listsFreshFor: 0 }), ['hostile', 'rival']);
  expect(await readFile(path.join(tree.root, 'usr/one'), 'utf8')).toBe('rival');
});
