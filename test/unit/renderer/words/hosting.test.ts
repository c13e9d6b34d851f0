import { describe, expect, it } from 'vitest';
import type { AgentState, InstanceView, MasterView } from '../../../../agent/api/contract.ts';
import { commandsOf } from '../../../../renderer/words/commands.ts';
import { toneOf, stateText } from '../../../../renderer/words/instance.ts';
import { fingerprintGroups } from '../../../../renderer/words/masters.ts';
import { namesText } from '../../../../renderer/words/owner.ts';
import { footOf, headlineOf } from '../../../../renderer/words/sentence.ts';
import { readyInstance, standInMaster, StandInAgentService } from '../../../fakes/agent-service.ts';

const ANA = { owner: { kind: 'other', name: 'Ana' } } as const;
const LUCAS = { owner: { kind: 'other', name: 'Lucas' } } as const;

/** A computer of one master: what is its person's own, and what is hosted. */
function computer(
  own: Partial<InstanceView>[],
  hosted: Partial<InstanceView>[],
  over: Partial<MasterView> = {},
): AgentState {
  const service = new StandInAgentService(3);
  for (const [place, each] of own.entries()) {
    service.show(place, readyInstance({ guid: `S${place}`, name: `own-${place}`, ...each }));
  }
  service.join(standInMaster({ partitionAmount: 4, ...over }), ...hosted);
  return service.state();
}

function failing(code: string): Partial<MasterView> {
  return { state: 'failing', error: { code, sentence: 'x', nextStep: '' } };
}

function local(state: AgentState): AgentState {
  return { ...state, agent: { ...state.agent, mode: 'local' } };
}

const said = (state: AgentState): [tone: string, sentence: string, under: string] => {
  const { tone, sentence, under } = headlineOf(state);
  return [tone, sentence, under];
};

describe('the sentence of a computer that joined a master', () => {
  it.each([
    [
      'hosting',
      'Hosting 3 services for Ana and Lucas.',
      'Your own is running too.',
      [{}],
      [ANA, ANA, LUCAS],
      {},
    ],
    [
      'hosting',
      'Ready to host. Nobody is using it now.',
      'slap.example.org can start something here. Your own 2 are running.',
      [{}, {}],
      [],
      {},
    ],
    [
      'hosting',
      'Connecting to slap.example.org.',
      'Your own is running too.',
      [{}],
      [],
      { state: 'connecting' },
    ],
    [
      'hosting',
      'Hosting 1 service. slap.example.org cannot be reached.',
      'What runs keeps running. Nothing new can arrive until it answers.',
      [],
      [ANA],
      failing('master-unreachable'),
    ],
    [
      'paused',
      'slap.example.org does not answer as it should.',
      'What runs keeps running. Nothing new can arrive until it answers.',
      [{}],
      [],
      failing('master-answer'),
    ],
    ['problem', '“own-0” needs you.', '1 other service keeps running.', [{ state: 'failed' }], [ANA], {}],
  ] as const)('%s: %s', (tone, sentence, under, own, hosted, master) => {
    expect(said(computer([...own], [...hosted], master))).toEqual([tone, sentence, under]);
  });

  it('counts only its own in Local, and says that the rest is kept', () => {
    const stopped = { ...ANA, state: 'stopped' } as const;
    const state = local(computer([{}], [stopped, stopped], { state: 'paused' }));
    expect(said(state)).toEqual([
      'local',
      'Running 1 service, only for you.',
      'No network is needed. 2 services for others are stopped and their data is kept.',
    ]);
    expect(said(local(computer([{}], [ANA], { state: 'paused' })))[2]).toContain('is being stopped');
  });

  it.each([
    [['hosting', 'Hosting', 'for Ana'], [ANA], {}, 'shared'],
    [['hosting', 'Hosting', 'a master does not answer'], [ANA], failing('master-no-network'), 'shared'],
    [['hosting', 'Shared', 'nobody uses it now'], [], {}, 'shared'],
    [['paused', 'Shared', 'waiting for a master'], [], failing('master-no-network'), 'shared'],
    [['local', 'Local', 'only for you'], [], { state: 'paused' }, 'local'],
  ] as const)('is at the foot of the navigation %j', (foot, hosted, master, mode) => {
    const state = computer([{}], [...hosted], master);
    const { tone, label, clause } = footOf(mode === 'local' ? local(state) : state, 'connected');
    expect([tone, label, clause]).toEqual(foot);
  });
});

describe('what is hosted', () => {
  it('is started, stopped and ended by its master alone', () => {
    for (const state of ['started', 'stopped', 'failed', 'waiting'] as const)
      expect(commandsOf(readyInstance({ ...ANA, state }))).toEqual([]);
  });

  it('has a colour of its own, and needs nobody here when it failed', () => {
    expect(toneOf(readyInstance(ANA))).toBe('hosting');
    expect(stateText(readyInstance({ ...ANA, state: 'failed' }))).toBe('Failed');
    expect(stateText(readyInstance({ state: 'failed' }))).toBe('Needs you');
  });
});

it('names two people, and counts the rest', () => {
  expect(namesText(['Ana', 'Ana'])).toBe('Ana');
  expect(namesText(['Ana', 'Lucas', 'Ana'])).toBe('Ana and Lucas');
  expect(namesText(['Ana', 'Lucas', 'Inês', 'Bo'])).toBe('Ana, Lucas and 2 others');
});

it('has fingerprints in groups that people can read out', () => {
  expect(fingerprintGroups('aa:bb:cc:dd:ee')).toEqual(['AA:BB:CC:DD', 'EE']);
});
