import { setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Authority } from '../../fakes/slap-master/certificates.ts';
import { StandInMaster } from '../../fakes/slap-master/master.ts';
import { JoiningComputer, wishes } from './joining.ts';

let master: StandInMaster;
let computer: JoiningComputer;
beforeAll(async () => {
  const authority = Authority.root();
  // As if its administrator had installed it: before anything is asked.
  setDefaultCACertificates([authority.certificate]);
  master = await StandInMaster.start({ authority });
  computer = new JoiningComputer();
});
afterAll(async () => {
  await master.close();
  computer.remove();
});

it('a master whose authority this computer knows is joined without a question', async () => {
  const { account, nodes } = await computer.start();
  const urls = { masterUrl: master.url, masterUrlWeb: master.webUrl };
  const { certificates } = await account.inspectMaster(urls);
  expect(certificates).toMatchObject([
    { trust: 'system', problem: null },
    { trust: 'system', problem: null },
  ]);
  const { id } = await account.registerNode(await wishes(account, master, { acceptedFingerprints: [] }));
  expect(nodes.masters.get(id)?.authorities).toBeNull();
});

it('what such a server has wrong is still wrong', async () => {
  const { account } = await computer.start();
  master.show('wrong-host');
  const urls = { masterUrl: master.url, masterUrlWeb: master.webUrl };
  const { certificates } = await account.inspectMaster(urls);
  expect(certificates.map(({ problem }) => problem?.code)).toEqual([
    'certificate-wrong-host',
    'certificate-wrong-host',
  ]);
});
