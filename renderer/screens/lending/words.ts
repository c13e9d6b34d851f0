/** What the screen says, which comes with it. */
import english from '../../../assets/messages/en/page-lending.json' with { type: 'json' };
import type { LimitName } from '../../../agent/api/contract-lending.ts';
import { textOf } from '../../messages.ts';
import { bytesText } from '../../words/amounts.ts';
import { cpusText } from '../../words/usage.ts';
import { inUnit, unitOf } from './limits.ts';

export const lendingText = textOf({ en: english });

const whole = new Intl.NumberFormat('en');
/** Between a number and its unit. */
const JOINT = '\u00a0';

/** `2 CPUs`, `4 GB`, `256`, `10 Mbit/s`. */
export function limitText(name: LimitName, limit: number): string {
  switch (unitOf(name)) {
    case 'cpus':
      return `${cpusText(limit)}${lendingText('page-lending.unit.cpus', { value: limit }).replace(' ', JOINT)}`;
    case 'gigabytes':
      return bytesText(limit);
    case 'megabits':
      return `${whole.format(inUnit(name, limit))}${lendingText('page-lending.unit.megabits').replace(' ', JOINT)}`;
    default:
      return whole.format(limit);
  }
}

/** As it stands in the column, where the unit of CPUs is said by its row. */
export function usedText(name: LimitName, used: number): string {
  return name === 'cpus' ? cpusText(used) : limitText(name, used);
}
