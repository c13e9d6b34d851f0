import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { globalAddress } from '../../../agent/node/host-address.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-network-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Lines as the kernel writes them: address, interface’s number, length, scope, flags, interface. */
async function address(...kernelLines: string[]): Promise<string | undefined> {
  await writeFile(path.join(folder, 'if_inet6'), kernelLines.map((line) => `${line}\n`).join(''));
  return globalAddress(folder)?.address;
}

const LOOPBACK = '00000000000000000000000000000001 01 80 10 80       lo';
const LINK = 'fe80000000000000020000fffe000001 02 40 20 80     eth0';
const HOME = 'fd000000000000000000000000000002 02 40 00 80     eth0';
const GLOBAL = '20010db8000700000000000000000001 02 40 00 80     eth0';

it('is the global one, with its mask', async () => {
  await address(LOOPBACK, LINK, HOME, GLOBAL);
  expect(globalAddress(folder)).toEqual({ address: '2001:db8:7::1', netmask: 'ffff:ffff:ffff:ffff::' });
});

it('is none where there is only the link, the home or nothing', async () => {
  expect(globalAddress(folder)).toBeNull();
  expect(await address(LOOPBACK, LINK, HOME)).toBeUndefined();
});

it.each([
  ['temporary', '81'],
  ['deprecated', 'a0'],
  ['tentative', 'c0'],
  ['in use by another computer', '88'],
])('is none that is %s', async (_, flags) => {
  expect(await address(`20010db8000700000000000000000001 02 40 00 ${flags}     eth0`)).toBeUndefined();
});

it('is the one that the way to the internet leads from, and then the lowest', async () => {
  const other = '20010db8000100000000000000000001 03 40 00 80     eth1';
  expect(await address(GLOBAL, other)).toBe('2001:db8:1::1');
  expect(await address(other, GLOBAL)).toBe('2001:db8:1::1');
  const zero = '0'.repeat(32);
  await writeFile(
    path.join(folder, 'ipv6_route'),
    `${zero} 00 ${zero} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00450003     eth0\n`,
  );
  expect(await address(other, GLOBAL)).toBe('2001:db8:7::1');
});
