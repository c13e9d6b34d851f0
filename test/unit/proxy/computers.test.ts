/** Several computers in one local master (§6.1, §7.4). */
import { beforeEach, expect, it } from 'vitest';
import { Database } from '../../../agent/database.ts';
import { LocalProxy } from '../../../agent/proxy/local-proxy.ts';
import { migrate } from '../../../agent/proxy/schema.ts';
import type { InstanceRequest, SoftwareInstanceRecord } from '../../../slap/master.ts';

let proxy: LocalProxy;
beforeEach(() => {
  const database = new Database(':memory:');
  migrate(database, ':memory:');
  proxy = new LocalProxy({ database, computerId: 'one' });
  for (const reference of ['one', 'two']) {
    proxy.loadComputerConfiguration({
      reference,
      address: '',
      netmask: '',
      // The same names on both.
      partitions: ['slappart0', 'slappart1'].map((each) => ({
        reference: each,
        interfaceName: 'lo',
        addresses: [{ address: `${reference}-${each}`, netmask: '' }],
      })),
    });
  }
});

function request(name: string, more: Partial<InstanceRequest> = {}): SoftwareInstanceRecord {
  return proxy.requestComputerPartition({
    softwareUrl: 'http://e/',
    softwareType: 'default',
    name,
    state: null,
    parameters: {},
    filter: {},
    shared: false,
    requester: null,
    ...more,
  });
}

const onTwo = { filter: { computer_guid: 'two' } };

it('has requests go to the computer they name, and to the default one otherwise', () => {
  expect(request('a')).toMatchObject({ computerId: 'one', partitionId: 'slappart0' });
  expect(request('b', onTwo)).toMatchObject({ computerId: 'two', partitionId: 'slappart0' });
  expect(request('b', onTwo).ipList).toEqual([['lo', 'two-slappart0']]);
});

it('finds an instance by its name wherever it is', () => {
  request('b', onTwo);
  expect(request('b')).toMatchObject({ computerId: 'two', outcome: 'unchanged' });
});

it('does not go to another computer when one is full', () => {
  for (const name of ['a', 'b']) request(name, onTwo);
  expect(() => request('c', onTwo)).toThrow('No free computer partition');
  expect(request('c')).toMatchObject({ computerId: 'one' });
});

it('keeps a tree together over computers', () => {
  request('root');
  const requester = { computerId: 'one', partitionId: 'slappart0' };
  request('child', { ...onTwo, requester });
  request('root', { state: 'stopped' });
  expect(request('child', { ...onTwo, requester }).requestedState).toBe('stopped');
  expect(() => proxy.reportInstance(requester, { state: 'destroyed' })).toThrow('child partitions: child');
});

it('looks for the host of a shared instance on that computer only', () => {
  request('host', onTwo);
  expect(() => request('mine', { shared: true })).toThrow('No partition corresponding');
  expect(request('mine', { ...onTwo, shared: true })).toMatchObject({ computerId: 'two' });
});

it('frees and reports what is on one computer and nothing on the other', () => {
  request('a');
  request('b', onTwo);
  proxy.reportInstance({ computerId: 'two', partitionId: 'slappart0' }, { state: 'destroyed' });
  expect(proxy.instances().map(({ name }) => name)).toEqual(['a']);
  proxy.supply('http://e/', 'two', 'available');
  expect(proxy.getFullComputerInformation('one').software).toEqual([]);
  expect(proxy.getFullComputerInformation('two').software).toHaveLength(1);
});
