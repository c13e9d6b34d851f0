import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { proxyScope, type Scope } from '../../../agent/proxy/capabilities.ts';
import { createClassicClient } from '../../../slap/classic/client.ts';
import { SlapError } from '../../../slap/errors.ts';
import type { SlapTransport } from '../../../slap/http.ts';
import { createJsonRpcClient } from '../../../slap/json-rpc/client.ts';
import type { MethodBody, MethodName } from '../../../slap/json-rpc/methods.ts';
import type { ComputerDocument, SlapMaster } from '../../../slap/master.ts';
import { createHttpTransport } from '../../../slap/transport.ts';
import { type RunningProxy, startProxy } from '../../contract/running-proxy.ts';
import { asking, COMPUTER, place } from './local-master.ts';

const PERSON: Scope = { kind: 'person' };
const NODE: Scope = { kind: 'computer', computerId: COMPUTER };
const OTHER_NODE: Scope = { kind: 'computer', computerId: 'other' };
const INSTANCE: Scope = { kind: 'partition', ...place(0) };
const OTHER_INSTANCE: Scope = { kind: 'partition', ...place(1) };
const FOREIGN_INSTANCE: Scope = { kind: 'partition', computerId: 'other', partitionId: 'slappart0' };
const FREE_PARTITION: Scope = { kind: 'partition', ...place(2) };

const EVERYBODY = new Map<string, Scope>(
  Object.entries({ PERSON, NODE, OTHER_NODE, INSTANCE, OTHER_INSTANCE, FOREIGN_INSTANCE, FREE_PARTITION }),
);

function document(computerId: string): ComputerDocument {
  return {
    reference: computerId,
    address: '',
    netmask: '',
    partitions: Array.from({ length: computerId === COMPUTER ? 3 : 6 }, (_, index) => ({
      reference: `slappart${index}`,
      interfaceName: 'lo',
      addresses: [],
    })),
  };
}

/** Each call about slappart0 of the local computer, which has an instance, and who may make it. */
const CALLS: readonly [what: string, call: (master: SlapMaster) => unknown, allowed: readonly string[]][] = [
  ['read the whole computer', (m) => m.getFullComputerInformation(COMPUTER), ['PERSON', 'NODE']],
  ['format', (m) => m.loadComputerConfiguration(document(COMPUTER)), ['NODE']],
  ['supply', (m) => m.supply('/a', COMPUTER, 'available'), ['PERSON']],
  ['report software', (m) => m.reportSoftware('/a', COMPUTER, { state: 'building' }), ['NODE']],
  ['report failed software', (m) => m.reportSoftware('/a', COMPUTER, { state: 'error', log: '' }), ['NODE']],
  ['report removed software', (m) => m.reportSoftware('/a', COMPUTER, { state: 'destroyed' }), ['NODE']],
  ['request as a person', (m) => m.requestComputerPartition(asking('one')), ['PERSON']],
  [
    'request as the instance',
    (m) => m.requestComputerPartition(asking('one', { requester: place(0) })),
    ['NODE', 'INSTANCE'],
  ],
  [
    'request as a free partition',
    (m) => m.requestComputerPartition(asking('one', { requester: place(2) })),
    [],
  ],
  ['read the instance', (m) => m.registerComputerPartition(place(0)), ['PERSON', 'NODE', 'INSTANCE']],
  ['publish', (m) => m.setConnectionParameters(place(0), {}, null), ['NODE', 'INSTANCE']],
  [
    'publish for a shared instance',
    (m) => m.setConnectionParameters(place(0), {}, '_x'),
    ['NODE', 'INSTANCE'],
  ],
  ['report the instance', (m) => m.reportInstance(place(0), { state: 'started' }), ['NODE']],
  ['report the failed instance', (m) => m.reportInstance(place(0), { state: 'error', log: '' }), ['NODE']],
  ['bang the instance', (m) => m.bangInstance(place(0), ''), ['PERSON', 'NODE', 'INSTANCE']],
  ['bang the computer', (m) => m.bangComputer(COMPUTER, ''), ['PERSON', 'NODE']],
  ['rename the instance', (m) => m.renameInstance(place(0), 'root'), ['PERSON']],
  ['read the certificate', (m) => m.getPartitionCertificate(place(0)), ['NODE', 'INSTANCE']],
  ['report usage', (m) => m.reportUsage(COMPUTER, '<journal/>'), ['NODE']],
  ['ask for a product', (m) => m.softwareReleasesOfProduct('kvm'), [...EVERYBODY.keys()]],
  // Last: it takes the instance away.
  ['report the destroyed instance', (m) => m.reportInstance(place(0), { state: 'destroyed' }), ['NODE']],
];

