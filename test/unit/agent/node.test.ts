import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { claimAddressBlock, partitionAddress, releaseAddressBlock } from '../../../agent/node/addresses.ts';
import { chooseIdentityBase, partitionIdentity } from '../../../agent/node/identities.ts';

let folder: string;

beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'claims-')), 'loopback');
});
afterEach(() => rm(path.dirname(folder), { recursive: true }));

it('gives two data folders two blocks, and each the same one again', async () => {
  const one = await claimAddressBlock('/home/ana/.local/share/slapgrid', folder);
  const other = await claimAddressBlock('/home/lucas/.local/share/slapgrid', folder);
  expect(one).not.toBe(other);
  expect(await claimAddressBlock('/home/ana/.local/share/slapgrid', folder)).toBe(one);
});

it('never gives one block twice, even when many claim at once', async () => {
  const homes = Array.from({ length: 60 }, (_, index) => `/home/u${index}`);
  const blocks = await Promise.all(homes.map((home) => claimAddressBlock(home, folder)));
  expect(new Set(blocks).size).toBe(60);
});

it('passes over a block that somebody listens in', async () => {
  const first = await claimAddressBlock('/home/ana', folder);
  await releaseAddressBlock('/home/ana', folder);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ host: partitionAddress(first, 3), port: 0 }, resolve));
  expect(await claimAddressBlock('/home/ana', folder)).not.toBe(first);
  server.close();
});

it('gives a block back', async () => {
  await claimAddressBlock('/home/ana', folder);
  await claimAddressBlock('/home/lucas', folder);
  await releaseAddressBlock('/home/ana', folder);
  expect(await readdir(folder)).toHaveLength(1);
  await releaseAddressBlock('/home/lucas', folder);
  expect(existsSync(folder)).toBe(false);
});

it('keeps claims where nobody can remove another’s', async () => {
  await claimAddressBlock('/home/ana', folder);
  expect((await stat(folder)).mode & 0o7777).toBe(0o1777);
});

it('stays in 127/8 and away from 127.0', async () => {
  expect(await claimAddressBlock('/home/ana', folder)).toMatch(
    /^127\.(6[4-9]|[7-9]\d|1\d\d|2[0-4]\d|25[0-4])\.\d+$/,
  );
});

it('gives each of root’s partitions an id of its own, never 0', async () => {
  const base = await chooseIdentityBase('f'.repeat(64), '0 0 4294967295');
  const ids = Array.from({ length: 10 }, (_, index) => partitionIdentity(base, index).uid);
  expect(new Set([...ids, base]).size).toBe(11);
  expect(Math.min(...ids)).toBeGreaterThan(0x7000_0000 - 1);
});

it('stays within what a container maps', async () => {
  const base = await chooseIdentityBase('a'.repeat(64), '0 100000 65536');
  expect(partitionIdentity(base, 249).uid).toBeLessThan(65_536);
  expect(base).toBeGreaterThan(1000);
});
