import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { prepareDataFolder, resolveHome } from '../../../agent/setup/data-folder.ts';

let parent: string;
const root = process.getuid?.() === 0;

beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'slapgrid-home-'));
  await chmod(parent, 0o711);
});

afterEach(async () => {
  await chmod(parent, 0o700);
  await rm(parent, { recursive: true });
});

const modeOf = async (file: string): Promise<string> => ((await stat(file)).mode & 0o777).toString(8);

describe('the data folder', () => {
  test('is made with what leads to it, closed to others', async () => {
    const paths = await prepareDataFolder(path.join(parent, 'a', 'slapgrid'));
    // Partition users walk through root's folder; nobody else needs an ordinary user's.
    expect(await modeOf(paths.home)).toBe(root ? '711' : '700');
    expect(await modeOf(paths.private)).toBe('700');
  });

  test('that is there is put right and kept', async () => {
    const home = path.join(parent, 'slapgrid');
    await mkdir(path.join(home, 'private'), { recursive: true, mode: 0o777 });
    await writeFile(path.join(home, 'private', 'token'), 'x');
    const paths = await prepareDataFolder(home);
    expect(await modeOf(paths.private)).toBe('700');
    expect((await stat(paths.token)).size).toBe(1);
  });

  test('that is a file is refused', async () => {
    const home = path.join(parent, 'file');
    await writeFile(home, '');
    await expect(prepareDataFolder(home)).rejects.toMatchObject({ code: 'home-not-a-folder' });
    await expect(prepareDataFolder(path.join(home, 'below'))).rejects.toMatchObject({
      code: 'home-not-a-folder',
    });
  });

  test('where nothing can be made is refused in words', async () => {
    // Not even root writes here.
    await expect(prepareDataFolder('/proc/slapgrid')).rejects.toMatchObject({
      message: expect.stringContaining('/proc/slapgrid'),
    });
  });

  test('behind a closed folder is refused to root, whose partition users walk there, and good for others', async () => {
    await chmod(parent, 0o700);
    const home = path.join(parent, 'slapgrid');
    const refusal = { code: 'home-unreachable', message: expect.stringContaining(parent) };
    const prepared = prepareDataFolder(home).catch((error: unknown) => error);
    expect(await prepared).toMatchObject(root ? refusal : { home });
    expect(await readdir(parent)).toEqual(root ? [] : ['slapgrid']);
  });

  test('has one spelling, links followed as far as it exists', async () => {
    await mkdir(path.join(parent, 'real'));
    await symlink(path.join(parent, 'real'), path.join(parent, 'link'));
    expect(await resolveHome(path.join(parent, 'link', 'new', 'home'))).toBe(
      path.join(await resolveHome(parent), 'real', 'new', 'home'),
    );
  });
});
