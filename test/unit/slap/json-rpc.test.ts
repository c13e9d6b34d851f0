import { beforeEach, describe, expect, it } from 'vitest';
import { createJsonRpcClient, type JsonRpcClient } from '../../../slap/json-rpc/client.ts';
import { METHODS } from '../../../slap/json-rpc/methods.ts';
import { createJsonRpcServer } from '../../../slap/json-rpc/server.ts';
import type { SlapHandler, SlapResponse } from '../../../slap/http.ts';
import type { InstanceRecord, ServedMaster } from '../../../slap/master.ts';
import { SlapError } from '../../../slap/errors.ts';
import { createLocalTransport } from '../../../slap/transport.ts';
import { asking, COMPUTER, localMaster, type LocalMaster, place, SOFTWARE } from '../proxy/local-master.ts';

let master: LocalMaster;
let handler: SlapHandler;
let client: JsonRpcClient;
let faults: unknown[];

beforeEach(() => {
  master = localMaster();
  faults = [];
  handler = createJsonRpcServer(master.proxy, { onFault: (error) => faults.push(error) });
  client = createJsonRpcClient({ transport: createLocalTransport(handler) });
});

function post(method: string, body: string, headers: Record<string, string> = {}): Promise<SlapResponse> {
  const all = { 'content-type': 'application/json', ...headers };
  return handler({ method: 'POST', path: `/slapos.${method}`, query: '', headers: all, body });
}

const INSTANCE = { title: 'one', software_release_uri: SOFTWARE, software_type: 'default' };

it('has 24 methods and an experimental one', () => {
  const names = Object.keys(METHODS);
  expect(names.filter((name) => name.includes('.v0.'))).toHaveLength(24);
  expect(names).toHaveLength(25);
});

describe('a shared instance', () => {
  beforeEach(() => {
    master.proxy.requestComputerPartition(asking('host'));
  });
  const parameters = { text: 'x', number: 1, list: [1.5, null] };

  it('is requested and read', async () => {
    const body = { ...INSTANCE, title: 'guest', shared: true, parameters };
    const answered = await client.call('slapos.post.v0.software_instance', body);
    expect(answered).toMatchObject({
      title: 'guest',
      instance_guid: 'guest______1',
      parameters: { text: 'x', number: '1', list: '[1.5, None]' },
      ip_list: [['lo', '127.64.0.1']],
      processing_timestamp: 0,
      state: 'started',
    });
    const read = await client.call('slapos.get.v0.software_instance', { instance_guid: 'guest______1' });
    expect(read).toMatchObject({
      title: 'guest',
      shared: true,
      state: 'started',
      parameters,
      ip_list: [],
      compute_partition_id: 'slappart0',
      processing_timestamp: 1_795_354_148,
      root_instance_title: 'guest',
    });
    expect(await client.call('slapos.get.v0.instance_tree', { title: 'guest' })).toEqual(read);
    expect(
      await client.call('slapos.allDocs.v0.instance_node_instance_list', { instance_guid: 'host______0' }),
    ).toEqual({
      result_list: [
        {
          title: 'guest',
          instance_guid: 'guest______1',
          software_type: 'default',
          state: 'started',
          parameters,
          compute_partition_id: 'slappart0',
        },
      ],
    });
    expect(await client.call('slapos.allDocs.v0.instance_tree_list', {})).toEqual({
      result_list: [{ title: 'host' }, { title: 'guest' }],
    });
  });

  it.each([
    ['that is known', 'guest______1'],
    ['that is not', 'nobody______1'],
  ])('%s is no host', async (_what, guid) => {
    master.proxy.requestComputerPartition(asking('guest', { shared: true }));
    await expect(
      client.call('slapos.allDocs.v0.instance_node_instance_list', { instance_guid: guid }),
    ).rejects.toMatchObject({ status: 403, message: `No software instance ${guid} found.` });
  });

  it('is told what its host publishes for it', async () => {
    master.proxy.requestComputerPartition(asking('guest', { shared: true }));
    const guest = { instance_guid: 'guest______1' };
    await client.call('slapos.put.v0.software_instance_connection_parameter', {
      ...guest,
      connection_parameter_dict: { url: 'http://x/' },
    });
    expect(await client.call('slapos.get.v0.software_instance', guest)).toMatchObject({
      connection_parameters: { url: 'http://x/' },
    });
  });

  it('is unknown once it is destroyed', async () => {
    master.proxy.requestComputerPartition(asking('guest', { shared: true }));
    await client.call('slapos.post.v0.software_instance', {
      ...INSTANCE,
      title: 'guest',
      shared: true,
      state: 'destroyed',
    });
    await expect(
      client.call('slapos.get.v0.software_instance', { instance_guid: 'guest______1' }),
    ).rejects.toMatchObject({ code: 'forbidden', message: 'No shared instance guest______1 found.' });
  });

  it('and a root of one name are no tree', async () => {
    master.proxy.requestComputerPartition(asking('host', { shared: true }));
    await expect(client.call('slapos.get.v0.instance_tree', { title: 'host' })).rejects.toMatchObject({
      message: 'No instance tree host found.',
    });
  });
});

