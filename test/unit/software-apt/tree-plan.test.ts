import { describe, expect, test } from 'vitest';
import {
  PackageConflict,
  planTree,
  type PlannedEntry,
  type TreeEntry,
  type UnpackedPackage,
} from '../../../agent/software/trees/tree-plan.ts';
import { treeDigest } from '../../../agent/software/trees.ts';

const folder = (path: string): TreeEntry => ({ kind: 'folder', path });
const file = (path: string): TreeEntry => ({ kind: 'file', path, bytes: 1 });
const link = (path: string, target: string): TreeEntry => ({ kind: 'link', path, target });

const unpacked = (name: string, entries: TreeEntry[], replaces: string[] = []): UnpackedPackage => ({
  name,
  folder: `packages/${name}/root`,
  replaces,
  entries,
});

const find = (plan: readonly PlannedEntry[], path: string): PlannedEntry | undefined =>
  plan.find((entry) => entry.path === path);

describe('a tree', () => {
  test('links each file to its package', () => {
    const plan = planTree([unpacked('a', [folder('usr'), file('usr/x')])]);
    expect(find(plan, 'usr/x')).toEqual({
      kind: 'file',
      path: 'usr/x',
      bytes: 1,
      source: 'packages/a/root/usr/x',
    });
  });

  test('shares folders, and has each before what it holds', () => {
    const plan = planTree([
      unpacked('a', [folder('usr'), folder('usr/share'), file('usr/share/a')]),
      unpacked('b', [file('usr/share/b'), folder('usr/share')]),
    ]);
    const paths = plan.map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    for (const [at, path] of paths.entries())
      if (path.includes('/')) expect(paths.indexOf(path.slice(0, path.lastIndexOf('/')))).toBeLessThan(at);
  });

  test('always has what a sandbox shows, and the links of the merged layout that lead somewhere', () => {
    const plan = planTree([unpacked('a', [folder('usr/lib64')])]);
    expect(plan.filter(({ kind }) => kind === 'folder').map(({ path }) => path)).toEqual([
      'etc',
      'usr',
      'usr/bin',
      'usr/lib',
      'usr/sbin',
      'usr/lib64',
    ]);
    expect(plan.filter(({ kind }) => kind === 'link').map(({ path }) => path)).toEqual([
      'bin',
      'sbin',
      'lib',
      'lib64',
    ]);
  });
});

describe('two packages', () => {
  test('may have the same link', () => {
    const both = ['a', 'b'].map((name) => unpacked(name, [link('usr/l', 'x')]));
    expect(planTree(both).filter(({ path }) => path === 'usr/l')).toHaveLength(1);
  });

  test('may not have the same file, nor links to different places, nor a file and a folder', () => {
    for (const [one, other] of [
      [file('usr/x'), file('usr/x')],
      [link('usr/x', 'a'), link('usr/x', 'b')],
      [file('usr/x'), folder('usr/x')],
      [folder('usr/x'), file('usr/x')],
    ] as const)
      expect(() => planTree([unpacked('a', [one]), unpacked('b', [other])])).toThrow(PackageConflict);
  });

  test('may, where one replaces the other, whichever comes first', () => {
    const one = unpacked('a', [file('usr/x')]);
    const other = unpacked('b', [file('usr/x')], ['a']);
    for (const order of [
      [one, other],
      [other, one],
    ])
      expect(find(planTree(order), 'usr/x')).toMatchObject({ source: 'packages/b/root/usr/x' });
  });
});

describe('a link where another package has a folder', () => {
  test('is followed, as on a disk', () => {
    const plan = planTree([
      unpacked('a', [folder('usr/share/old'), file('usr/share/old/x')]),
      unpacked('b', [link('usr/share/old', 'new'), folder('usr/share/new'), file('usr/share/new/y')]),
    ]);
    expect(find(plan, 'usr/share/old')).toEqual({ kind: 'link', path: 'usr/share/old', target: 'new' });
    expect(find(plan, 'usr/share/new/x')).toMatchObject({ source: 'packages/a/root/usr/share/old/x' });
    expect(find(plan, 'usr/share/old/x')).toBeUndefined();
  });

  test('stays inside the tree wherever it points', () => {
    const plan = planTree([
      unpacked('a', [folder('usr/share/old'), file('usr/share/old/x')]),
      unpacked('b', [link('usr/share/old', '../../../../../../opt')]),
    ]);
    expect(find(plan, 'opt/x')).toBeDefined();
    expect(plan.filter(({ path }) => path.includes('..'))).toEqual([]);
  });

  test('that leads in a circle is refused', () => {
    const circle = [
      unpacked('a', [folder('usr/a'), folder('usr/b'), file('usr/a/x')]),
      unpacked('b', [link('usr/a', 'b'), link('usr/b', 'a')]),
    ];
    expect(() => planTree(circle)).toThrow(PackageConflict);
  });
});

test('the digest of a tree depends on its packages, and not on their order', () => {
  const one = { name: 'a', version: '1', architecture: 'all', sha256: 'a'.repeat(64), bytes: 1 };
  const other = { ...one, name: 'b' };
  expect(treeDigest([one, other])).toBe(treeDigest([other, one]));
  expect(treeDigest([one])).not.toBe(treeDigest([one, other]));
  expect(treeDigest([one])).not.toBe(treeDigest([{ ...one, sha256: 'b'.repeat(64) }]));
});
