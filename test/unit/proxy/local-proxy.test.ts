import { describe, expect, it } from 'vitest';
import type { RestorableInstance } from '../../../agent/proxy/restoring.ts';
import type { InstanceQuery } from '../../../slap/master.ts';
import { asking, COMPUTER, localMaster, place, SOFTWARE } from './local-master.ts';

describe('format', () => {
  it('makes partitions, replaces addresses, and leaves instances alone', () => {
    const { proxy, changes, format } = localMaster({ partitions: 1 });
    proxy.requestComputerPartition(asking('one'));
    const before = proxy.registerComputerPartition(place(0));
    changes();
    format(2);
    expect(proxy.getFullComputerInformation(COMPUTER).partitions).toHaveLength(2);
    expect(proxy.registerComputerPartition(place(0))).toEqual(before);
    expect(changes()).toEqual([{ kind: 'format', computerId: COMPUTER }]);
  });

  it('removes free partitions that are not listed, and never one with an instance', () => {
    const { proxy, format } = localMaster({ partitions: 3 });
    for (const name of ['one', 'two']) proxy.requestComputerPartition(asking(name));
    format(1);
    const left = (): string[] =>
      proxy.getFullComputerInformation(COMPUTER).partitions.map(({ partitionId }) => partitionId);
    expect(left()).toEqual(['slappart0', 'slappart1']);
    proxy.reportInstance(place(1), { state: 'destroyed' });
    format(1);
    expect(left()).toEqual(['slappart0']);
  });

  it.each(['../x', 'a/b', '', '.', '..', 'a\0', '-rf', 'x'.repeat(101)])(
    'refuses %j as a reference, and writes nothing of the document',
    (reference) => {
      const { proxy } = localMaster({ partitions: 1 });
      const partition = { interfaceName: 'lo', addresses: [] };
      expect(() =>
        proxy.loadComputerConfiguration({
          reference: 'other',
          address: '',
          netmask: '',
          partitions: [
            { ...partition, reference: 'good' },
            { ...partition, reference },
          ],
        }),
      ).toThrow(expect.objectContaining({ code: 'invalid-document' }));
      expect(() => proxy.getFullComputerInformation('other')).toThrow('other is not registered.');
    },
  );

  it('is not needed for the default computer to be known', () => {
    const { proxy } = localMaster({ partitions: 0 });
    expect(proxy.getFullComputerInformation(COMPUTER)).toEqual({
      computerId: COMPUTER,
      partitions: [],
      software: [],
    });
  });
});

describe('software', () => {
  it('is listed in the order of the last supply, until its removal is reported', () => {
    const { proxy, changes } = localMaster();
    proxy.supply('/a', COMPUTER, 'available');
    proxy.supply('/b', COMPUTER, 'available');
    proxy.supply('/a', COMPUTER, 'destroyed');
    expect(proxy.softwareList(COMPUTER)).toEqual([
      { url: '/b', requestedState: 'available' },
      { url: '/a', requestedState: 'destroyed' },
    ]);
    changes();
    proxy.reportSoftware('/a', COMPUTER, { state: 'destroyed' });
    proxy.reportSoftware('/a', COMPUTER, { state: 'destroyed' });
    proxy.reportSoftware('/b', COMPUTER, { state: 'available' });
    expect(proxy.softwareList(COMPUTER)).toHaveLength(1);
    expect(changes()).toEqual([{ kind: 'software-freed', computerId: COMPUTER, url: '/a' }]);
  });

  it('is not taken off the list when it was supplied again meanwhile', () => {
    const { proxy } = localMaster();
    proxy.supply('/a', COMPUTER, 'available');
    expect(proxy.releaseSoftware('/a', COMPUTER)).toBe(false);
    proxy.supply('/a', COMPUTER, 'destroyed');
    expect(proxy.releaseSoftware('/a', COMPUTER)).toBe(true);
    expect(proxy.softwareList(COMPUTER)).toEqual([]);
  });
});