describe('a tree', () => {
  beforeEach(() => {
    master.proxy.requestComputerPartition(asking('root'));
    master.proxy.requestComputerPartition(asking('child', { requester: place(0) }));
  });

  it('keeps its children when the root has another name', async () => {
    await client.call('slapos.put.v0.software_instance_title', {
      instance_guid: 'root______0',
      title: 'other',
    });
    expect(
      await client.call('slapos.get.v0.compute_partition', {
        computer_guid: COMPUTER,
        compute_partition_id: 'slappart1',
      }),
    ).toMatchObject({ instance_guid: 'child___other___0', root_instance_title: 'other' });
  });

  it('is processed again as a whole when a child bangs', async () => {
    master.changes();
    await client.call('slapos.put.v0.software_instance_bang', {
      instance_guid: 'child___root___0',
      message: 'well?',
    });
    expect(master.changes().map(({ partitionId }) => partitionId)).toEqual(['slappart0', 'slappart1']);
  });

  it('goes from the leaves', async () => {
    const report = { instance_guid: 'root______0', reported_state: 'destroyed' as const };
    await expect(client.call('slapos.put.v0.software_instance_reported_state', report)).rejects.toMatchObject(
      {
        status: 403,
        message: 'Not destroying yet because this partition has child partitions: child',
      },
    );
    expect(
      await client.call('slapos.get.v0.software_instance', { instance_guid: 'child___root___0' }),
    ).toMatchObject({ state: 'destroyed' });
  });

  it('grows by what an instance asks', async () => {
    const asInstance = createJsonRpcClient({
      transport: createLocalTransport(createJsonRpcServer(master.proxy, { requester: place(1) })),
    });
    expect(
      await asInstance.call('slapos.post.v0.software_instance', { ...INSTANCE, title: 'grandchild' }),
    ).toMatchObject({ instance_guid: 'grandchild___root___0', root_instance_title: 'root' });
  });
});

