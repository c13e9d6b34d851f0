/**
 * The one sentence that tells the state of everything, and what is under it.
 */
import type { AgentState, InstanceView } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import type { Connection } from '../state/store.ts';
import { isComing, type Tone } from './instance.ts';

export type Headline = { tone: Tone; label: string; sentence: string; under: string };

export function instancesOf(state: AgentState): InstanceView[] {
  return state.partitions.flatMap(({ instance }) => (instance === null ? [] : [instance]));
}

type Counts = {
  total: number;
  used: number;
  /** Those that need somebody. */
  failed: readonly InstanceView[];
  /** Those that were never ready, and are on their way. */
  coming: readonly InstanceView[];
  running: number;
};

function countsOf(state: AgentState): Counts {
  const instances = instancesOf(state);
  const coming = instances.filter(isComing);
  return {
    total: state.partitions.length,
    used: instances.length,
    failed: instances.filter((instance) => instance.state === 'failed'),
    coming,
    running: instances.filter(
      (instance) =>
        ['started', 'starting', 'restarting'].includes(instance.state) && !coming.includes(instance),
    ).length,
  };
}

export function headlineOf(state: AgentState): Headline {
  const { total, used, failed, coming, running } = countsOf(state);
  const local = { tone: 'local', label: text('page.frame.local') } as const;
  const room = text('page.overview.room', { free: total - used, total });
  if (failed.length > 0) {
    return {
      tone: 'problem',
      label: text('page.frame.problem'),
      sentence: text('page.overview.failed', { count: failed.length, name: failed[0]?.name ?? '' }),
      under: running > 0 ? text('page.overview.failed.others', { count: running }) : room,
    };
  }
  if (coming.length > 0) {
    const sentence = text('page.overview.coming', { count: coming.length, name: coming[0]?.name ?? '' });
    const under = running > 0 ? text('page.overview.coming.others', { count: running }) : '';
    return { ...local, sentence, under: `${under} ${text('page.overview.coming.under')}`.trim() };
  }
  if (running > 0) {
    return { ...local, sentence: text('page.overview.running', { count: running }), under: room };
  }
  if (used > 0) {
    const under = text('page.overview.stopped.under', { count: used });
    return { ...local, sentence: text('page.overview.stopped'), under };
  }
  return { ...local, sentence: text('page.overview.none'), under: text('page.overview.none.under') };
}

/** The state at the foot of the navigation: a shape, a word and one clause. */
export function footOf(
  state: AgentState | null,
  connection: Connection['state'],
): { tone: Tone; label: string; clause: string } {
  if (connection === 'lost') {
    return {
      tone: 'paused',
      label: text('page.frame.no-answer'),
      clause: text('page.frame.no-answer.clause'),
    };
  }
  const local = { tone: 'local', label: text('page.frame.local') } as const;
  if (state === null) return { ...local, clause: text('page.frame.connecting') };
  const { failed, coming, running } = countsOf(state);
  if (failed.length > 0) {
    const clause = text('page.frame.problem.clause', { count: failed.length });
    return { tone: 'problem', label: text('page.frame.problem'), clause };
  }
  if (coming.length > 0)
    return { ...local, clause: text('page.frame.coming.clause', { count: coming.length }) };
  if (running > 0) return { ...local, clause: text('page.frame.local.clause') };
  return { ...local, clause: text('page.frame.idle.clause') };
}
