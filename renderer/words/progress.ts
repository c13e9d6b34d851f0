/**
 * What is being done to an instance, in words and as a fraction.
 */
import type { Progress } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { bytesOfText, bytesText, durationText } from './amounts.ts';

export type Step = Progress['step'];

/** In the order in which they happen; `waiting` comes before all of them. */
export const STEPS = [
  'resolving',
  'downloading',
  'verifying',
  'unpacking',
  'preparing',
  'starting',
  'checking',
] as const satisfies readonly Step[];

export function stepText(step: Step): string {
  return text(`page.step.${step}`);
}

/** `8 of 20 MB`, `3 of 27`; empty when there is nothing to count. */
export function amountText({ step, done, total }: Progress): string {
  if (total === 0) return '';
  return step === 'downloading' ? bytesOfText(done, total) : text('page.count', { done, total });
}

/** `4.2 MB/s, about 4 s left`; empty when unknown. */
export function speedText({ done, total, bytesPerSecond = 0 }: Progress): string {
  if (bytesPerSecond <= 0) return '';
  const speed = bytesText(bytesPerSecond);
  return text('page.speed', { speed, left: durationText((total - done) / bytesPerSecond) });
}

/** Of the step, from 0 to 100; null when unknown. */
export function percentOf({ done, total }: Progress): number | null {
  return total === 0 ? null : Math.min(100, Math.round((100 * done) / total));
}
