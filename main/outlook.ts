/**
 * What the shell knows of the agent at a moment. Tray, notifications and dialogs are functions of it.
 */
import type { AgentState, Change, ErrorView, InstanceView, MasterView } from '../agent/api/contract.ts';

/** The type refuses another number than the agent's. */
export const CONTRACT_VERSION: typeof import('../agent/api/contract.ts').CONTRACT_VERSION = 6;

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
    case 'lending':
      return { ...state, lending: change.lending };
    case 'conditions':
      return { ...state, conditions: change.conditions };
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

/** Whether it works for masters now: at least one was joined, and the mode is not local. */
export function isShared({ agent, masters }: AgentState): boolean {
  return agent.mode === 'shared' && masters.some(({ state }) => state !== 'aside');
}

/** What passes by itself more often than not: a train, a server that starts anew. */
const PASSING: ReadonlySet<string> = new Set([
  'hosting-no-answer',
  'hosting-redirects',
  'hosting-unreadable',
  'hosting-wrong-status',
  'master-no-network',
  'master-unreachable',
  'master-answer',
]);

/** Whether it fails for a reason that nobody mends by waiting: a certificate, a clock, a key that is no longer known there. */
export function needsPerson({ state, error }: MasterView): boolean {
  return state === 'failing' && !PASSING.has(error?.code ?? '');
}

/** Whether it is hosted for somebody else, whose master decides about it. */
export function isHosted({ owner }: Pick<InstanceView, 'owner'>): boolean {
  return owner.kind === 'other';
}

/** Whether it failed and its person is the one to mend it: of what is hosted, its master is told. */
export function needsYou({ state, owner }: Pick<InstanceView, 'state' | 'owner'>): boolean {
  return state === 'failed' && !isHosted({ owner });
}

/** An instance and the partition it is in. */
export type Placed = { partition: string; instance: InstanceView };

export function placedInstances(state: AgentState): Placed[] {
  return state.partitions.flatMap(({ id, instance }) =>
    instance === null ? [] : [{ partition: id, instance }],
  );
}

export function runs({ state }: Pick<InstanceView, 'state'>): boolean {
  return state === 'started' || state === 'restarting';
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