const ONE = { instance_guid: 'root______0' };
const HERE = { computer_guid: COMPUTER };
const RELEASE = { ...HERE, software_release_uri: '/a' };
const NEW = {
  sla_parameters: { computer_guid: 'other' },
  title: 'new',
  software_release_uri: 'http://example.org/software.yaml',
  software_type: 'default',
};

/** A JSON-RPC call about the same. */
function rpc<Name extends MethodName>(name: Name, body: MethodBody<Name>) {
  return (transport: SlapTransport): Promise<unknown> => createJsonRpcClient({ transport }).call(name, body);
}

/** A hateoas or REST call: anything but an answer of 200 or more, and less than 300, is a refusal. */
function http(method: string, path: string, body?: object) {
  return async (transport: SlapTransport): Promise<void> => {
    const [pathname = '', query = ''] = path.split('?');
    const response = await transport({
      method,
      path: pathname,
      query,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? '' : JSON.stringify(body),
    });
    if (response.status >= 300) throw new SlapError('forbidden', response.body, { status: response.status });
  };
}

const SERVICES = new URLSearchParams({
  mode: 'search',
  query: 'portal_type:"Instance Tree" AND validation_state:validated',
}).toString();
const COMPUTERS = SERVICES.replace('Instance+Tree', 'Compute+Node');
const ITS_URL = '/software_instance_module/root______0';
const READERS = ['PERSON', 'NODE', 'INSTANCE'];
const REQUESTERS = ['PERSON', 'INSTANCE', 'OTHER_INSTANCE', 'FOREIGN_INSTANCE'];

