import { expect, it } from 'vitest';
import { computerDocument, partitionLayouts } from '../../../agent/node/format.ts';
import { pathsOf } from '../../../agent/paths.ts';

const paths = pathsOf('/srv/slapgrid');
const configuration = { partitionAmount: 2, addressBlock: '127.64.7', identityBase: 1000 };

it('lays out this computer’s own partitions from the first on', () => {
  const own = partitionLayouts(paths, configuration);
  expect(own.map(({ id, address }) => [id, address])).toEqual([
    ['slappart0', '127.64.7.2'],
    ['slappart1', '127.64.7.3'],
  ]);
});

it('lays out those of a master after them: no folder, address or identity is shared', () => {
  const own = partitionLayouts(paths, configuration);
  const hosted = partitionLayouts(paths, configuration, { first: 2, amount: 3 });
  expect(hosted.map(({ id }) => id)).toEqual(['slappart2', 'slappart3', 'slappart4']);
  const all = [...own, ...hosted];
  for (const fact of [
    all.map(({ address }) => address),
    all.map(({ identity }) => String(identity.uid)),
    all.map((layout) => layout.paths.root),
  ])
    expect(new Set(fact).size).toBe(all.length);
});

it('tells a master the addresses where doors listen and no others', () => {
  const hosted = partitionLayouts(paths, configuration, { first: 2, amount: 1 });
  expect(computerDocument({ computerId: 'COMP-1' }, hosted)).toEqual({
    reference: 'COMP-1',
    address: '127.0.0.1',
    netmask: '255.0.0.0',
    partitions: [
      {
        reference: 'slappart2',
        interfaceName: 'lo',
        addresses: [{ address: '127.64.7.4', netmask: '255.255.255.255' }],
      },
    ],
  });
});

it('tells the computer’s own address as the computer’s, and no partition’s unless doors listen there', () => {
  const [layout] = partitionLayouts(paths, configuration);
  const computer = { address: '2001:db8::7', netmask: 'ffff:ffff:ffff:ffff::' };
  const layouts = layout === undefined ? [] : [layout];
  const loopback = { address: '127.64.7.2', netmask: '255.255.255.255' };
  const chosen = { address: '192.0.2.7', netmask: '255.255.255.255' };
  const told = (doors: string[]): unknown =>
    computerDocument({ computerId: 'COMP-1' }, layouts, { computer, doors });
  expect(told([])).toMatchObject({ ...computer, partitions: [{ addresses: [loopback] }] });
  expect(told([chosen.address])).toMatchObject({
    ...computer,
    partitions: [{ addresses: [loopback, chosen] }],
  });
});
