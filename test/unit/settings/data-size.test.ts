import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pathsOf, type Paths } from '../../../agent/paths.ts';
import { DataSize } from '../../../agent/settings/data-size.ts';

const MEGABYTE = 1_000_000;

let paths: Paths;
let now: number;
let size: DataSize;

beforeEach(async () => {
  paths = pathsOf(await mkdtemp(path.join(tmpdir(), 'data-size-')));
  for (const folder of [paths.software, paths.runtime, paths.private]) await mkdir(folder);
  now = 0;
  size = new DataSize(paths, () => now);
});
afterEach(() => rm(paths.home, { recursive: true }));

const addSoftware = (name: string): Promise<void> =>
  writeFile(path.join(paths.software, name), Buffer.alloc(3 * MEGABYTE));

it('counts software, runtime and records', async () => {
  await addSoftware('one');
  await writeFile(path.join(paths.runtime, 'node'), Buffer.alloc(2 * MEGABYTE));
  const bytes = await size.withoutInstances('');
  expect(bytes).toBeGreaterThan(5 * MEGABYTE);
  expect(bytes).toBeLessThan(6 * MEGABYTE);
});

it('walks again only when other software is here, or after a while', async () => {
  const before = await size.withoutInstances('a');
  await addSoftware('one');
  expect(await size.withoutInstances('a')).toBe(before);
  const after = await size.withoutInstances('a,b');
  expect(after).toBeGreaterThan(before + 2 * MEGABYTE);
  await addSoftware('two');
  now += 11 * 60_000;
  expect(await size.withoutInstances('a,b')).toBeGreaterThan(after + 2 * MEGABYTE);
});

it('says how much may still be written', async () => {
  expect(await size.freeBytes()).toBeGreaterThan(0);
});
