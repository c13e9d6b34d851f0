/**
 * The one sentence that tells the state of everything, and what is under it.
 */
import type { AgentState, InstanceView } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { isComing, type Tone } from './instance.ts';

export type Headline = { tone: Tone; label: string; sentence: string; under: string };

export function instancesOf(state: AgentState): InstanceView[] {
  return state.partitions.flatMap(({ instance }) => (instance === null ? [] : [instance]));
}

export function headlineOf(state: AgentState): Headline {
  const instances = instancesOf(state);
  const total = state.partitions.length;
  const free = total - instances.length;
  const room = text('page.room', { free, total });
  const label = text('page.local');
  const failed = instances.filter((instance) => instance.state === 'failed');
  const coming = instances.filter(isComing);
  const running = instances.filter(({ state: now }) => ['started', 'starting', 'restarting'].includes(now));
  if (failed.length > 0) {
    const sentence = text('page.headline.failed', { count: failed.length, name: failed[0]?.name ?? '' });
    return {
      tone: 'problem',
      label: text('page.problem'),
      sentence,
      under: text('page.headline.failed.under'),
    };
  }
  if (coming.length > 0) {
    const sentence = text('page.headline.coming', { count: coming.length, name: coming[0]?.name ?? '' });
    return { tone: 'local', label, sentence, under: text('page.headline.coming.under') };
  }
  if (running.length > 0) {
    return {
      tone: 'local',
      label,
      sentence: text('page.headline.running', { count: running.length }),
      under: room,
    };
  }
  if (instances.length > 0) {
    const sentence = text('page.headline.stopped', { count: instances.length });
    return { tone: 'local', label, sentence, under: text('page.headline.stopped.under') };
  }
  return {
    tone: 'local',
    label,
    sentence: text('page.headline.none'),
    under: text('page.headline.none.under'),
  };
}