describe('publishing', () => {
  it('replaces everything, and tells only of a change', () => {
    const { proxy, changes, clock } = localMaster();
    const { timestamp } = proxy.requestComputerPartition(asking('one'));
    changes();
    clock.now += 1000;
    proxy.setConnectionParameters(place(0), { a: '1', b: 2 }, null);
    proxy.setConnectionParameters(place(0), { b: '2', a: 1 }, null);
    proxy.setConnectionParameters(place(0), { c: '' }, null);
    expect(proxy.instanceByName('one')).toMatchObject({ connection: { c: null }, timestamp });
    expect(changes()).toHaveLength(2);
  });

  it('on a free or unknown partition does nothing', () => {
    const { proxy, changes } = localMaster();
    proxy.setConnectionParameters(place(0), { a: '1' }, null);
    proxy.setConnectionParameters(place(9), { a: '1' }, null);
    proxy.requestComputerPartition(asking('one'));
    expect(proxy.instanceByName('one')?.connection).toEqual({});
    expect(changes()).toHaveLength(1);
  });
});

describe('destruction', () => {
  it('frees the partition for another instance, of which nothing is left', () => {
    const { proxy, changes } = localMaster({ partitions: 1 });
    proxy.requestComputerPartition(asking('one', { parameters: { a: 'b' }, state: 'destroyed' }));
    proxy.setConnectionParameters(place(0), { secret: 'x' }, null);
    changes();
    expect(proxy.releasePartition(place(0))).toBe(true);
    expect(proxy.releasePartition(place(0))).toBe(true);
    expect(changes()).toEqual([{ kind: 'freed', ...place(0) }]);
    expect(proxy.requestComputerPartition(asking('two'))).toMatchObject({
      ...place(0),
      parameters: {},
      connection: {},
    });
  });

  it('waits for children, which are marked in the same call', () => {
    const { proxy, changes } = localMaster();
    proxy.requestComputerPartition(asking('root'));
    for (const name of ['b', 'a']) proxy.requestComputerPartition(asking(name, { requester: place(0) }));
    changes();
    const timestamps = (): unknown[] => proxy.instances().map(({ timestamp }) => timestamp);
    const before = timestamps();
    const report = (): void => proxy.reportInstance(place(0), { state: 'destroyed' });
    expect(report).toThrow('Not destroying yet because this partition has child partitions: a, b');
    expect(timestamps()).toEqual(before);
    expect(changes().map(({ partitionId }) => partitionId)).toEqual(['slappart1', 'slappart2']);
    expect(proxy.instances().map(({ requestedState }) => requestedState)).toEqual([
      'started',
      'destroyed',
      'destroyed',
    ]);
    expect(report).toThrow('Not destroying yet');
    expect(changes()).toEqual([]);
    proxy.reportInstance(place(1), { state: 'destroyed' });
    proxy.reportInstance(place(2), { state: 'destroyed' });
    report();
    expect(proxy.instances()).toEqual([]);
  });

  it('of an unknown partition is an error', () => {
    const { proxy } = localMaster();
    expect(() => proxy.reportInstance(place(9), { state: 'destroyed' })).toThrow(
      "Unknown partition 'slappart9' on 'local_computer'",
    );
  });
});

describe('bang', () => {
  it('moves the time stamp of the whole tree to one and the same, and of nobody else', () => {
    const { proxy, changes, clock } = localMaster();
    proxy.requestComputerPartition(asking('root'));
    proxy.requestComputerPartition(asking('child', { requester: place(0) }));
    proxy.requestComputerPartition(asking('other'));
    const before = proxy.instances().map(({ timestamp }) => timestamp);
    changes();
    clock.now += 1000;
    proxy.bangInstance(place(1), 'why');
    const after = proxy.instances().map(({ timestamp }) => timestamp);
    expect(after[0]).toBe(after[1]);
    expect(Number(after[0])).toBeGreaterThan(Number(before[1]));
    expect(after[2]).toBe(before[2]);
    expect(changes()).toEqual([
      { kind: 'bang', ...place(0) },
      { kind: 'bang', ...place(1) },
    ]);
  });

  it('of a free partition does nothing', () => {
    const { proxy, changes } = localMaster();
    proxy.bangInstance(place(0), '');
    expect(changes()).toEqual([]);
  });

  it('of a computer is told and stores nothing', () => {
    const { proxy, changes } = localMaster();
    const { timestamp } = proxy.requestComputerPartition(asking('one'));
    changes();
    proxy.bangComputer(COMPUTER, 'why');
    expect(changes()).toEqual([{ kind: 'bang', computerId: COMPUTER }]);
    expect(proxy.instanceByName('one')?.timestamp).toBe(timestamp);
  });
});

