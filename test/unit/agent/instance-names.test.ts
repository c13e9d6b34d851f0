import { expect, it } from 'vitest';
import { LOCAL_MASTER, type PartitionView } from '../../../agent/api/contract.ts';
import { ownInstance, partitionNamed } from '../../../agent/instance-names.ts';
import { readyInstance } from '../../fakes/agent-service.ts';

function partition(id: string, master: string, name: string | null): PartitionView {
  const owner = { kind: 'other' as const, name: 'slap.example.org' };
  return {
    id,
    master,
    address: '127.64.0.2',
    instance: name === null ? null : readyInstance({ name, ...(master === LOCAL_MASTER ? {} : { owner }) }),
  };
}

const PARTITIONS = [
  partition('slappart10', 'one', 'cache'),
  partition('slappart11', 'one', 'theirs'),
  partition('slappart0', LOCAL_MASTER, 'cache'),
  partition('slappart1', LOCAL_MASTER, null),
];

it('means this computer’s own first', () => {
  expect(partitionNamed(PARTITIONS, 'cache').id).toBe('slappart0');
  expect(ownInstance(PARTITIONS, 'cache').name).toBe('cache');
});

it('means what is hosted for a master where none of its own has the name', () => {
  expect(partitionNamed(PARTITIONS, 'theirs').id).toBe('slappart11');
});

it('changes nothing of what is hosted for a master', () => {
  expect(() => ownInstance(PARTITIONS, 'theirs')).toThrow(
    expect.objectContaining({
      code: 'hosted-for-master',
      message: '“theirs” is hosted for slap.example.org: only that master can change it.',
    }),
  );
});

it('says which name nobody has', () => {
  for (const find of [partitionNamed, ownInstance])
    expect(() => find(PARTITIONS, 'nobody')).toThrow(expect.objectContaining({ code: 'unknown-instance' }));
});
