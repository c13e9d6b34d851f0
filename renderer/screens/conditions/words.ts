/** What the screen says, which comes with it. */
import english from '../../../assets/messages/en/page-conditions.json' with { type: 'json' };
import { textOf } from '../../messages.ts';

export const conditionsText = textOf({ en: english });

export const DAYS = [0, 1, 2, 3, 4, 5, 6] as const;
export type Day = (typeof DAYS)[number];

export function dayName(day: Day): string {
  return conditionsText(`page-conditions.day.${day}`);
}

/** `18:00`; the end of a day is `24:00`. */
export function hourText(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00`;
}
