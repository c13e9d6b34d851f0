import { describe, expect, it } from 'vitest';
import { countsOf, groupOf, isListed, usedOf } from '../../../../renderer/screens/partitions/filter.ts';
import { readyInstance, StandInAgentService } from '../../../fakes/agent-service.ts';

const service = new StandInAgentService(4);
service.show(0, readyInstance());
service.show(1, readyInstance({ name: 'Sessions', softwareTitle: 'Redis', state: 'stopped' }));
service.show(3, readyInstance({ name: 'site', softwareTitle: 'nginx', state: 'failed' }));
const used = usedOf(service.state().partitions);
const listed = (filter: Parameters<typeof isListed>[1], words: string): string[] =>
  used.filter((partition) => isListed(partition, filter, words)).map(({ id }) => id);

describe('the partitions that are listed', () => {
  it('are those that somebody lives in', () => {
    expect(used.map(({ id }) => id)).toEqual(['slappart0', 'slappart1', 'slappart3']);
  });

  it('are each in one group beside all', () => {
    expect(countsOf(used)).toEqual({ all: 3, running: 1, stopped: 1, problem: 1 });
    expect(listed('all', '')).toHaveLength(3);
    expect(listed('problem', '')).toEqual(['slappart3']);
  });

  it.each([
    ['waiting', 'running'],
    ['installing', 'running'],
    ['starting', 'running'],
    ['started', 'running'],
    ['restarting', 'running'],
    ['stopping', 'stopped'],
    ['stopped', 'stopped'],
    ['destroying', 'stopped'],
    ['failed', 'problem'],
  ] as const)('%s counts as %s', (state, group) => {
    expect(groupOf(readyInstance({ state }))).toBe(group);
  });

  it.each([
    ['by name, whatever its case', 'sESSions', ['slappart1']],
    ['by software', 'nginx', ['slappart3']],
    ['by partition', 'slappart0', ['slappart0']],
    ['by address', '127.64.0.2', ['slappart1']],
    ['by several words, each somewhere', 'redis 127.64', ['slappart1']],
    ['by nothing but spaces', '   ', ['slappart0', 'slappart1', 'slappart3']],
    ['not by patterns', '.*', []],
  ])('are found %s', (_, words, ids) => {
    expect(listed('all', words)).toEqual(ids);
  });
});