describe('a guid', () => {
  it('finds a name with the mark in it', async () => {
    master.proxy.requestComputerPartition(asking('a___b'));
    master.proxy.requestComputerPartition(asking('c_', { requester: place(0) }));
    for (const guid of ['a___b______0', 'c____a___b___0']) {
      expect(await client.call('slapos.get.v0.software_instance', { instance_guid: guid })).toMatchObject({
        instance_guid: guid,
      });
    }
  });

  it('that two instances could have finds neither', async () => {
    // Both are `a___x_________0`.
    master.proxy.requestComputerPartition(asking('x___'));
    master.proxy.requestComputerPartition(asking('a', { requester: place(0) }));
    master.proxy.requestComputerPartition(asking('a___x'));
    const guids = master.proxy.listInstances({ of: 'all' }).map(({ guid }) => guid);
    expect(guids[1]).toBe(guids[2]);
    await expect(
      client.call('slapos.get.v0.software_instance', { instance_guid: guids[1] ?? '' }),
    ).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('a body that does not fit', () => {
  it.each([
    ['get.v0.software_instance', '{}', "'instance_guid' is a required property"],
    ['get.v0.software_instance', '{"instance_guid": null}', "None is not of type 'string'"],
    ['get.v0.software_instance', '{"instance_guid": 1.0}', "1.0 is not of type 'string'"],
    ['get.v0.software_instance', '{"instance_guid": {"a": [true]}}', "{'a': [True]} is not of type 'string'"],
    ['get.v0.software_instance', '"é"', "'é' is not of type 'object'"],
    [
      'get.v0.software_instance',
      '{"instance_guid": "a", "c": 1, "b": 2}',
      "Additional properties are not allowed ('b', 'c' were unexpected)",
    ],
    [
      'get.v0.software_instance',
      '{"instance_guid": "a", "__proto__": 1}',
      "Additional properties are not allowed ('__proto__' was unexpected)",
    ],
    ['post.v0.software_instance', '{"title": 1}', "'software_release_uri' is a required property"],
    [
      'post.v0.software_instance',
      '{"title": "t", "software_release_uri": "u", "software_type": "d", "parameters": []}',
      "[] is not of type 'object'",
    ],
    [
      'post.v0.software_instance',
      '{"title": "t", "software_release_uri": "u", "software_type": "d", "sla_parameters": {"x": 1}}',
      "1 is not of type 'string'",
    ],
    [
      'post.v0.software_instance',
      '{"title": "t", "software_release_uri": "u", "software_type": "d", "sla_parameters": {"retention_delay": "x"}}',
      "'x' is not of type 'number'",
    ],
    [
      'put.v0.compute_node_format',
      '{"computer_guid": "c", "compute_partition_list": {}}',
      "{} is not of type 'array'",
    ],
    [
      'put.v0.compute_node_format',
      '{"computer_guid": "c", "compute_partition_list": [{"ip_list": []}]}',
      "'partition_id' is a required property",
    ],
  ])('%s %s', async (method, body, title) => {
    const answer = await post(method, body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({ status: 400, type: 'Bad Request', title });
    expect(faults).toEqual([]);
  });

  it('is not even sent by the client', async () => {
    const wrong = { ...INSTANCE, title: 'x'.repeat(201) };
    const call = client.call('slapos.post.v0.software_instance', wrong);
    await expect(call).rejects.toMatchObject({ code: 'bad-request' });
  });

  it.each([
    ['a name nobody can have', { ...INSTANCE, title: 'a\nb' }],
    ['no software', { ...INSTANCE, software_release_uri: '' }],
  ])('to the master: %s', async (_what, body) => {
    await expect(client.call('slapos.post.v0.software_instance', body)).rejects.toMatchObject({
      status: 400,
    });
  });
});

describe('numbers', () => {
  it('are spelled as they came', async () => {
    await post(
      'post.v0.software_instance',
      `{"title": "one", "software_release_uri": "u", "software_type": "d",
        "sla_parameters": {"retention_delay": 7.0}, "parameters": {"float": 1.0, "large": 12345678901234567890, "deep": {"x": [1e3]}}}`,
    );
    expect(master.proxy.instanceByName('one')?.parameters).toEqual({
      deep: "{'x': [1000.0]}",
      float: '1.0',
      large: '12345678901234567890',
    });
  });
});

describe('a master', () => {
  function serving(part: Partial<ServedMaster>): SlapHandler {
    const whole = new Proxy(part, {
      get: (target, name) => Reflect.get(target, name) ?? Reflect.get(master.proxy, name).bind(master.proxy),
    });
    return createJsonRpcServer(whole as ServedMaster, { onFault: (error) => faults.push(error) });
  }

  it('whose answer does not fit is at fault, and says in what', async () => {
    master.proxy.requestComputerPartition(asking('one'));
    const record = master.proxy.getInstance('one______0');
    handler = serving({
      getInstance: () => ({ ...record, requestedState: 'weird' }) as unknown as InstanceRecord,
    });
    const answer = await post('get.v0.software_instance', '{"instance_guid": "x"}');
    expect(JSON.parse(answer.body)).toEqual({
      status: 500,
      type: 'Internal Server Error',
      title: "'weird' is not one of ['started', 'stopped', 'destroyed']",
    });
    expect(faults).toHaveLength(1);
  });

  it('that fails tells nobody how', async () => {
    handler = serving({
      getInstance: () => {
        throw new Error('secret');
      },
    });
    const answer = await post('get.v0.software_instance', '{"instance_guid": "x"}');
    expect(JSON.parse(answer.body)).toMatchObject({ status: 500, title: 'Internal server error' });
    expect(faults).toHaveLength(1);
  });

  it('that allocates later says so', async () => {
    const later = new SlapError('not-ready', 'Not allocated yet.');
    handler = serving({ requestComputerPartition: () => Promise.reject(later) });
    const waiting = createJsonRpcClient({ transport: createLocalTransport(handler) });
    expect(await waiting.call('slapos.post.v0.software_instance', INSTANCE)).toEqual({
      message: 'Not allocated yet.',
      name: 'SoftwareInstanceNotReady',
      status: 102,
    });
  });
});

describe('the client', () => {
  it.each([
    ['HTML', 200, '<html>', 'invalid-document'],
    ['other JSON', 200, '{"a": 1}', 'invalid-document'],
    ['a fault', 500, 'x', 'server'],
    ['a refusal', 403, '{"title": "No"}', 'forbidden'],
  ])('says so when a master answers %s', async (_what, status, body, code) => {
    const transport = () => Promise.resolve({ status, headers: {}, body });
    const broken = createJsonRpcClient({ transport });
    await expect(broken.call('slapos.get.v0.hateoas_url', {})).rejects.toMatchObject({ code });
  });
});
