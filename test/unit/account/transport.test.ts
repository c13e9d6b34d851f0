import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { masterProblem } from '../../../agent/account/problems.ts';
import { createMasterTransport } from '../../../agent/account/transport.ts';
import type { JoinedMaster } from '../../../agent/account/types.ts';
import { createClassicClient } from '../../../slap/classic/client.ts';
import type { SlapMaster } from '../../../slap/master.ts';
import { Authority } from '../../fakes/slap-master/certificates.ts';
import { StandInMaster } from '../../fakes/slap-master/master.ts';
import type { Misbehaviour } from '../../fakes/slap-master/misbehaviour.ts';
import { JoiningComputer, wishes } from './joining.ts';

let master: StandInMaster;
let computer: JoiningComputer;
let joined: JoinedMaster;
const servers: Server[] = [];
beforeEach(async () => {
  master = await StandInMaster.start();
  computer = new JoiningComputer();
  const { account, nodes } = await computer.start();
  const { id } = await account.registerNode(await wishes(account, master));
  const found = nodes.masters.get(id);
  if (found === undefined) throw new Error('not joined');
  joined = found;
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await master.close();
  computer.remove();
});

function clientOf(of: JoinedMaster, timeoutMilliseconds = 60_000): SlapMaster {
  return createClassicClient({ transport: createMasterTransport(of, { timeoutMilliseconds }) });
}

/** What a person is told when the master is asked. */
async function asked(client: SlapMaster): Promise<unknown> {
  try {
    return await client.getFullComputerInformation(joined.computerId);
  } catch (error) {
    return masterProblem(error, 'slap.example.org').toView();
  }
}

async function formatted(): Promise<SlapMaster> {
  const client = clientOf(joined);
  const reference = joined.computerId;
  await client.loadComputerConfiguration({ reference, address: null, netmask: null, partitions: [] });
  return client;
}

describe('the way to a joined master', () => {
  it('is one connection for many calls', async () => {
    const client = await formatted();
    const before = master.connections;
    for (let call = 0; call < 5; call += 1) expect(await asked(client)).toMatchObject({ software: [] });
    expect(master.connections).toBe(before);
  });

  it.each<[Misbehaviour, string]>([
    ['html', 'master-answer'],
    ['fault', 'master-answer'],
    ['busy', 'master-answer'],
    ['garbage', 'master-answer'],
    ['redirect', 'master-answer'],
    ['cut', 'master-unreachable'],
    ['no-answer', 'master-unreachable'],
  ])('says what is wrong with an answer (%s), and works again after it', async (how, code) => {
    const client = await formatted();
    master.misbehave(how);
    expect(await asked(client)).toMatchObject({ code });
    master.behave();
    expect(await asked(client)).toMatchObject({ software: [] });
  });

  it('gives up a master that hangs', async () => {
    await formatted();
    master.misbehave('hang');
    expect(await asked(clientOf(joined, 300))).toMatchObject({
      code: 'master-unreachable',
      sentence: 'slap.example.org cannot be reached: it does not answer. What runs here keeps running.',
    });
  });

  it.each([
    ['expired', 'certificate-expired'],
    ['not-yet-valid', 'clock-wrong'],
    ['wrong-host', 'certificate-wrong-host'],
  ] as const)('believes no certificate that is %s, and sends nothing', async (shown, code) => {
    const client = await formatted();
    const before = master.bytesReceived;
    master.show(shown);
    expect(await asked(client)).toMatchObject({ code });
    expect(master.bytesReceived).toBe(before);
    master.show('good');
    expect(await asked(client)).toMatchObject({ software: [] });
  });

  it('believes no other authority of that name, and sends nothing', async () => {
    const client = await formatted();
    const before = master.bytesReceived;
    master.show(Authority.root().issue({ commonName: 'slap.example.org', hosts: ['127.0.0.1'] }));
    expect(await asked(client)).toMatchObject({
      code: 'certificate-unknown',
      nextStep: expect.stringContaining('whether its authority has changed'),
    });
    expect(master.bytesReceived).toBe(before);
  });

  it('ends where the master knows the computer no longer', async () => {
    const client = await formatted();
    master.registration.computers.clear();
    expect(await asked(client)).toMatchObject({ code: 'computer-refused' });
  });

  it('ends where a server takes only certificates of others', async () => {
    const pair = master.authority.issue({ commonName: 'strict', hosts: ['127.0.0.1'] });
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const strict = createServer({
        cert: pair.certificate,
        key: pair.key,
        ca: Authority.root().certificate,
        requestCert: true,
        rejectUnauthorized: true,
        maxVersion,
      });
      servers.push(strict);
      await new Promise<void>((resolve) => {
        strict.listen(0, '127.0.0.1', resolve);
      });
      const url = `https://127.0.0.1:${(strict.address() as AddressInfo).port}/`;
      const view = await asked(clientOf({ ...joined, url }));
      // The alert and the end of the connection race each other; which of them is read first is the kernel's to say.
      expect(view).toMatchObject({ code: expect.stringMatching(/^(computer-refused|master-unreachable)$/) });
    }
  });

  it('comes back when the master does', async () => {
    const client = await formatted();
    await master.disappear();
    expect(await asked(client)).toMatchObject({ code: 'master-unreachable' });
    await master.comeBack();
    expect(await asked(client)).toMatchObject({ software: [] });
  });
});
