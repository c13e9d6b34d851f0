/**
 * The state of an instance in one or two words, and the meaning it has.
 */
import type { InstanceView } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { clockText } from './amounts.ts';

/** `quiet` has no colour: nothing runs, and nothing is wrong. */
export type Tone = 'local' | 'paused' | 'problem' | 'quiet';

export function toneOf(instance: InstanceView): Tone {
  switch (instance.state) {
    case 'failed':
      return 'problem';
    case 'restarting':
      return 'paused';
    case 'stopped':
    case 'stopping':
    case 'destroying':
      return 'quiet';
    default:
      return 'local';
  }
}

export function stateText(instance: InstanceView): string {
  const nextStart = instance.services.find(({ nextStartAt }) => nextStartAt !== null)?.nextStartAt;
  if (instance.state === 'restarting' && nextStart !== undefined && nextStart !== null) {
    return text('page.state.restarting-at', { time: clockText(nextStart) });
  }
  return text(`page.state.${instance.state}`);
}

/** Whether it has never been ready, and is on its way. */
export function isComing(instance: InstanceView): boolean {
  const underWay = ['waiting', 'installing', 'starting'].includes(instance.state);
  return underWay && instance.connection.length === 0;
}

/** `2 of 3 promises kept`; empty when it has none. */
export function promisesText({ promises }: InstanceView): string {
  if (promises.length === 0) return '';
  const kept = promises.filter(({ state }) => state === 'kept').length;
  return text('page.promises', { kept, total: promises.length });
}

/** Where its clients connect, without any secret: its URL, or its host and port; null as long as none is published. */
export function addressOf({ connection }: InstanceView): string | null {
  const shown = new Map(connection.filter(({ secret }) => !secret).map(({ key, value }) => [key, value]));
  const whole = shown.get('url') ?? shown.get('address');
  if (whole !== undefined) return whole;
  const [host, port] = [shown.get('host'), shown.get('port')];
  if (host === undefined) return null;
  return port === undefined ? host : `${host}:${port}`;
}
