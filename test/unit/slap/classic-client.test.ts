import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../../agent/database.ts';
import { LocalProxy } from '../../../agent/proxy/local-proxy.ts';
import { migrate } from '../../../agent/proxy/schema.ts';
import { createClassicClient } from '../../../slap/classic/client.ts';
import { createClassicServer } from '../../../slap/classic/server.ts';
import { SlapError } from '../../../slap/errors.ts';
import type { SlapRequest, SlapResponse } from '../../../slap/http.ts';
import type { InstanceRequest, SlapMaster, SoftwareInstanceRecord } from '../../../slap/master.ts';
import { createLocalTransport } from '../../../slap/transport.ts';
import { recordingsOf } from '../../contract/ledger.ts';

const partition = { computerId: 'c', partitionId: 'p0' };
const ANY: InstanceRequest = {
  softwareUrl: 'http://example.org/software.cfg',
  softwareType: 'default',
  name: 'one',
  state: null,
  parameters: {},
  filter: {},
  shared: false,
  requester: null,
};

let database: Database;
let proxy: LocalProxy;
let client: SlapMaster;

beforeEach(async () => {
  database = new Database(':memory:');
  migrate(database, ':memory:');
  proxy = new LocalProxy({ database, computerId: 'c' });
  client = createClassicClient({ transport: createLocalTransport(createClassicServer(proxy)) });
  await client.loadComputerConfiguration({
    reference: 'c',
    address: '127.0.0.1',
    netmask: '255.0.0.0',
    partitions: ['p0', 'p1'].map((reference, index) => ({
      reference,
      interfaceName: index === 0 ? 'lo' : reference,
      addresses: [{ address: `127.64.0.${index + 1}`, netmask: '255.255.255.255' }],
    })),
  });
});

afterEach(() => {
  database.close();
});

/** What the classic wire says of an answer: only a guid of its own, nothing of its tree, nor what the request did. */
function carried(answer: SoftwareInstanceRecord): SoftwareInstanceRecord {
  const { outcome: _outcome, ...rest } = answer;
  return { ...rest, guid: answer.instanceGuid, rootInstanceTitle: '' };
}

