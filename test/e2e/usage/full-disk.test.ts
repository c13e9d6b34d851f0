/** A small disk of its own, in a mount namespace: what was recorded is there when it is full, and what was not is recorded then. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'usage-full-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('records what was used while the disk was full as soon as it is not, and nothing is lost or damaged', async () => {
  const disk = path.join(folder, 'disk');
  const result = path.join(folder, 'result.json');
  const script = path.join(import.meta.dirname, 'small-disk.ts');
  const lines = [
    `mkdir ${disk}`,
    `mount -t tmpfs -o size=400k tmpfs ${disk}`,
    `exec ${process.execPath} ${script} ${disk} ${result}`,
  ].join(' && ');
  const ran = spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', lines], {
    encoding: 'utf8',
  });
  expect(ran).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(await readFile(result, 'utf8'))).toEqual({
    // The database says so itself.
    refused: 13,
    writtenBefore: true,
    unwritten: true,
    afterwards: 'all',
    problems: [],
  });
});
