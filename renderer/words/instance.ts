/**
 * The state of an instance in one or two words, and the meaning it has.
 */
import type { InstanceView } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { isHosted } from './owner.ts';
import { clockText } from './time.ts';

/** `quiet` has no colour: nothing runs, and nothing is wrong. */
export type Tone = 'hosting' | 'local' | 'paused' | 'problem' | 'quiet';

export function toneOf(instance: InstanceView): Tone {
  switch (instance.state) {
    case 'failed':
      return 'problem';
    case 'restarting':
    case 'frozen':
      return 'paused';
    case 'stopped':
    case 'stopping':
    case 'destroying':
      return 'quiet';
    default:
      return isHosted(instance) ? 'hosting' : 'local';
  }
}

export function stateText({ state, owner }: Pick<InstanceView, 'state' | 'owner'>): string {
  // What is wrong with what is hosted is for its master to mend.
  if (state === 'failed' && isHosted({ owner })) return text('page.state.failed.other');
  return text(`page.state.${state}`);
}

/** When what ended is started again, as a time of day; null when that is not known, or nothing ended. */
export function nextStartText({ state, services }: InstanceView): string | null {
  if (state !== 'restarting') return null;
  const starts = services.flatMap(({ nextStartAt }) => (nextStartAt === null ? [] : Date.parse(nextStartAt)));
  const first = Math.min(...starts.filter((at) => !Number.isNaN(at)));
  return Number.isFinite(first) ? clockText(first) : null;
}

/** Whether it has never been ready, and is on its way. */
export function isComing(instance: InstanceView): boolean {
  const underWay = ['waiting', 'installing', 'starting'].includes(instance.state);
  return underWay && instance.connection.length === 0;
}

/** Whether nothing was ever published: there is nothing of it that anybody could use or miss. */
export function wasNeverReady({ connection, promises }: InstanceView): boolean {
  return connection.length === 0 && promises.every(({ state }) => state !== 'kept');
}

/** Whether `typed` is the name. Spaces, and what nobody sees or can type, are nothing to stumble over. */
export function isNameTyped(typed: string, name: string): boolean {
  return visible(typed) === visible(name);
}

function visible(words: string): string {
  return words
    .normalize()
    .replace(/[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replace(/\s+/gu, ' ')
    .trim();
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
