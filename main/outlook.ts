/**
 * What the shell knows of the agent at a moment. Tray, notifications and dialogs are functions of it.
 */
import type { AgentState, Change, ErrorView, InstanceView } from '../agent/api/contract.ts';

/** The type refuses another number than the agent's. */
export const CONTRACT_VERSION: typeof import('../agent/api/contract.ts').CONTRACT_VERSION = 4;

export type Outlook =
  /** It is being looked for, or started. */
  | { phase: 'starting' }
  /** It could not be started. */
  | { phase: 'failed'; error: ErrorView }
  | { phase: 'connected'; agent: AgentState }
  /** It answers, but not in the words of this version. */
  | { phase: 'other-version' }
  /** It answered and does so no longer. */
  | { phase: 'lost' };

/** The tree after `change`; null as long as no snapshot came. Usage is not followed: nobody here shows it. */
export function applyChange(state: AgentState | null, change: Change): AgentState | null {
  if (change.kind === 'snapshot') return change.state;
  if (state === null) return null;
  switch (change.kind) {
    case 'agent':
      return { ...state, agent: change.agent };
    case 'master': {
      const others = state.masters.filter(({ id }) => id !== change.master.id);
      return { ...state, masters: [...others, change.master] };
    }
    case 'master-removed':
      return { ...state, masters: state.masters.filter(({ id }) => id !== change.id) };
    case 'software': {
      const others = state.software.filter(({ url }) => url !== change.software.url);
      return { ...state, software: [...others, change.software] };
    }
    case 'software-removed':
      return { ...state, software: state.software.filter(({ url }) => url !== change.url) };
    case 'partition': {
      const others = state.partitions.filter(({ id }) => id !== change.partition.id);
      return { ...state, partitions: [...others, change.partition] };
    }
    case 'partition-removed':
      return { ...state, partitions: state.partitions.filter(({ id }) => id !== change.id) };
    default:
      return state;
  }
}

/** An instance and the partition it is in. */
export type Placed = { partition: string; instance: InstanceView };

export function placedInstances(state: AgentState): Placed[] {
  return state.partitions.flatMap(({ id, instance }) =>
    instance === null ? [] : [{ partition: id, instance }],
  );
}

/** Whether it is on its way to being started. */
export function isUnderWay({ state }: Pick<InstanceView, 'state'>): boolean {
  return state === 'waiting' || state === 'installing' || state === 'starting';
}

/** Where its clients connect, without any secret: its URL, or its host and port; null as long as none is published. */
export function addressOf({ connection }: Pick<InstanceView, 'connection'>): string | null {
  const shown = new Map(connection.filter(({ secret }) => !secret).map(({ key, value }) => [key, value]));
  const whole = shown.get('url') ?? shown.get('address');
  if (whole !== undefined) return whole;
  const [host, port] = [shown.get('host'), shown.get('port')];
  if (host === undefined) return null;
  return port === undefined ? host : `${host}:${port}`;
}
