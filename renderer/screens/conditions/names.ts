import type { ConditionName } from '../../../agent/api/contract-conditions.ts';

/** In the order of the rules on the screen. */
export const CONDITION_NAMES = [
  'battery',
  'activity',
  'load',
  'metered',
  'temperature',
  'disk',
  'fullscreen',
  'schedule',
] as const satisfies readonly ConditionName[];
