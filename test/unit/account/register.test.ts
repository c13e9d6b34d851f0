import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMasterTransport } from '../../../agent/account/transport.ts';
import { createClassicClient } from '../../../slap/classic/client.ts';
import { SlapgridError } from '../../../agent/errors.ts';
import { StandInMaster } from '../../fakes/slap-master/master.ts';
import { JoiningComputer, wishes } from './joining.ts';

let master: StandInMaster;
let computer: JoiningComputer;
beforeEach(async () => {
  master = await StandInMaster.start();
  computer = new JoiningComputer();
});
afterEach(async () => {
  await master.close();
  computer.remove();
  expect(master.faults).toEqual([]);
});

describe('a computer that joins a master', () => {
  it('is called there as its person says, and works for it', async () => {
    const { account, nodes, store } = await computer.start();
    const view = await account.registerNode(await wishes(account, master));
    expect(view).toMatchObject({
      title: new URL(master.url).host,
      url: `${master.url}/`,
      webUrl: `${master.webUrl}/`,
      computerName: 'my laptop',
      computerId: 'COMP-1234',
      state: 'connecting',
      error: null,
      partitionAmount: 10,
    });
    expect(store.snapshot().masters).toEqual([view]);
    const joined = nodes.masters.get(view.id);
    expect(joined).toMatchObject({ computerId: 'COMP-1234', partitions: { first: 10, amount: 10 } });
    expect(view.certificateExpiresAt).toBe(
      new X509Certificate(joined?.certificate ?? '').validToDate.toISOString(),
    );
  });

  it('sends its name and the token, and that once', async () => {
    const { account } = await computer.start();
    const input = await wishes(account, master, { name: ' my laptop ' });
    await account.registerNode(input);
    expect(master.exchanges).toMatchObject([
      {
        server: 'web',
        method: 'POST',
        path: '/Person_requestComputer',
        body: 'title=my+laptop',
        headers: { 'x-access-token': input.token, 'content-type': 'application/x-www-form-urlencoded' },
      },
    ]);
  });

  it('keeps its keys where nobody else reads them, and never the token', async () => {
    const { account } = await computer.start();
    const input = await wishes(account, master);
    await account.registerNode(input);
    expect(await computer.kept()).toEqual({
      ID: '700',
      'ID/authorities': '600',
      'ID/certificate': '600',
      'ID/key': '600',
      'ID/master.json': '600',
    });
    expect(await computer.holds(input.token)).toBe(false);
  });

  it('is the node that the master knows by its certificate', async () => {
    const { account, nodes } = await computer.start();
    const { id, computerId } = await account.registerNode(await wishes(account, master));
    const joined = nodes.masters.get(id);
    if (joined === undefined) throw new Error('not joined');
    const client = createClassicClient({ transport: createMasterTransport(joined) });
    await client.loadComputerConfiguration({
      reference: computerId,
      address: null,
      netmask: null,
      partitions: [],
    });
    expect(await client.getFullComputerInformation(computerId)).toMatchObject({ computerId });
    expect(master.calls('/getFullComputerInformation')).toMatchObject([{ caller: computerId, status: 200 }]);
  });

  it('is still a node after the next start', async () => {
    const first = await computer.start();
    const { id } = await first.account.registerNode(await wishes(first.account, master));
    const second = await computer.start();
    expect(second.nodes.masters.get(id)).toEqual(first.nodes.masters.get(id));
    expect(second.store.snapshot().masters.map((each) => each.id)).toEqual([id]);
  });

  it.each([
    ['its reference alone', { reference: true, words: false, commonName: 'a computer' }],
    ['the common name of its certificate', { reference: false, words: false, commonName: null }],
    ['words before its certificate', { reference: false, words: true, commonName: 'a computer' }],
  ])('learns what it is called there by %s', async (_how, form) => {
    master.registration.form = form;
    const { account } = await computer.start();
    expect(await account.registerNode(await wishes(account, master))).toMatchObject({
      computerId: 'COMP-1234',
    });
  });
});

describe('several masters', () => {
  let other: StandInMaster;
  beforeEach(async () => {
    other = await StandInMaster.start();
  });
  afterEach(() => other.close());

  it('have partitions of their own, after those of this computer', async () => {
    const { account, nodes } = await computer.start();
    const one = await account.registerNode(await wishes(account, master, { partitions: 3 }));
    const two = await account.registerNode(await wishes(account, other, { partitions: 20 }));
    expect(nodes.masters.get(one.id)?.partitions).toEqual({ first: 10, amount: 3 });
    expect(nodes.masters.get(two.id)?.partitions).toEqual({ first: 13, amount: 20 });
  });

  it('that are joined at once get different ones', async () => {
    const { account, nodes } = await computer.start();
    const inputs = [await wishes(account, master), await wishes(account, other)];
    const views = await Promise.all(inputs.map((input) => account.registerNode(input)));
    const firsts = views.map(({ id }) => nodes.masters.get(id)?.partitions.first);
    expect(new Set(firsts)).toEqual(new Set([10, 20]));
  });

  it('get what one that was left had', async () => {
    const { account, nodes, store } = await computer.start();
    const one = await account.registerNode(await wishes(account, master, { partitions: 3 }));
    await account.leaveMaster({ id: one.id, force: true });
    await expect.poll(() => store.snapshot().masters).toEqual([]);
    const two = await account.registerNode(await wishes(account, other, { partitions: 3 }));
    expect(nodes.masters.get(two.id)?.partitions).toEqual({ first: 10, amount: 3 });
  });

  it('are refused when there is no room for their partitions, before anything is sent', async () => {
    const { account } = await computer.start({ localPartitions: 200 });
    await account.registerNode(await wishes(account, master, { partitions: 50 }));
    await expect(account.registerNode(await wishes(account, other))).rejects.toMatchObject({
      code: 'too-many-partitions',
      parameters: { wanted: 10, free: 3 },
    });
    expect(other.exchanges).toEqual([]);
    await account.registerNode(await wishes(account, other, { partitions: 3 }));
  });

  it('do not vouch for each other', async () => {
    const { account } = await computer.start();
    const joined = await wishes(account, master);
    await account.registerNode(joined);
    const urls = { masterUrl: other.url, masterUrlWeb: other.webUrl };
    await expect(account.registerNode({ ...joined, ...urls })).rejects.toMatchObject({
      code: 'certificate-unknown',
    });
    expect(other.exchanges).toEqual([]);
  });
});

describe('what cannot be kept', () => {
  it('is not half there: what works for it refuses', async () => {
    const { account, nodes } = await computer.start();
    nodes.failures.add = new SlapgridError('disk-full', { path: '/x' });
    await expect(account.registerNode(await wishes(account, master))).rejects.toMatchObject({
      code: 'disk-full',
    });
    expect(await computer.kept()).toEqual({});
    expect(nodes.abandoned).toHaveLength(1);
  });
});
