import { describe, expect, it } from 'vitest';
import type { SlapValue } from '../../../slap/master.ts';
import { asking, localMaster, place, SOFTWARE } from './local-master.ts';

describe('a request', () => {
  it('takes the first free partition, and tells so', () => {
    const { proxy, changes } = localMaster();
    expect(proxy.requestWithOutcome(asking('one'))).toMatchObject({
      outcome: 'created',
      softwareReplaced: false,
      instance: {
        ...place(0),
        instanceGuid: 'local_computer-slappart0',
        requestedState: 'started',
        ipList: [['lo', '127.64.0.1']],
        connection: {},
        connectionXml: null,
      },
    });
    expect(proxy.requestWithOutcome(asking('two')).instance).toMatchObject(place(1));
    expect(changes()).toEqual([
      { kind: 'request', ...place(0) },
      { kind: 'request', ...place(1) },
    ]);
  });

  it('changes nothing and tells nothing when it is repeated', () => {
    const { proxy, changes, clock } = localMaster();
    const request = asking('one', { parameters: { b: '2', a: 1 } });
    const first = proxy.requestWithOutcome(request);
    changes();
    clock.now += 1000;
    const second = proxy.requestWithOutcome({ ...request, parameters: { a: '1', b: 2 } });
    expect(second.outcome).toBe('unchanged');
    expect(second.instance).toEqual(first.instance);
    expect(changes()).toEqual([]);
  });

  it.each([
    ['parameters', { parameters: { a: 'b' } }, false],
    ['type', { softwareType: 'other' }, false],
    ['state', { state: 'stopped' as const }, false],
    ['software', { softwareUrl: '/other' }, true],
  ])('with another %s updates in place', (_what, change, softwareReplaced) => {
    const { proxy, changes, clock } = localMaster();
    const first = proxy.requestWithOutcome(asking('one'));
    changes();
    clock.now += 1000;
    const second = proxy.requestWithOutcome(asking('one', change));
    expect(second).toMatchObject({ outcome: 'updated', softwareReplaced, instance: place(0) });
    expect(Number(second.instance.timestamp)).toBeGreaterThan(Number(first.instance.timestamp));
    expect(changes()).toEqual([{ kind: 'request', ...place(0) }]);
  });

  it('without a state keeps the one that is stored', () => {
    const { proxy } = localMaster();
    proxy.requestComputerPartition(asking('one', { state: 'stopped' }));
    expect(proxy.requestWithOutcome(asking('one')).outcome).toBe('unchanged');
    expect(proxy.instanceByName('one')?.requestedState).toBe('stopped');
  });

  it('revives an instance whose destruction is not finished, in its partition', () => {
    const { proxy } = localMaster();
    proxy.requestComputerPartition(asking('one', { state: 'destroyed' }));
    expect(proxy.requestComputerPartition(asking('one', { state: 'started' }))).toMatchObject(place(0));
    expect(proxy.releasePartition(place(0))).toBe(false);
    expect(proxy.instanceByName('one')?.requestedState).toBe('started');
  });

  it('goes to the computer it names and to no other', () => {
    const { proxy, format } = localMaster({ partitions: 1 });
    format(1, 'other');
    const elsewhere = { filter: { computer_guid: 'other' } };
    expect(proxy.requestComputerPartition(asking('one', elsewhere)).computerId).toBe('other');
    expect(() => proxy.requestComputerPartition(asking('two', elsewhere))).toThrow(
      'No free computer partition found for: two',
    );
    expect(proxy.requestComputerPartition(asking('one')).computerId).toBe('other');
  });

  it('takes an empty type for the default one, each time', () => {
    const { proxy } = localMaster();
    proxy.requestComputerPartition(asking('one', { softwareType: '' }));
    expect(proxy.requestWithOutcome(asking('one', { softwareType: '' })).outcome).toBe('unchanged');
    expect(proxy.instanceByName('one')?.softwareType).toBe('default');
  });

  it.each([
    ['an empty name', asking(''), 'bad-request'],
    ['a long name', asking('x'.repeat(201)), 'bad-request'],
    ['a name with a line end', asking('a\nb'), 'bad-request'],
    ['a name that no answer could carry', asking('a\uD800'), 'bad-request'],
    ['no software', asking('one', { softwareUrl: '' }), 'bad-request'],
    ['software that no answer could carry', asking('one', { softwareUrl: 'a\0' }), 'bad-request'],
    ['a type that no answer could carry', asking('one', { softwareType: 'a\0' }), 'bad-request'],
    ['a parameter that no answer could carry', asking('one', { parameters: { a: '\0' } }), 'bad-request'],
    ['too large parameters', asking('one', { parameters: { a: 'x'.repeat(1_100_000) } }), 'bad-request'],
    ['a master nobody knows', asking('one', { filter: { master_url: 'http://x/' } }), 'unknown-master'],
    ['an unknown computer', asking('one', { filter: { computer_guid: '?' } }), 'no-free-partition'],
  ])('is refused with %s, and nothing is written or told', (_what, request, code) => {
    const { proxy, changes } = localMaster();
    expect(() => proxy.requestComputerPartition(request)).toThrow(expect.objectContaining({ code }));
    expect(proxy.instances()).toEqual([]);
    expect(changes()).toEqual([]);
  });
});