/** The same questions on the other faces: the rights are the same. */
const OTHER_CALLS: readonly [
  what: string,
  call: (transport: SlapTransport) => Promise<unknown>,
  allowed: readonly string[],
][] = [
  ['request, as who calls (JSON-RPC)', rpc('slapos.post.v0.software_instance', NEW), REQUESTERS],
  ['read the instance (JSON-RPC)', rpc('slapos.get.v0.software_instance', ONE), READERS],
  [
    'read the partition (JSON-RPC)',
    rpc('slapos.get.v0.compute_partition', { ...HERE, compute_partition_id: 'slappart0' }),
    READERS,
  ],
  ['read a tree by its name (JSON-RPC)', rpc('slapos.get.v0.instance_tree', { title: 'root' }), ['PERSON']],
  ['list trees (JSON-RPC)', rpc('slapos.allDocs.v0.instance_tree_list', {}), ['PERSON']],
  ['list computers (JSON-RPC)', rpc('slapos.allDocs.WIP.compute_node_list', {}), ['PERSON']],
  [
    'list a computer’s instances (JSON-RPC)',
    rpc('slapos.allDocs.v0.compute_node_instance_list', HERE),
    ['PERSON', 'NODE'],
  ],
  [
    'list a computer’s software (JSON-RPC)',
    rpc('slapos.allDocs.v0.compute_node_software_installation_list', HERE),
    ['PERSON', 'NODE'],
  ],
  [
    'list a host’s shared instances (JSON-RPC)',
    rpc('slapos.allDocs.v0.instance_node_instance_list', ONE),
    READERS,
  ],
  ['supply (JSON-RPC)', rpc('slapos.post.v0.software_installation', RELEASE), ['PERSON']],
  [
    'report software (JSON-RPC)',
    rpc('slapos.put.v0.software_installation_reported_state', { ...RELEASE, reported_state: 'available' }),
    ['NODE'],
  ],
  [
    'report failed software (JSON-RPC)',
    rpc('slapos.put.v0.software_installation_error', { ...RELEASE, message: '' }),
    ['NODE'],
  ],
  [
    'format (JSON-RPC)',
    rpc('slapos.put.v0.compute_node_format', {
      ...HERE,
      compute_partition_list: [
        { partition_id: 'slappart0' },
        { partition_id: 'slappart1' },
        { partition_id: 'slappart2' },
      ],
    }),
    ['NODE'],
  ],
  [
    'bang the computer (JSON-RPC)',
    rpc('slapos.put.v0.compute_node_bang', { ...HERE, message: '' }),
    ['PERSON', 'NODE'],
  ],
  ['report usage (JSON-RPC)', rpc('slapos.post.v0.compute_node_usage', { ...HERE, tioxml: '' }), ['NODE']],
  [
    'make the computer’s certificate (JSON-RPC)',
    rpc('slapos.post.v0.compute_node_certificate', HERE),
    ['NODE'],
  ],
  [
    'revoke the computer’s certificate (JSON-RPC)',
    rpc('slapos.remove.v0.compute_node_certificate', HERE),
    ['NODE'],
  ],
  [
    'read the computer’s status (JSON-RPC)',
    rpc('slapos.get.v0.compute_node_status', HERE),
    ['PERSON', 'NODE'],
  ],
  [
    'read the certificate (JSON-RPC)',
    rpc('slapos.get.v0.software_instance_certificate', ONE),
    ['NODE', 'INSTANCE'],
  ],
  [
    'publish (JSON-RPC)',
    rpc('slapos.put.v0.software_instance_connection_parameter', { ...ONE, connection_parameter_dict: {} }),
    ['NODE', 'INSTANCE'],
  ],
  [
    'bang the instance (JSON-RPC)',
    rpc('slapos.put.v0.software_instance_bang', { ...ONE, message: '' }),
    READERS,
  ],
  [
    'report the instance (JSON-RPC)',
    rpc('slapos.put.v0.software_instance_reported_state', { ...ONE, reported_state: 'started' }),
    ['NODE'],
  ],
  [
    'report the failed instance (JSON-RPC)',
    rpc('slapos.put.v0.software_instance_error', { ...ONE, message: '' }),
    ['NODE'],
  ],
  ['rename (JSON-RPC)', rpc('slapos.put.v0.software_instance_title', { ...ONE, title: 'root' }), ['PERSON']],
  ['ask where hateoas is (JSON-RPC)', rpc('slapos.get.v0.hateoas_url', {}), [...EVERYBODY.keys()]],
  ['list services (hateoas)', http('GET', `/hateoas/?${SERVICES}`), ['PERSON']],
  ['list computers (hateoas)', http('GET', `/hateoas/?${COMPUTERS}`), ['PERSON']],
  ['read a service (hateoas)', http('GET', '/hateoas/partitions/root'), ['PERSON']],
  ['read a computer (hateoas)', http('GET', `/hateoas/computers/${COMPUTER}`), ['PERSON', 'NODE']],
  ['read the instance (REST)', http('GET', ITS_URL), READERS],
  ['change the instance (REST)', http('PUT', ITS_URL, { status: 'started' }), ['PERSON']],
  ['publish (REST)', http('PUT', `${ITS_URL}/connection`, {}), ['NODE', 'INSTANCE']],
  ['bang (REST)', http('POST', `${ITS_URL}/bang`, { log: '' }), READERS],
  ['read the certificate (REST)', http('GET', `${ITS_URL}/certificate`), ['NODE', 'INSTANCE']],
  ['rename (REST)', http('PUT', `${ITS_URL}/instance_id`, { instance_id: 'root' }), ['PERSON']],
  ['destroy the instance (REST)', http('DELETE', ITS_URL), ['PERSON']],
  // Last: it takes the instance away.
  [
    'report the destroyed instance (JSON-RPC)',
    rpc('slapos.put.v0.software_instance_reported_state', { ...ONE, reported_state: 'destroyed' }),
    ['NODE'],
  ],
];

let running: RunningProxy;

