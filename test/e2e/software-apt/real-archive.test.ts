import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAptProvider, type AptProvider } from '../../../agent/software/apt/provider.ts';
import type { InstalledTree } from '../../../agent/software/types.ts';
import { identity, install, World } from './world.ts';

let world: World;
let provider: AptProvider;
let tree: InstalledTree;

beforeAll(async () => {
  world = await World.create();
  provider = createAptProvider({ folder: world.folder, identity });
  ({ tree } = await install(provider, ['memcached']));
}, 300_000);

afterAll(() => world.remove());

/** Runs a program that sees nothing but the tree. */
async function inTree(...command: string[]): Promise<string> {
  const shown = ['usr', 'etc'].flatMap((name) => ['--ro-bind', path.join(tree.root, name), `/${name}`]);
  const links = ['bin', 'sbin', 'lib', 'lib64'].flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`]);
  const own = '--unshare-all --die-with-parent --new-session --proc /proc --dev /dev --tmpfs /tmp'.split(' ');
  const environment = '--clearenv --setenv LANG C.UTF-8 --setenv PATH /usr/bin:/usr/sbin --'.split(' ');
  const { stdout } = await promisify(execFile)('bwrap', [
    ...own,
    ...shown,
    ...links,
    ...environment,
    ...command,
  ]);
  return stdout;
}

test('memcached of the host’s own archive runs from its tree alone', async () => {
  expect(await inTree('memcached', '--version')).toMatch(/^memcached \d/);
  expect(await provider.treeBytes(tree.digest)).toBeGreaterThan(20_000_000);
});

test('a tree has what scripts count on: a shell, the usual tools, a UTF-8 locale', async () => {
  const script = `printf 'één\\n' | sed 's/é/e/g' | grep een && find /usr/bin -name env && tar --version | head -n 1 &&
    locale -a && rm -f /tmp/x && du -s /tmp && /usr/bin/env true && echo done`;
  const output = await inTree('sh', '-c', script);
  expect(output).toContain('een');
  expect(output.toLowerCase()).toContain('c.utf8');
  expect(output).toMatch(/done\n$/);
});

test('what only maintainer scripts need is not in it', () => {
  const names = tree.components.map(({ name }) => name);
  for (const name of ['adduser', 'debconf', 'dpkg', 'passwd']) expect(names).not.toContain(name);
});
