import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClassicClient } from '../../../slap/classic/client.ts';
import { createHttpTransport } from '../../../slap/transport.ts';
import { Authority, type KeyPair } from '../../fakes/slap-master/certificates.ts';
import { StandInMaster } from '../../fakes/slap-master/master.ts';

let master: StandInMaster;
beforeEach(async () => {
  master = await StandInMaster.start();
});
afterEach(async () => {
  await master.close();
  expect(master.faults).toEqual([]);
});

function join(name: string): KeyPair & { reference: string } {
  const { body } = master.registration.answer(master.registration.createToken(), name);
  return JSON.parse(body) as KeyPair & { reference: string };
}

function clientWith(pair: KeyPair) {
  const tls = { ca: master.authority.certificate, cert: pair.certificate, key: pair.key };
  return createClassicClient({ transport: createHttpTransport({ url: master.url, tls }) });
}

describe('the stand-in of a master', () => {
  it('answers a computer that it knows by its certificate', async () => {
    const { reference, ...pair } = join('my node');
    const client = clientWith(pair);
    await client.loadComputerConfiguration({
      reference,
      address: null,
      netmask: null,
      partitions: [
        {
          reference: 'slappart10',
          interfaceName: 'lo',
          addresses: [{ address: '127.64.0.12', netmask: '255.255.255.255' }],
        },
      ],
    });
    expect(await client.getFullComputerInformation(reference)).toMatchObject({
      computerId: reference,
      partitions: [{ partitionId: 'slappart10', software: null }],
    });
    expect(master.calls('/loadComputerConfigurationFromXML')).toMatchObject([
      { method: 'POST', caller: reference, status: 200 },
    ]);
  });

  it('refuses who shows no certificate, or another computer’s', async () => {
    const mine = join('mine');
    const other = join('other');
    const tls = { ca: master.authority.certificate };
    const nobody = createClassicClient({ transport: createHttpTransport({ url: master.url, tls }) });
    await expect(nobody.getFullComputerInformation(mine.reference)).rejects.toMatchObject({ status: 403 });
    const stranger = clientWith(Authority.root().issue({ commonName: mine.reference }));
    await expect(stranger.getFullComputerInformation(mine.reference)).rejects.toMatchObject({ status: 403 });
    await expect(clientWith(other).getFullComputerInformation(mine.reference)).rejects.toMatchObject({
      status: 403,
    });
  });

  it('knows a partition by the certificate that its computer got for it', async () => {
    const { reference, ...pair } = join('my node');
    const partition = { computerId: reference, partitionId: 'slappart10' };
    const got = await clientWith(pair).getPartitionCertificate(partition);
    expect(new X509Certificate(got.certificate).subject).toBe(`CN=${reference}/slappart10`);
    await expect(clientWith(got).getFullComputerInformation(reference)).rejects.toMatchObject({
      status: 403,
    });
    expect(master.exchanges.at(-1)?.caller).toBe(`${reference}/slappart10`);
  });

  it('disappears, and comes back at its addresses with nothing in it', async () => {
    const { reference, ...pair } = join('my node');
    const client = clientWith(pair);
    const document = { reference, address: null, netmask: null, partitions: [] };
    await client.loadComputerConfiguration(document);
    await master.disappear();
    await expect(client.getFullComputerInformation(reference)).rejects.toMatchObject({
      code: 'unreachable',
    });
    master.forget();
    await master.comeBack();
    await expect(client.getFullComputerInformation(reference)).rejects.toMatchObject({ status: 500 });
    await client.loadComputerConfiguration(document);
    expect(await client.getFullComputerInformation(reference)).toMatchObject({ partitions: [] });
  });
});
