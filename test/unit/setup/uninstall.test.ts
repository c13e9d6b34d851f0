import { existsSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { claimAddressBlock, CLAIMS_FOLDER } from '../../../agent/node/addresses.ts';
import { pathsOf, type Paths } from '../../../agent/paths.ts';
import { removeInstallation } from '../../../agent/setup/uninstall.ts';

let parent: string;
let paths: Paths;

beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'slapgrid-uninstall-'));
  paths = pathsOf(path.join(parent, 'home'));
  const tree = path.join(paths.software, 'trees', 'x', 'usr');
  const data = path.join(paths.instances, 'slappart0', 'data');
  await mkdir(tree, { recursive: true });
  await mkdir(data, { recursive: true });
  await mkdir(path.join(paths.runtime, '1.0.0-abc'), { recursive: true });
  await mkdir(paths.private, { recursive: true, mode: 0o700 });
  await writeFile(path.join(tree, 'file'), 'x', { mode: 0o444 });
  await writeFile(path.join(data, 'dump.rdb'), 'precious');
  for (const file of [paths.token, paths.config, paths.database, paths.agentLog]) await writeFile(file, '');
  // Trees are read-only, folders included.
  await chmod(tree, 0o555);
  await chmod(path.dirname(tree), 0o555);
});

afterEach(async () => {
  // What a test left there is still read-only.
  for (const folder of ['x', 'x/usr']) {
    await chmod(path.join(paths.software, 'trees', folder), 0o755).catch(() => undefined);
  }
  await rm(parent, { recursive: true, force: true });
});

describe('uninstalling', () => {
  test('leaves nothing', async () => {
    const removal = await removeInstallation(paths.home, false);
    expect(removal.kept).toEqual([]);
    expect(await readdir(parent)).toEqual([]);
  });

  test('gives the loopback addresses back', async () => {
    const block = await claimAddressBlock(paths.home);
    const claim = path.join(CLAIMS_FOLDER, block);
    expect(existsSync(claim)).toBe(true);
    await removeInstallation(paths.home, false);
    // The last claim takes the folder with it.
    expect(existsSync(claim)).toBe(false);
  });

  test('keeps the data, and what says whose it is, when asked', async () => {
    await removeInstallation(paths.home, true);
    expect((await readdir(paths.home)).toSorted()).toEqual(['instances', 'private']);
    expect((await readdir(paths.private)).toSorted()).toEqual(
      [path.basename(paths.config), path.basename(paths.database)].toSorted(),
    );
    expect(await readdir(path.join(paths.instances, 'slappart0', 'data'))).toEqual(['dump.rdb']);
  });

  test('touches nothing that is not its own, and follows no link', async () => {
    const mine = path.join(parent, 'mine');
    await mkdir(mine);
    await writeFile(path.join(mine, 'letter.txt'), '');
    await writeFile(path.join(paths.home, 'notes.txt'), '');
    await symlink(mine, path.join(paths.instances, 'slappart0', 'data', 'link'));
    const removal = await removeInstallation(paths.home, false);
    expect(removal.kept).toEqual([path.join(paths.home, 'notes.txt')]);
    expect(await readdir(mine)).toEqual(['letter.txt']);
  });

  test('is refused while something still runs from there, and removes nothing', async () => {
    const shim = spawn('/bin/sh', ['-c', 'echo ready; read line'], {
      cwd: path.join(paths.instances, 'slappart0'),
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    await once(shim.stdout, 'data');
    await expect(removeInstallation(paths.home, false)).rejects.toMatchObject({
      code: 'uninstall-in-use',
      message: expect.stringContaining(String(shim.pid)),
    });
    expect((await readdir(paths.home)).toSorted()).toEqual(['instances', 'private', 'runtime', 'software']);
    shim.kill('SIGKILL');
    await once(shim, 'exit');
  });

  test('twice is the same as once', async () => {
    await removeInstallation(paths.home, false);
    expect(await removeInstallation(paths.home, false)).toEqual({ removed: [], kept: [] });
  });
});
