/**
 * What can be done with an instance now, besides looking at it.
 */
import type { InstanceView } from '../../agent/api/contract.ts';
import { isComing } from './instance.ts';
import { isHosted } from './owner.ts';

/** In the order in which they are offered. `destroy` asks first. */
export type Command = 'try-again' | 'start' | 'stop' | 'restart' | 'cancel' | 'destroy';

export function commandsOf(instance: InstanceView): Command[] {
  // What is hosted for somebody is started, stopped and ended by their master.
  if (isHosted(instance)) return [];
  const { state, requestedState } = instance;
  if (state === 'destroying' || requestedState === 'destroyed') return [];
  if (state === 'failed')
    return ['try-again', ...(requestedState === 'started' ? (['stop'] as const) : []), 'destroy'];
  if (isComing(instance)) return ['cancel'];
  if (requestedState === 'stopped') return ['start', 'destroy'];
  // What is not up cannot be put down and up again.
  const up = state === 'started' || state === 'restarting';
  return ['stop', ...(up ? (['restart'] as const) : []), 'destroy'];
}