describe('a child', () => {
  const ofRoot = { requester: place(0) };

  it('belongs to the root of its tree, however deep', () => {
    const { proxy } = localMaster();
    proxy.requestComputerPartition(asking('root'));
    proxy.requestComputerPartition(asking('child', ofRoot));
    proxy.requestComputerPartition(asking('grandchild', { requester: place(1) }));
    expect(proxy.instances().map(({ name, requestedBy }) => [name, requestedBy])).toEqual([
      ['root', ''],
      ['child', 'root'],
      ['grandchild', 'root'],
    ]);
    expect(proxy.registerComputerPartition(place(2)).rootInstanceTitle).toBe('root');
  });

  it('may have the name of a person’s instance', () => {
    const { proxy } = localMaster();
    proxy.requestComputerPartition(asking('root'));
    proxy.requestComputerPartition(asking('one'));
    expect(proxy.requestComputerPartition(asking('one', ofRoot))).toMatchObject(place(2));
    expect(proxy.instanceByName('one')?.partitionId).toBe('slappart1');
    expect(proxy.instanceByName('one', 'root')?.partitionId).toBe('slappart2');
  });

  it('of a free or unknown partition is a person’s', () => {
    const { proxy } = localMaster();
    proxy.requestComputerPartition(asking('one', { requester: place(2) }));
    proxy.requestComputerPartition(asking('two', { requester: place(9) }));
    expect(proxy.instances().map(({ requestedBy }) => requestedBy)).toEqual(['', '']);
  });

  it('that exists follows its root while that is not started', () => {
    const { proxy } = localMaster();
    proxy.requestComputerPartition(asking('root'));
    proxy.requestComputerPartition(asking('child', ofRoot));
    proxy.requestComputerPartition(asking('root', { state: 'stopped' }));
    const answer = proxy.requestComputerPartition(asking('child', { ...ofRoot, state: 'started' }));
    expect(answer.requestedState).toBe('stopped');
    expect(proxy.instanceByName('child', 'root')?.requestedState).toBe('stopped');
    proxy.requestComputerPartition(asking('root', { state: 'started' }));
    proxy.requestComputerPartition(asking('child', { ...ofRoot, state: 'destroyed' }));
    expect(proxy.instanceByName('child', 'root')?.requestedState).toBe('destroyed');
  });
});

