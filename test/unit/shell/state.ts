/**
 * What the shell may know of the agent, for tests.
 */
import type { AgentState, InstanceView, MasterView } from '../../../agent/api/contract.ts';
import type { Outlook } from '../../../main/outlook.ts';
import { readyInstance, standInMaster, StandInAgentService } from '../../fakes/agent-service.ts';

/** The tree with these instances, each in the partition of its place. */
export function stateWith(...instances: Partial<InstanceView>[]): AgentState {
  const service = new StandInAgentService();
  for (const [index, over] of instances.entries()) {
    service.show(index, readyInstance({ guid: `G-${index}`, name: `service-${index}`, ...over }));
  }
  return service.state();
}

export function connectedWith(...instances: Partial<InstanceView>[]): Outlook {
  return { phase: 'connected', agent: stateWith(...instances) };
}

/** The same of a computer that joined masters. */
export function joinedTo(state: AgentState, ...masters: Partial<MasterView>[]): AgentState {
  return {
    ...state,
    masters: masters.map((over, index) => standInMaster({ id: `M-${index}`, ...over })),
  };
}

/** What makes an instance one of Ana's. */
export const FOR_ANA = { owner: { kind: 'other', name: 'Ana' } } as const;

export function failing(code: string): Partial<MasterView> {
  return { state: 'failing', error: { code, sentence: 'It does not answer.', nextStep: 'Wait.' } };
}

export const NOTICE = {
  id: 'disk',
  code: 'disk-low',
  sentence: '0.8 GB of disk is left.',
  nextStep: 'Free space.',
};

export function withNotice(state: AgentState): AgentState {
  return { ...state, agent: { ...state.agent, notices: [NOTICE] } };
}
