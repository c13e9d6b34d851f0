/** The considerate rules, and what is shown before anything is known. */
import type { ConditionsView, Rules } from '../api/contract-conditions.ts';

/** Not on battery, not while the person is at work on a loaded machine, not over a metered connection. */
export const DEFAULT_RULES: Rules = {
  battery: { enabled: true, action: 'freeze', belowPercent: 100 },
  activity: { enabled: true, action: 'freeze', minutes: 10, loadPercent: 50 },
  load: { enabled: false, action: 'freeze', percent: 80 },
  metered: { enabled: true, action: 'freeze' },
  temperature: { enabled: true, action: 'freeze', celsius: 85 },
  disk: { enabled: true, action: 'freeze', freeBytes: 2_000_000_000 },
  fullscreen: { enabled: true, action: 'freeze' },
  schedule: { enabled: false, action: 'freeze', hours: Array.from({ length: 7 }, () => '1'.repeat(24)) },
  own: [],
};

export function untoldConditions(): ConditionsView {
  return {
    state: 'running',
    since: new Date(0).toISOString(),
    until: null,
    reasons: [],
    said: null,
    ownPaused: false,
    rules: DEFAULT_RULES,
    facts: [],
  };
}