describe('a shared instance', () => {
  const shared = { shared: true };

  it('is put on the list of its host, which is told', () => {
    const { proxy, changes, clock } = localMaster();
    proxy.requestComputerPartition(asking('host'));
    const before = proxy.instanceByName('host')?.timestamp;
    changes();
    clock.now += 1;
    const answer = proxy.requestWithOutcome(
      asking('sh', { ...shared, parameters: { list: [1, 1.5], e: '' } }),
    );
    expect(answer).toMatchObject({ outcome: 'created', instance: { ...place(0), shared: true } });
    expect(answer.instance.parameters).toEqual({ list: '[1, 1.5]', e: null });
    expect(proxy.registerComputerPartition(place(0)).sharedInstances).toEqual([
      { slave_title: '_sh', slave_reference: '_sh', slap_software_type: 'default', list: [1, 1.5], e: '' },
    ]);
    expect(proxy.instanceByName('host')?.timestamp).not.toBe(before);
    expect(changes()).toEqual([{ kind: 'request', ...place(0) }]);
  });

  it('keeps its place in the list when it changes, and goes to the end when it comes back', () => {
    const { proxy } = localMaster();
    proxy.requestComputerPartition(asking('host'));
    const titles = (): unknown[] =>
      proxy.registerComputerPartition(place(0)).sharedInstances.map((entry) => entry['slave_title']);
    for (const name of ['a', 'b', 'c']) proxy.requestComputerPartition(asking(name, shared));
    expect(proxy.requestWithOutcome(asking('a', { ...shared, parameters: { x: 1 } })).outcome).toBe(
      'updated',
    );
    expect(titles()).toEqual(['_a', '_b', '_c']);
    proxy.requestComputerPartition(asking('a', { ...shared, state: 'destroyed' }));
    expect(titles()).toEqual(['_b', '_c']);
    proxy.requestComputerPartition(asking('a', shared));
    expect(titles()).toEqual(['_b', '_c', '_a']);
  });

  it('gets what its host publishes for it, and has it again after it was destroyed', () => {
    const { proxy, changes } = localMaster();
    proxy.requestComputerPartition(asking('host'));
    proxy.requestComputerPartition(asking('sh', shared));
    changes();
    proxy.setConnectionParameters(place(0), { url: 'u' }, '_sh');
    proxy.setConnectionParameters(place(0), { url: 'u' }, '_sh');
    expect(changes()).toEqual([{ kind: 'published', ...place(0) }]);
    proxy.requestComputerPartition(asking('sh', { ...shared, state: 'destroyed' }));
    expect(proxy.requestComputerPartition(asking('sh', shared)).connection).toEqual({ url: 'u' });
  });

  it('gets nothing from a partition that does not host it', () => {
    const { proxy } = localMaster();
    proxy.requestComputerPartition(asking('host'));
    proxy.requestComputerPartition(asking('other', { softwareUrl: '/other' }));
    proxy.requestComputerPartition(asking('sh', shared));
    proxy.setConnectionParameters(place(1), { url: 'evil' }, '_sh');
    expect(proxy.requestComputerPartition(asking('sh', shared)).connection).toEqual({});
  });

  it('cannot pass for another by its parameters', () => {
    const { proxy } = localMaster();
    proxy.requestComputerPartition(asking('host'));
    proxy.requestComputerPartition(asking('sh', { ...shared, parameters: { slave_reference: '_victim' } }));
    expect(proxy.registerComputerPartition(place(0)).sharedInstances).toMatchObject([
      { slave_reference: '_sh' },
    ]);
  });

  it('is refused when its parameters would make the host’s answer too deep', () => {
    const { proxy } = localMaster();
    proxy.requestComputerPartition(asking('host'));
    let deep: SlapValue = [];
    for (let level = 0; level < 40; level += 1) deep = [deep];
    const request = asking('sh', { ...shared, parameters: { deep } });
    expect(() => proxy.requestComputerPartition(request)).toThrow(
      expect.objectContaining({ code: 'bad-request' }),
    );
  });

  it('finds its host by type and by guid', () => {
    const { proxy } = localMaster();
    proxy.requestComputerPartition(asking('a', { softwareType: 'x' }));
    proxy.requestComputerPartition(asking('b', { softwareType: 'y' }));
    expect(proxy.requestComputerPartition(asking('sh', { ...shared, softwareType: 'y' }))).toMatchObject(
      place(1),
    );
    expect(proxy.requestComputerPartition(asking('any', { ...shared, softwareType: '' }))).toMatchObject(
      place(0),
    );
    const filter = { instance_guid: 'local_computer-slappart1' };
    expect(
      proxy.requestComputerPartition(asking('g', { ...shared, softwareType: '', filter })),
    ).toMatchObject(place(1));
    expect(() => proxy.requestComputerPartition(asking('n', { ...shared, filter }))).toThrow(
      `No partition corresponding to slave request: ['${SOFTWARE}', 'local_computer', 'default', 'slappart1']`,
    );
  });

  it('finds another host when its own is gone', () => {
    const { proxy } = localMaster();
    proxy.requestComputerPartition(asking('a'));
    proxy.requestComputerPartition(asking('sh', shared));
    proxy.reportInstance(place(0), { state: 'destroyed' });
    proxy.requestComputerPartition(asking('other', { softwareUrl: '/other' }));
    expect(proxy.registerComputerPartition(place(0)).sharedInstances).toEqual([]);
    proxy.requestComputerPartition(asking('b'));
    expect(proxy.requestComputerPartition(asking('sh', shared))).toMatchObject(place(1));
    expect(proxy.registerComputerPartition(place(1)).sharedInstances).toHaveLength(1);
  });

  it('stays with its host though another one comes before it', () => {
    const { proxy, changes } = localMaster();
    proxy.requestComputerPartition(asking('other', { softwareUrl: '/other' }));
    proxy.requestComputerPartition(asking('host'));
    const first = proxy.requestWithOutcome(asking('site', { shared: true }));
    proxy.requestComputerPartition(asking('other'));
    changes();
    const again = proxy.requestWithOutcome(asking('site', { shared: true }));
    expect(again.outcome).toBe('unchanged');
    expect(again.instance).toEqual(first.instance);
    expect(changes()).toEqual([]);
    const changed = asking('site', { shared: true, parameters: { domain: 'a.example' } });
    expect(proxy.requestComputerPartition(changed)).toMatchObject(place(1));
    expect(proxy.requestComputerPartition({ ...changed, state: 'destroyed' })).toMatchObject(place(1));
    expect(proxy.requestComputerPartition(changed)).toMatchObject(place(1));
  });

  it('moves to the first host of the software that it is asked for with, of which both are told', () => {
    const { proxy, changes } = localMaster();
    proxy.requestComputerPartition(asking('host'));
    proxy.requestComputerPartition(asking('other', { softwareUrl: '/other' }));
    proxy.requestComputerPartition(asking('site', { shared: true }));
    changes();
    const moved = proxy.requestComputerPartition(asking('site', { shared: true, softwareUrl: '/other' }));
    expect(moved).toMatchObject(place(1));
    expect(proxy.registerComputerPartition(place(0)).sharedInstances).toEqual([]);
    expect(changes()).toHaveLength(2);
  });

  it('is of the tree that asked for it, whatever the root is called later', () => {
    const { proxy } = localMaster();
    proxy.requestComputerPartition(asking('host'));
    proxy.requestComputerPartition(asking('root', { softwareUrl: '/other' }));
    const request = asking('sh', { ...shared, requester: place(1) });
    proxy.requestComputerPartition(request);
    proxy.renameInstance(place(1), 'renamed');
    expect(proxy.requestWithOutcome(request).outcome).toBe('unchanged');
    // What its host calls it stays.
    expect(proxy.registerComputerPartition(place(0)).sharedInstances).toMatchObject([
      { slave_reference: 'root_sh' },
    ]);
    expect(proxy.listInstances({ of: 'tree', root: 'renamed' }).map(({ guid }) => guid)).toEqual([
      'renamed______0',
      'sh___renamed___1',
    ]);
  });

  it('goes with the tree that asked for it, of which its host is told', () => {
    const { proxy, changes } = localMaster();
    proxy.requestComputerPartition(asking('host'));
    proxy.requestComputerPartition(asking('root', { softwareUrl: '/other' }));
    proxy.requestComputerPartition(asking('sh', { ...shared, requester: place(1) }));
    proxy.requestComputerPartition(asking('mine', shared));
    const before = proxy.instanceByName('host')?.timestamp;
    changes();
    proxy.reportInstance(place(1), { state: 'destroyed' });
    expect(proxy.registerComputerPartition(place(0)).sharedInstances).toMatchObject([
      { slave_reference: '_mine' },
    ]);
    expect(proxy.instanceByName('host')?.timestamp).not.toBe(before);
    expect(changes()).toEqual([
      { kind: 'freed', ...place(1) },
      { kind: 'request', ...place(0) },
    ]);
  });

  it('cannot take over another by a name with the mark in it', () => {
    const { proxy } = localMaster();
    proxy.requestComputerPartition(asking('_a'));
    proxy.requestComputerPartition(asking('a_sh', { ...shared, parameters: { of: 'a person' } }));
    // Its reference would be `_a_sh` too.
    const request = asking('sh', { ...shared, requester: place(0) });
    expect(() => proxy.requestComputerPartition(request)).toThrow(
      expect.objectContaining({ code: 'name-in-use' }),
    );
    expect(proxy.registerComputerPartition(place(0)).sharedInstances).toMatchObject([{ of: 'a person' }]);
  });
});

describe('a request for what is known', () => {
  it.each([{ shared: false }, { shared: true }])('makes nothing anew: %o', (kind) => {
    const { proxy } = localMaster();
    proxy.requestComputerPartition(asking('host'));
    expect(() => proxy.requestComputerPartition(asking('one', { ...kind, isKnown: true }))).toThrow(
      expect.objectContaining({ code: 'unknown-instance' }),
    );
    proxy.requestComputerPartition(asking('one', kind));
    expect(proxy.requestWithOutcome(asking('one', { ...kind, isKnown: true })).outcome).toBe('unchanged');
  });
});
