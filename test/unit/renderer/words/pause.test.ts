import { describe, expect, it } from 'vitest';
import type { ConditionsView, Reason } from '../../../../agent/api/contract-conditions.ts';
import type { AgentState } from '../../../../agent/api/contract.ts';
import { footOf, headlineOf } from '../../../../renderer/words/sentence.ts';
import { untilText } from '../../../../renderer/words/time.ts';
import { readyInstance, standInMaster, StandInAgentService } from '../../../fakes/agent-service.ts';

const ANA = { owner: { kind: 'other', name: 'Ana' } } as const;

function hosting(hosted: number, over: Partial<ConditionsView>): AgentState {
  const service = new StandInAgentService(2);
  service.show(0, readyInstance());
  service.join(
    standInMaster({ partitionAmount: 5 }),
    ...Array.from({ length: hosted }, (_, place) => ({ ...ANA, name: `h${place}` })),
  );
  service.halt([], over);
  return service.state();
}

const because = (cause: Reason['cause'], sentence: string, over: Partial<Reason> = {}): Reason => ({
  cause,
  sentence,
  ends: '',
  until: null,
  action: 'freeze',
  ...over,
});

describe('the sentence of a pause', () => {
  it.each([
    ['one reason', [because('battery', 'on battery')], 'Paused: on battery.'],
    [
      'the two worst of three',
      [because('battery', 'on battery'), because('load', 'it is busy'), because('schedule', 'it is night')],
      'Paused: on battery, and it is busy.',
    ],
    ['a person', [because('person', 'by you')], 'Paused by you.'],
    ['a person before all else', [because('person', 'by you'), because('battery', 'x')], 'Paused by you.'],
    ['no reason that is known', [], 'Paused by you.'],
  ])('names %s', (_, reasons, sentence) => {
    expect(headlineOf(hosting(1, { reasons }))).toMatchObject({ tone: 'paused', label: 'Paused', sentence });
  });

  it.each([
    [0, 'freeze', 'Nobody uses it now. Your own keeps running.'],
    [1, 'freeze', '1 service for Ana is frozen and its data is kept. Your own keeps running.'],
    [2, 'stop', '2 services for Ana are stopped and their data is kept. Your own keeps running.'],
  ] as const)('says what it does to %d services (%s)', (hosted, action, under) => {
    const reasons = [because('battery', 'on battery', { action })];
    expect(headlineOf(hosting(hosted, { reasons })).under).toBe(under);
  });

  it('says what is left while it finishes', () => {
    const state = hosting(2, { state: 'finishing' });
    expect(headlineOf(state).sentence).toBe('Finishing: 2 services for others are left.');
    expect(footOf(state, 'connected')).toEqual({
      tone: 'paused',
      label: 'Finishing',
      clause: '2 services are left',
    });
  });

  it('comes after what of their own needs somebody', () => {
    const state = hosting(1, { reasons: [because('battery', 'on battery')] });
    const partitions = state.partitions.map((partition) =>
      partition.instance?.owner.kind === 'me'
        ? { ...partition, instance: { ...partition.instance, state: 'failed' as const } }
        : partition,
    );
    expect(headlineOf({ ...state, partitions }).tone).toBe('problem');
  });
});

describe('the foot', () => {
  it('says until when, or why', () => {
    const reasons = [because('battery', 'on battery')];
    expect(footOf(hosting(1, { reasons }), 'connected').clause).toBe('on battery');
    const until = new Date(Date.now() + 60_000).toISOString();
    expect(footOf(hosting(1, { reasons, until }), 'connected').clause).toMatch(/^until /u);
  });
});

describe('when something will be', () => {
  const at = (day: number, hour: number): number => new Date(2026, 10, day, hour, 10).getTime();

  it.each([
    ['a time', 22, /^18[:.]10|^6[:.]10/u],
    ['tomorrow', 23, /^tomorrow at /u],
    ['a day', 29, /29/u],
  ])('is said as %s', (_, day, words) => {
    expect(untilText(at(day, 18), at(22, 9))).toMatch(words);
  });
});