describe('over the wire a master says what it says directly', () => {
  it('about a computer with everything on it', async () => {
    const parameters = { a: '<&>é😀', _: '{"b": 1}', empty: '', ip_list: 'hidden by the addresses' };
    await client.requestComputerPartition({ ...ANY, parameters });
    await client.setConnectionParameters(partition, { url: 'http://127.64.0.1/' }, null);
    await client.requestComputerPartition({
      ...ANY,
      name: 'shared',
      shared: true,
      parameters: { list: [1, 2.5] },
    });
    await client.supply(ANY.softwareUrl, 'c', 'available');
    await client.supply('/other', 'c', 'destroyed');

    const received = await client.getFullComputerInformation('c');

    const { ip_list: _hidden, ...own } = proxy.registerComputerPartition(partition).parameters;
    const direct = proxy.getFullComputerInformation('c');
    const [busy, free] = direct.partitions;
    expect(received.computerId).toBe('c');
    expect(received.software).toEqual(direct.software);
    expect(received.partitions[0]).toEqual({ ...busy, parameters: own });
    expect(received.partitions[0]?.sharedInstances).toHaveLength(1);
    expect(received.partitions[1]).toMatchObject({
      partitionId: 'p1',
      software: null,
      requestedState: 'destroyed',
    });
    expect(free?.software).toBeNull();
    expect(await client.registerComputerPartition(partition)).toEqual({ ...busy, parameters: own });
  });

  it('about a request', async () => {
    const request = { ...ANY, parameters: { n: 1 } };
    expect(await client.requestComputerPartition(request)).toEqual(
      carried(proxy.requestComputerPartition(request)),
    );
    await client.setConnectionParameters(partition, {}, null);
    expect(await client.requestComputerPartition(request)).toMatchObject({
      connection: {},
      connectionXml: "<?xml version='1.0' encoding='utf-8'?>\n<instance/>\n",
    });
  });

  it('about a shared request', async () => {
    await client.requestComputerPartition(ANY);
    const request = { ...ANY, name: 'shared', shared: true };
    expect(await client.requestComputerPartition(request)).toEqual(
      carried(proxy.requestComputerPartition(request)),
    );
  });

  it('about its refusals', async () => {
    await client.requestComputerPartition(ANY);
    await client.requestComputerPartition({ ...ANY, name: 'child', requester: partition });
    const refusals = [
      [
        () => client.requestComputerPartition({ ...ANY, name: 'x' }),
        404,
        'No free computer partition found for: x',
      ],
      [() => client.requestComputerPartition({ ...ANY, name: '' }), 400, 'The name is empty.'],
      [() => client.getFullComputerInformation('?'), 500, /internal error/],
      [
        () => client.renameInstance({ computerId: 'c', partitionId: 'p9' }, 'x'),
        200,
        "Unknown partition 'p9' on 'c'",
      ],
      [() => client.reportInstance(partition, { state: 'destroyed' }), 200, /child partitions: child/],
      [() => client.renameInstance(partition, ''), 400, 'The name is empty.'],
    ] as const;
    for (const [call, status, message] of refusals) {
      const error: unknown = await Promise.resolve(call()).catch((refusal: unknown) => refusal);
      expect(error).toBeInstanceOf(SlapError);
      expect(error).toMatchObject({
        status,
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      });
    }
  });

  it('of software, reports, bangs and certificates', async () => {
    await client.requestComputerPartition(ANY);
    await client.supply('/a', 'c', 'destroyed');
    await client.reportSoftware('/a', 'c', { state: 'building' });
    await client.reportSoftware('/a', 'c', { state: 'error', log: 'why' });
    expect(proxy.softwareList('c')).toHaveLength(1);
    await client.reportSoftware('/a', 'c', { state: 'destroyed' });
    expect(proxy.softwareList('c')).toEqual([]);
    expect(await client.softwareReleasesOfProduct('kvm')).toEqual([]);
    expect(await client.getPartitionCertificate(partition)).toEqual({ certificate: '', key: '' });
    await client.reportUsage('c', '<journal/>');
    await client.bangComputer('c', 'm');
    const before = proxy.instanceByName('one')?.timestamp;
    await client.bangInstance(partition, 'm');
    expect(proxy.instanceByName('one')?.timestamp).not.toBe(before);
    await client.renameInstance(partition, 'two');
    await client.reportInstance(partition, { state: 'started' });
    await client.reportInstance(partition, { state: 'error', log: 'why' });
    expect(proxy.instanceByName('two')).toBeDefined();
    await client.reportInstance(partition, { state: 'destroyed' });
    expect(proxy.instances()).toEqual([]);
  });
});

