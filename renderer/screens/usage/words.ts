/** What the screen says, which comes with it. */
import english from '../../../assets/messages/en/page-usage.json' with { type: 'json' };
import { textOf } from '../../messages.ts';

export const usageText = textOf({ en: english });

/** Between a number and its unit. */
const JOINT = '\u00a0';
const three = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** `128 h`, `12 min`, `40 s`: amounts of time that are compared with each other, in one part. */
export function timeSpentText(seconds: number): string {
  if (seconds >= 3600) {
    const hours = seconds / 3600;
    return `${hours >= 1000 ? whole.format(hours) : three.format(hours)}${JOINT}h`;
  }
  if (seconds >= 60) return `${whole.format(seconds / 60)}${JOINT}min`;
  return `${whole.format(seconds)}${JOINT}s`;
}
