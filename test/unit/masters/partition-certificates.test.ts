/** Certificates that a joined master gives to the instances that it has here. */
import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StandInMaster } from '../../fakes/slap-master/master.ts';
import { request, type StandInComputer } from './computer.ts';
import { host, join, standIns } from './world.ts';

const DAY = 86_400_000;

let computer: StandInComputer;
let master: StandInMaster;
let now: number;

beforeEach(async () => {
  ({ computer, master } = await standIns());
  now = computer.clock.now();
  master.partitionCertificates = valid(90);
});

/** By the computer's clock. */
function valid(days: number): { validFrom: Date; validTo: Date } {
  const from = computer.clock.now();
  return { validFrom: new Date(from), validTo: new Date(from + days * DAY) };
}

async function started(): Promise<void> {
  await join(computer, master);
  await host(computer, master);
  await computer.masters.settled();
}

function fileOf(kind: 'crt' | 'key', partition = 'slappart10'): string {
  return path.join(computer.paths.instances, partition, 'pki', `${partition}.${kind}`);
}

async function kept(): Promise<X509Certificate> {
  return new X509Certificate(await readFile(fileOf('crt'), 'utf8'));
}

function asked(): number {
  return master.calls('/getComputerPartitionCertificate').length;
}

describe('the certificate of an instance', () => {
  it('is there when it starts, for the partition’s user alone', async () => {
    await started();
    expect((await kept()).subject).toBe('CN=COMP-10/slappart10');
    for (const kind of ['crt', 'key'] as const) {
      const { mode, uid } = await stat(fileOf(kind));
      expect(mode & 0o777).toBe(0o400);
      expect(uid).toBe((await stat(computer.data())).uid);
    }
    expect((await stat(path.dirname(fileOf('crt')))).mode & 0o007).toBe(0);
  });

  it('is asked for once, over the start of the agent too', async () => {
    await started();
    for (let turn = 0; turn < 3; turn += 1) await computer.nextTurn(master);
    await computer.restartAgent();
    await computer.masters.add(computer.join(master));
    await computer.masterIs('connected');
    await computer.instanceIs('started');
    expect(asked()).toBe(1);
  });

  it('is asked for again when the instance changed', async () => {
    await started();
    const before = (await kept()).serialNumber;
    request(master, computer.release, { parameters: { size: '2' } });
    await computer.nextTurn(master);
    await computer.instanceIs('started');
    await expect.poll(async () => (await kept()).serialNumber).not.toBe(before);
    expect(asked()).toBe(2);
  });

  it('is renewed before it ends, and nothing is started anew for it', async () => {
    await started();
    const before = { ...computer.calls, ran: 0 };
    computer.clock.pass(59 * DAY);
    await computer.recovers();
    expect(asked()).toBe(1);
    computer.clock.pass(2 * DAY);
    master.partitionCertificates = valid(90);
    await computer.recovers();
    await expect.poll(async () => (await kept()).validToDate.getTime()).toBeGreaterThan(now + 140 * DAY);
    expect(asked()).toBe(2);
    expect({ ...computer.calls, ran: 0 }).toEqual(before);
  });

  it('that is given again as it was is not asked for at every turn', async () => {
    master.partitionCertificates = master.authority.issue({ commonName: 'COMP-10/slappart10', ...valid(1) });
    await started();
    computer.clock.pass(2 * DAY);
    for (let turn = 0; turn < 4; turn += 1) await computer.nextTurn(master);
    expect(asked()).toBe(2);
  });

  it('goes with the instance', async () => {
    await started();
    request(master, computer.release, { state: 'destroyed' });
    await computer.nextTurn(master);
    await computer.instanceIs('free');
    expect(existsSync(fileOf('key'))).toBe(false);
  });

  it('of the instance before is not the next one’s', async () => {
    await started();
    const before = await readFile(fileOf('key'), 'utf8');
    request(master, computer.release, { state: 'destroyed' });
    await computer.nextTurn(master);
    await computer.instanceIs('free');
    master.partitionCertificates = 'none';
    expect(request(master, computer.release, { name: 'next' })).toBe('slappart10');
    await computer.nextTurn(master);
    await computer.instanceIs('started');
    expect(existsSync(fileOf('key'))).toBe(false);
    expect(before).toContain('PRIVATE KEY');
  });
});

describe('a master that gives no certificates', () => {
  it.each([
    ['two empty texts', 'none'],
    ['a refusal', 'refused'],
    ['something else', { certificate: 'a certificate', key: 'a key' }],
  ] as const)('but %s: the instance runs without, and it is not asked again', async (_, given) => {
    master.partitionCertificates = given;
    await started();
    for (let turn = 0; turn < 3; turn += 1) await computer.nextTurn(master);
    expect(asked()).toBe(1);
    expect(existsSync(fileOf('crt'))).toBe(false);
    expect(computer.master()).toMatchObject({ state: 'connected', error: null });
  });

  it('but a key of another certificate: it is not kept', async () => {
    const pair = (): { certificate: string; key: string } => master.authority.issue({ commonName: 'x' });
    master.partitionCertificates = { certificate: pair().certificate, key: pair().key };
    await started();
    expect(existsSync(fileOf('key'))).toBe(false);
  });

  it('any more: the one that is there stays', async () => {
    await started();
    const before = (await kept()).serialNumber;
    master.partitionCertificates = 'none';
    request(master, computer.release, { parameters: { size: '2' } });
    await computer.nextTurn(master);
    await computer.instanceIs('started');
    await expect.poll(asked).toBe(2);
    expect((await kept()).serialNumber).toBe(before);
  });
});

it('what cannot be asked for now is asked for after the master’s next answer; the instance does not wait', async () => {
  computer.lostCalls.add('/getComputerPartitionCertificate');
  await started();
  expect(existsSync(fileOf('crt'))).toBe(false);
  computer.lostCalls.clear();
  await computer.nextTurn(master);
  await expect.poll(() => existsSync(fileOf('crt'))).toBe(true);
});
