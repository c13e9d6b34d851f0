import { execFileSync } from 'node:child_process';
import { link, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { existsInside, openInside, readEndInside, readInside } from '../../../agent/sandbox/inside.ts';

let data: string;
let secret: string;
beforeEach(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'inside-'));
  data = path.join(folder, 'data');
  secret = path.join(folder, 'secret');
  await mkdir(path.join(data, 'deep', 'er'), { recursive: true });
  await writeFile(secret, 'secret');
  await writeFile(path.join(data, 'deep', 'er', 'file'), 'content');
});
afterEach(() => rm(path.dirname(data), { recursive: true }));

const refused = (code: string): unknown => expect.objectContaining({ code });

describe('reading inside', () => {
  it('gives the content of a regular file', async () => {
    expect((await readInside(data, 'deep/er/file', 100)).toString()).toBe('content');
  });

  it('gives a handle of it', async () => {
    await using file = await openInside(data, 'deep/er/file');
    expect(await file.readFile('utf8')).toBe('content');
  });

  it('reads a file as long as the limit, and not one byte more', async () => {
    expect((await readInside(data, 'deep/er/file', 7)).toString()).toBe('content');
    await expect(readInside(data, 'deep/er/file', 6)).rejects.toEqual(refused('inside-too-large'));
  });

  it('gives the end of a file', async () => {
    expect((await readEndInside(data, 'deep/er/file', 4)).toString()).toBe('tent');
    expect((await readEndInside(data, 'deep/er/file', 400)).toString()).toBe('content');
  });

  it('says what is missing', async () => {
    await expect(readInside(data, 'deep/none', 100)).rejects.toEqual(refused('inside-missing'));
    await expect(readInside(data, 'none/file', 100)).rejects.toEqual(refused('inside-missing'));
  });

  it.each(['../secret', 'deep/../../secret', '/etc/passwd', '', '.', 'deep//er/file', 'deep/er/', 'a\0b'])(
    'refuses the path %j',
    async (relative) => {
      await expect(readInside(data, relative, 100)).rejects.toEqual(refused('inside-refused'));
    },
  );

  it('follows no link, neither as the file nor on the way', async () => {
    await symlink(secret, path.join(data, 'link'));
    await symlink(path.dirname(data), path.join(data, 'out'));
    expect(await readFile(path.join(data, 'out', 'secret'), 'utf8')).toBe('secret');
    await expect(readInside(data, 'link', 100)).rejects.toEqual(refused('inside-refused'));
    await expect(readInside(data, 'out/secret', 100)).rejects.toEqual(refused('inside-refused'));
  });

  it('refuses a folder', async () => {
    await expect(readInside(data, 'deep', 100)).rejects.toEqual(refused('inside-refused'));
  });

  it('refuses a file that has another name elsewhere', async () => {
    await link(secret, path.join(data, 'hard'));
    await expect(readInside(data, 'hard', 100)).rejects.toEqual(refused('inside-refused'));
  });

  it('refuses FIFOs at once, however many, and reads on', async () => {
    const names = Array.from({ length: 16 }, (_, index) => `fifo${index}`);
    execFileSync('mkfifo', names, { cwd: data });
    const results = await Promise.allSettled(names.map((name) => readInside(data, name, 100)));
    expect(results.map(({ status }) => status)).toEqual(names.map(() => 'rejected'));
    expect((await readInside(data, 'deep/er/file', 100)).toString()).toBe('content');
  });

  it('refuses a socket', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(path.join(data, 'socket'), resolve);
    });
    await expect(readInside(data, 'socket', 100)).rejects.toEqual(refused('inside-refused'));
    server.close();
  });

  it('refuses a device', async () => {
    await expect(readInside('/dev', 'zero', 100)).rejects.toEqual(refused('inside-refused'));
  });

  it('refuses what has no size but does not end', async () => {
    await expect(readInside(`/proc/${process.pid}`, 'maps', 10)).rejects.toEqual(refused('inside-too-large'));
  });
});

describe('existence inside', () => {
  it('is told of whatever has the name, without following it', async () => {
    await symlink('/nowhere', path.join(data, 'dangling'));
    expect(await existsInside(data, 'deep/er/file')).toBe(true);
    expect(await existsInside(data, 'deep')).toBe(true);
    expect(await existsInside(data, 'dangling')).toBe(true);
    expect(await existsInside(data, 'deep/none')).toBe(false);
    expect(await existsInside(data, 'none/none')).toBe(false);
  });

  it('is not looked up through a link', async () => {
    await symlink('/etc', path.join(data, 'etc'));
    await expect(existsInside(data, 'etc/passwd')).rejects.toEqual(refused('inside-refused'));
  });
});