beforeEach(async () => {
  running = await startProxy();
  running.proxy.loadComputerConfiguration(document(COMPUTER));
  running.proxy.loadComputerConfiguration(document('other'));
  running.proxy.requestComputerPartition(asking('root'));
  running.proxy.requestComputerPartition(asking('second'));
  running.proxy.requestComputerPartition(asking('third', { filter: { computer_guid: 'other' } }));
});

afterEach(() => running.stop());

function transportOf(scope: Scope): SlapTransport {
  return createHttpTransport({ url: running.server.url(scope) });
}

function client(scope: Scope): SlapMaster {
  return createClassicClient({ transport: transportOf(scope) });
}

/** Who may; everybody else must be refused, with 403. */
async function whoMay(call: (scope: Scope) => unknown, allowed: readonly string[]): Promise<string[]> {
  const may: string[] = [];
  // Who may goes last: what it changes must not decide about the others.
  const callers = [...EVERYBODY].sort(
    ([one], [other]) => Number(isIn(allowed, one)) - Number(isIn(allowed, other)),
  );
  for (const [name, scope] of callers) {
    const error: unknown = await Promise.resolve(call(scope)).then(
      () => null,
      (refusal: unknown) => refusal,
    );
    if (error === null) may.push(name);
    else expect(error, name).toMatchObject({ status: 403 } satisfies Partial<SlapError>);
  }
  return may.sort();
}

describe('may', () => {
  it.each(CALLS)('%s: who is meant, and nobody else', async (_what, call, allowed) => {
    expect(await whoMay((scope) => call(client(scope)), allowed)).toEqual(allowed.toSorted());
    expect(running.faults).toEqual([]);
  });

  it.each(OTHER_CALLS)('%s: who is meant, and nobody else', async (_what, call, allowed) => {
    expect(await whoMay((scope) => call(transportOf(scope)), allowed)).toEqual(allowed.toSorted());
    expect(running.faults).toEqual([]);
  });
});

describe('sees', () => {
  async function seenBy(scope: Scope): Promise<string[]> {
    const response = await transportOf(scope)({
      method: 'GET',
      path: '/software_instance_module/',
      query: '',
      headers: {},
      body: '',
    });
    if (response.status !== 200) return [String(response.status)];
    const { list } = JSON.parse(response.body) as { list: { instance_guid: string }[] };
    return list.map((instance) => instance.instance_guid);
  }

  it('of all instances what is its own', async () => {
    running.proxy.requestComputerPartition(
      asking('child', { requester: place(0), filter: { computer_guid: 'other' } }),
    );
    running.proxy.requestComputerPartition(asking('guest', { shared: true, requester: place(1) }));
    const root = 'root______0';
    const child = 'child___root___0';
    const guest = 'guest___second___1';
    const third = 'third______0';
    expect(await seenBy(PERSON)).toEqual([root, 'second______0', third, child, guest]);
    expect(await seenBy(NODE)).toEqual([root, 'second______0']);
    expect(await seenBy(OTHER_NODE)).toEqual([third, child]);
    expect(await seenBy(INSTANCE)).toEqual([root, child]);
    expect(await seenBy(OTHER_INSTANCE)).toEqual(['second______0', guest]);
    expect(await seenBy(FREE_PARTITION)).toEqual(['403']);
  });

  it('a shared instance of its own name only when it is its host or who asked', async () => {
    // The tree `third` must not see what a person called `third` too.
    running.proxy.requestComputerPartition(asking('third', { shared: true }));
    const read = rpc('slapos.get.v0.software_instance', { instance_guid: 'third______1' });
    expect(await whoMay((scope) => read(transportOf(scope)), READERS)).toEqual(READERS.toSorted());
  });
});

function isIn(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

describe('an address that a person asks for', () => {
  it.each([
    ['person', PERSON],
    ['computer', NODE],
    [{ computer: 'other' }, OTHER_NODE],
  ] as const)('%j', (whom, scope) => {
    expect(proxyScope(whom, COMPUTER)).toEqual(scope);
  });

  it('is for no computer that the master would not take', () => {
    expect(() => proxyScope({ computer: '../other' }, COMPUTER)).toThrow(
      expect.objectContaining({ code: 'computer-name' }),
    );
  });
});