describe('renaming', () => {
  it('keeps a root’s descendants', () => {
    const { proxy } = localMaster();
    proxy.requestComputerPartition(asking('root'));
    proxy.requestComputerPartition(asking('child', { requester: place(0) }));
    proxy.requestComputerPartition(asking('grandchild', { requester: place(1) }));
    proxy.renameInstance(place(0), 'new');
    expect(proxy.instances().map(({ name, requestedBy }) => [name, requestedBy])).toEqual([
      ['new', ''],
      ['child', 'new'],
      ['grandchild', 'new'],
    ]);
    expect(proxy.requestWithOutcome(asking('child', { requester: place(0) })).outcome).toBe('unchanged');
  });

  it('does not take the children of a root that has a child’s old name', () => {
    const { proxy } = localMaster();
    proxy.requestComputerPartition(asking('x'));
    proxy.requestComputerPartition(asking('x', { requester: place(0) }));
    proxy.renameInstance(place(1), 'y');
    expect(proxy.instances().map(({ name, requestedBy }) => [name, requestedBy])).toEqual([
      ['x', ''],
      ['y', 'x'],
    ]);
  });

  it('refuses a name that is in use', () => {
    const { proxy } = localMaster();
    for (const name of ['one', 'two']) proxy.requestComputerPartition(asking(name));
    expect(() => proxy.renameInstance(place(0), 'two')).toThrow(
      expect.objectContaining({ code: 'name-in-use' }),
    );
    expect(proxy.instanceByName('one')).toBeDefined();
  });
});

describe('time stamps', () => {
  it('are texts of seconds with a decimal point', () => {
    const { proxy, clock } = localMaster();
    expect(proxy.requestComputerPartition(asking('one')).timestamp).toBe('1795354148.101');
    clock.now = 1_795_354_149_000;
    expect(proxy.requestComputerPartition(asking('two')).timestamp).toBe('1795354149.0');
  });

  it('never repeat and never go back, though the clock does', () => {
    const { proxy, clock } = localMaster();
    const stamps = ['a', 'b', 'c', 'd', 'e'].map((value, index) => {
      if (index === 3) clock.now -= 3_600_000;
      return Number(proxy.requestComputerPartition(asking('one', { parameters: { value } })).timestamp);
    });
    expect(stamps).toEqual([...new Set(stamps)].sort((one, other) => one - other));
  });
});

describe('restoring from request records', () => {
  const record = {
    partitionId: 'slappart1',
    name: 'one',
    softwareUrl: SOFTWARE,
    softwareType: 'default',
    parameters: { a: 'b', empty: null },
    requestedState: 'stopped' as const,
    requestedBy: '',
  };

  it('puts instances back where they were, once', () => {
    const { proxy, changes } = localMaster();
    changes();
    expect(proxy.restore([record])).toEqual({ restored: ['slappart1'], passedOver: [] });
    expect(proxy.instanceByName('one')).toMatchObject({ ...record, ...place(1) });
    expect(proxy.restore([record])).toEqual({ restored: [], passedOver: ['slappart1'] });
    expect(changes()).toEqual([{ kind: 'request', ...place(1) }]);
    const same = asking('one', { parameters: { a: 'b', empty: '' } });
    expect(proxy.requestWithOutcome(same)).toMatchObject({ outcome: 'unchanged', instance: place(1) });
  });

  it('works before the computer is formatted, and format keeps them', () => {
    const { proxy, format } = localMaster({ partitions: 0 });
    proxy.restore([{ ...record, partitionId: 'slappart5' }]);
    format(2);
    expect(proxy.instanceByName('one')?.partitionId).toBe('slappart5');
    expect(proxy.requestComputerPartition(asking('two'))).toMatchObject(place(0));
  });

  it('passes over what is taken or was never written here, and restores the rest', () => {
    const { proxy } = localMaster();
    proxy.requestComputerPartition(asking('taken'));
    const result = proxy.restore([
      { ...record, partitionId: 'slappart0', name: 'late' },
      { ...record, name: 'taken' },
      { ...record, partitionId: '../../etc' },
      { ...record, partitionId: 'slappart2' },
    ]);
    expect(result).toEqual({ restored: ['slappart2'], passedOver: ['slappart0', 'slappart1', '../../etc'] });
  });
});

