import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Scope } from '../../../agent/proxy/capabilities.ts';
import { createClassicClient } from '../../../slap/classic/client.ts';
import { SlapError } from '../../../slap/errors.ts';
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
    partitions: ['slappart0', 'slappart1', 'slappart2'].map((reference) => ({
      reference,
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

function client(scope: Scope): SlapMaster {
  return createClassicClient({ transport: createHttpTransport({ url: running.server.url(scope) }) });
}

describe('may', () => {
  it.each(CALLS)('%s: who is meant, and nobody else', async (_what, call, allowed) => {
    const may: string[] = [];
    // Who may goes last: what it changes must not decide about the others.
    const callers = [...EVERYBODY].sort(
      ([one], [other]) => Number(isIn(allowed, one)) - Number(isIn(allowed, other)),
    );
    for (const [name, scope] of callers) {
      const error: unknown = await Promise.resolve(call(client(scope))).then(
        () => null,
        (refusal: unknown) => refusal,
      );
      if (error === null) may.push(name);
      else expect(error, name).toMatchObject({ status: 403 } satisfies Partial<SlapError>);
    }
    expect(may.sort()).toEqual(allowed.toSorted());
    expect(running.faults).toEqual([]);
  });
});

function isIn(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
