import { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readShownChain } from '../../../agent/account/shown-chain.ts';
import { Authority } from '../../fakes/slap-master/certificates.ts';
import { StandInMaster } from '../../fakes/slap-master/master.ts';
import { JoiningComputer, wishes } from './joining.ts';

let computer: JoiningComputer;
const running: StandInMaster[] = [];
beforeEach(() => {
  computer = new JoiningComputer();
});
afterEach(async () => {
  for (const master of running.splice(0)) await master.close();
  computer.remove();
});

async function start(...options: Parameters<typeof StandInMaster.start>): Promise<StandInMaster> {
  const master = await StandInMaster.start(...options);
  running.push(master);
  return master;
}

function fingerprintOf(authority: Authority): string {
  return new X509Certificate(authority.certificate).fingerprint256;
}

describe('looking at the servers of a master', () => {
  it('tells who each says it is, and whom a person would accept', async () => {
    const master = await start();
    const { account } = await computer.start();
    const { certificates } = await account.inspectMaster({
      masterUrl: master.url,
      masterUrlWeb: master.webUrl,
    });
    expect(certificates).toMatchObject(
      [master.url, master.webUrl].map((url) => ({
        host: new URL(url).host,
        subject: 'slap.example.org',
        issuer: 'Nobody’s Root',
        fingerprint: fingerprintOf(master.authority),
        trust: 'unknown',
        problem: null,
      })),
    );
  });

  it('sends them nothing', async () => {
    const master = await start();
    const { account } = await computer.start();
    await account.inspectMaster({ masterUrl: master.url, masterUrlWeb: master.webUrl });
    expect(master.connections).toBeGreaterThan(0);
    expect(master.bytesReceived).toBe(0);
    expect(master.exchanges).toEqual([]);
    // What counts bytes does count them.
    await account.registerNode(await wishes(account, master));
    expect(master.bytesReceived).toBeGreaterThan(0);
  });

  it('looks once at one server that has both', async () => {
    const master = await start();
    const { account } = await computer.start();
    const urls = { masterUrl: master.webUrl, masterUrlWeb: `${new URL(master.webUrl).origin}/other` };
    expect((await account.inspectMaster(urls)).certificates).toHaveLength(1);
  });

  it('goes up to the nearest authority that a server shows', async () => {
    const root = Authority.root();
    const office = root.intermediate();
    const hidden = await start({ authority: office });
    const leafOnly = await start({ sendsAuthority: false });
    const { account } = await computer.start();
    const look = async (master: StandInMaster) =>
      (await account.inspectMaster({ masterUrl: master.url, masterUrlWeb: master.webUrl })).certificates;
    expect((await look(hidden)).map(({ fingerprint }) => fingerprint)).toEqual([
      fingerprintOf(office),
      fingerprintOf(office),
    ]);
    const own = await look(leafOnly);
    expect(own.map(({ fingerprint }) => fingerprint)).not.toContain(fingerprintOf(leafOnly.authority));
    for (const master of [hidden, leafOnly]) {
      const { token: _, ...input } = await wishes(account, master);
      const token = master.registration.createToken();
      expect(await account.registerNode({ ...input, token })).toMatchObject({ computerId: 'COMP-1234' });
    }
  });

  it('finds what a person accepted for that host before, until somebody else answers there', async () => {
    const master = await start();
    const first = await computer.start();
    await first.account.registerNode(await wishes(first.account, master));
    const { account } = await computer.start();
    const urls = { masterUrl: master.url, masterUrlWeb: master.webUrl };
    const trusts = async () => (await account.inspectMaster(urls)).certificates.map(({ trust }) => trust);
    expect(await trusts()).toEqual(['accepted', 'accepted']);
    const impostor = Authority.root('Nobody’s Root').issue({ commonName: 'x', hosts: ['127.0.0.1'] });
    master.show(impostor, { server: 'slap' });
    expect(await trusts()).toEqual(['unknown', 'accepted']);
  });

  it('leaves out one that shows itself to nobody without a certificate', async () => {
    const master = await start();
    const pair = master.authority.issue({ commonName: 'strict', hosts: ['127.0.0.1'] });
    const ca = master.authority.certificate;
    const strict = createServer({
      cert: pair.certificate,
      key: pair.key,
      ca,
      requestCert: true,
      maxVersion: 'TLSv1.2',
    });
    await new Promise<void>((resolve) => {
      strict.listen(0, '127.0.0.1', resolve);
    });
    const { account } = await computer.start();
    const masterUrl = `https://127.0.0.1:${(strict.address() as AddressInfo).port}`;
    const { certificates } = await account.inspectMaster({ masterUrl, masterUrlWeb: master.webUrl });
    expect(certificates.map(({ host }) => host)).toEqual([new URL(master.webUrl).host]);
    strict.close();
  });

  it('believes no authority that did not sign', async () => {
    const master = await start();
    const impostor = Authority.root('Nobody’s Root').issue({ commonName: 'x', hosts: ['127.0.0.1'] });
    master.show(impostor);
    const { hostname, port } = new URL(master.url);
    const place = { hostname, port: Number(port), timeoutMilliseconds: 15_000 };
    expect(await readShownChain(place)).toHaveLength(1);
    const { account } = await computer.start();
    const input = await wishes(account, master, {
      acceptedFingerprints: [fingerprintOf(master.authority)],
    });
    await expect(account.registerNode(input)).rejects.toMatchObject({ code: 'certificate-unknown' });
    expect(master.bytesReceived).toBe(0);
  });
});