describe('listeners', () => {
  it('hear of a change when it is committed, and may ask for more', () => {
    const { proxy } = localMaster();
    const seen: unknown[] = [];
    const end = proxy.onChange((change) => {
      seen.push([change.kind, proxy.instances().length]);
      if (change.kind === 'request' && seen.length === 1) proxy.supply(SOFTWARE, COMPUTER, 'available');
    });
    proxy.requestComputerPartition(asking('one'));
    end();
    proxy.requestComputerPartition(asking('two'));
    expect(seen).toEqual([
      ['request', 1],
      ['supply', 1],
    ]);
  });

  it('hear nothing of a call that failed half-way, of which nothing is left', () => {
    const { proxy, database, changes } = localMaster();
    changes();
    database.execute(`CREATE TRIGGER fail BEFORE UPDATE ON partition WHEN new.id = 'slappart1'
      BEGIN SELECT raise(ABORT, 'no'); END`);
    proxy.requestComputerPartition(asking('root'));
    changes();
    const before = proxy.registerComputerPartition(place(0));
    expect(() => proxy.requestComputerPartition(asking('second'))).toThrow('no');
    expect(() => proxy.restore([lost('slappart2', 'a'), lost('slappart1', 'b')])).toThrow('no');
    expect(proxy.instances().map(({ name }) => name)).toEqual(['root']);
    expect(proxy.registerComputerPartition(place(0))).toEqual(before);
    expect(changes()).toEqual([]);
  });
});

function lost(partitionId: string, name: string): RestorableInstance {
  return {
    partitionId,
    name,
    softwareUrl: SOFTWARE,
    softwareType: 'default',
    parameters: {},
    requestedState: 'started',
    requestedBy: '',
  };
}

describe('looking up', () => {
  it('finds computers in the order of their first format', () => {
    const { proxy, format } = localMaster();
    format(0, 'COMP-2');
    format(1);
    expect(proxy.listComputers()).toEqual([
      { computerId: COMPUTER, address: '127.0.0.1', netmask: '255.0.0.0' },
      { computerId: 'COMP-2', address: '127.0.0.1', netmask: '255.0.0.0' },
    ]);
    proxy.loadComputerConfiguration({ reference: 'COMP-2', address: null, netmask: null, partitions: [] });
    expect(proxy.getComputer('COMP-2')).toEqual({ computerId: 'COMP-2', address: null, netmask: null });
    expect(() => proxy.listSoftware('COMP-3')).toThrow('COMP-3 is not registered.');
  });

  it('finds instances by each of their ties', () => {
    const { proxy } = localMaster({ partitions: 4 });
    proxy.requestComputerPartition(asking('root'));
    proxy.requestComputerPartition(asking('same', { requester: place(0) }));
    proxy.requestComputerPartition(asking('same'));
    proxy.requestComputerPartition(asking('guest', { shared: true, requester: place(0) }));
    const guids = (query: InstanceQuery): string[] => proxy.listInstances(query).map(({ guid }) => guid);
    const [root, child, same, guest] = ['root______0', 'same___root___0', 'same______0', 'guest___root___1'];
    expect(guids({ of: 'all' })).toEqual([root, child, same, guest]);
    expect(guids({ of: 'roots' })).toEqual([root, same]);
    expect(guids({ of: 'roots', name: 'same' })).toEqual([same]);
    expect(guids({ of: 'tree', root: 'root' })).toEqual([root, child, guest]);
    expect(guids({ of: 'name', name: 'same' })).toEqual([child, same]);
    expect(guids({ of: 'computer', computerId: COMPUTER })).toEqual([root, child, same]);
    expect(guids({ of: 'host', partition: place(0) })).toEqual([guest]);
    expect(proxy.getInstanceOfPartition(place(1)).guid).toBe(child);
    expect(() => proxy.getInstanceOfPartition(place(3))).toThrow('No instance on partition slappart3 found.');
  });

  it('tells a host that never had a shared instance from one that has none any more', () => {
    const { proxy } = localMaster();
    proxy.requestComputerPartition(asking('host'));
    expect(proxy.getInstance('host______0').hosted).toBeNull();
    proxy.requestComputerPartition(asking('sh', { shared: true }));
    proxy.requestComputerPartition(asking('sh', { shared: true, state: 'destroyed' }));
    expect(proxy.getInstance('host______0').hosted).toEqual([]);
  });
});