describe('a client of masters that are not ours', () => {
  function answering(answers: Readonly<Record<string, Partial<SlapResponse>>>): SlapMaster {
    return createClassicClient({
      transport: (request: SlapRequest) =>
        Promise.resolve({ status: 404, headers: {}, body: '', ...answers[request.path] }),
    });
  }

  it('survives absent attributes and ignores unknown ones', async () => {
    const master = answering({
      '/registerComputerPartition': {
        status: 200,
        body:
          '<marshal><object id="i2" module="slapos.slap.slap" class="ComputerPartition"><tuple/><dictionary id="i3">' +
          '<string>_computer_id</string><string>C</string><string>_partition_id</string><string>P</string>' +
          '<string>_synced</string><bool>1</bool><string>_parameter_dict</string><dictionary id="i4">' +
          '<string>timestamp</string><int>1795354148101424</int></dictionary></dictionary></object></marshal>',
      },
    });
    expect(await master.registerComputerPartition(partition)).toMatchObject({
      computerId: 'C',
      software: null,
      timestamp: '1795354148101424',
      ipList: [],
      accessStatus: null,
    });
  });

  it('falls back to the old name of the computer information', async () => {
    const computer =
      '<marshal><object module="slapos.slap.slap" class="Computer"><tuple/><dictionary>' +
      '<string>_computer_id</string><string>C</string></dictionary></object></marshal>';
    const master = answering({ '/getComputerInformation': { status: 200, body: computer } });
    expect(await master.getFullComputerInformation('C')).toEqual({
      computerId: 'C',
      partitions: [],
      software: [],
    });
  });

  it('is not sent again what it knows, and says the same of it', async () => {
    const answers: SlapResponse[] = [];
    const server = createClassicServer(proxy);
    const master = createClassicClient({
      transport: async (request) => {
        const answer = await server(request);
        answers.push(answer);
        return answer;
      },
    });
    const first = await master.getFullComputerInformation('c');
    expect(await master.getFullComputerInformation('c')).toBe(first);
    expect(answers[1]).toMatchObject({ status: 304, body: '' });
    await client.requestComputerPartition(ANY);
    const after = await master.getFullComputerInformation('c');
    expect(answers[2]?.status).toBe(200);
    expect(after).toEqual(await client.getFullComputerInformation('c'));
    expect(after).not.toEqual(first);
    // What it knows of one computer is nothing about another.
    await expect(master.getFullComputerInformation('d')).rejects.toBeInstanceOf(SlapError);
  });

  it.each([
    ['the same tag and the same answer', ['"1"', '"1"'], true],
    ['no tag and the same answer', [undefined, undefined], true],
    ['another tag and the same answer', ['"1"', '"2"'], true],
    ['a tag and 304 though nothing was known', [undefined, '304'], false],
  ])('copes with a master that sends %s', async (_, [first, second], isWell) => {
    const computer =
      '<marshal><object module="slapos.slap.slap" class="Computer"><tuple/><dictionary>' +
      '<string>_computer_id</string><string>C</string></dictionary></object></marshal>';
    const tags = [first, second];
    const master = createClassicClient({
      transport: async () => {
        const tag = tags.shift();
        if (tag === '304') return { status: 304, headers: {}, body: '' };
        return { status: 200, headers: tag === undefined ? {} : { etag: tag }, body: computer };
      },
    });
    const known = await master.getFullComputerInformation('C');
    const again = master.getFullComputerInformation('C');
    await (isWell ? expect(again).resolves.toBe(known) : expect(again).rejects.toBeInstanceOf(SlapError));
  });

  it('asks as upstream asked a master that allocates later, and understands its answer', async () => {
    const [recording] = recordingsOf('not-ready');
    const recorded = recording?.exchanges.find(({ request }) => request.method === 'POST');
    const sent: SlapRequest[] = [];
    const master = createClassicClient({
      transport: async (request) => {
        sent.push(request);
        return { status: recorded?.response.status ?? 0, headers: {}, body: recorded?.response.body ?? '' };
      },
    });
    const fields = new Map(recorded?.request.form);
    const answer = master.requestComputerPartition({
      ...ANY,
      softwareUrl: fields.get('software_release') ?? '',
      name: fields.get('partition_reference') ?? '',
    });
    await expect(answer).rejects.toMatchObject({ code: 'not-ready', status: 408 });
    expect(sent.map(({ method, path }) => [method, path])).toEqual([
      [recorded?.request.method, recorded?.request.path],
    ]);
    expect(new Map(new URLSearchParams(sent[0]?.body))).toEqual(fields);
  });

  it.each([
    [408, 'not-ready'],
    [403, 'forbidden'],
    [401, 'unauthorized'],
    [503, 'server'],
    [418, 'bad-request'],
  ])('knows status %d as %s', async (status, code) => {
    const master = answering({ '/requestComputerPartition': { status, body: 'no page' } });
    await expect(master.requestComputerPartition(ANY)).rejects.toMatchObject({ code, status });
  });

  it.each([
    ['no marshal', '<html></html>'],
    [
      'another class',
      '<marshal><object module="slapos.slap.slap" class="Computer"><tuple/><dictionary/></object></marshal>',
    ],
    ['no object', '<marshal><int>1</int></marshal>'],
  ])('refuses an answer that is %s', async (_what, body) => {
    const master = answering({ '/requestComputerPartition': { status: 200, body } });
    await expect(master.requestComputerPartition(ANY)).rejects.toMatchObject({ code: 'invalid-document' });
  });
});

describe('a server', () => {
  it('tells nobody on the wire about its faults, but its owner', async () => {
    const faults: unknown[] = [];
    const fault = new Error('a secret');
    const server = createClassicServer(
      {
        ...client,
        supply: () => {
          throw fault;
        },
      },
      { onFault: (error) => faults.push(error) },
    );
    const response = await server({
      method: 'POST',
      path: '/supplySupply',
      query: '',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: 'url=a&computer_id=c&state=available',
    });
    expect(response.status).toBe(500);
    expect(response.body).not.toContain('secret');
    expect(faults).toEqual([fault]);
  });
});
