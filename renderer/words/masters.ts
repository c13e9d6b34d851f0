/**
 * What is said about masters. These sentences are an area of their own: who never joins one does not load them first.
 */
import english from '../../assets/messages/en/masters.json' with { type: 'json' };
import type { MasterView } from '../../agent/api/contract.ts';
import { textOf } from '../messages.ts';
import type { Tone } from './instance.ts';
import { clockText } from './time.ts';

export const mastersText = textOf({ en: english });

export function masterStateText({ state }: MasterView): string {
  return mastersText(`masters.state.${state}`);
}

export function masterTone({ state }: MasterView): Tone {
  switch (state) {
    case 'connected':
      return 'hosting';
    case 'aside':
    case 'failing':
    case 'paused':
      return 'paused';
    default:
      return 'quiet';
  }
}

/** When it is asked again by itself, as a time of day; null when that is not known. */
export function nextTryText({ nextTryAt }: MasterView): string | null {
  const at = Date.parse(nextTryAt ?? '');
  return Number.isNaN(at) ? null : clockText(at);
}

/** `3F:9A:11:C4`, `7E:08:D2:55`, …: four pairs at a time, as people read them out. */
export function fingerprintGroups(fingerprint: string): string[] {
  const pairs = fingerprint.toUpperCase().split(':');
  return Array.from({ length: Math.ceil(pairs.length / 4) }, (_, group) =>
    pairs.slice(4 * group, 4 * group + 4).join(':'),
  );
}
