import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { removeUnfinished, writeAtomically } from '../../../agent/disk.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'disk-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('replaces a file and leaves nothing beside it', async () => {
  const file = path.join(folder, 'record.json');
  await writeAtomically(file, 'first');
  await writeAtomically(file, 'second');
  expect(await readFile(file, 'utf8')).toBe('second');
  expect(await readdir(folder)).toEqual(['record.json']);
});

it('removes what a kill left half written, and nothing else', async () => {
  const kept = ['.hidden', '.record.json', 'a.0123456789ab', 'record.json'];
  for (const name of [...kept, '.record.json.0123456789ab']) await writeFile(path.join(folder, name), '');
  await removeUnfinished(folder);
  expect((await readdir(folder)).toSorted()).toEqual(kept);
});
