/** From facts, rules and what a person said to what is done: pure, so that it can be asked what it would have done. */
import type { ConditionName, PauseAction, Rules } from '../api/contract-conditions.ts';
import type { Facts } from './facts.ts';
import { CONDITIONS, releaseAt, turn, type Holds } from './holds.ts';
import { saidUntil, stillSaid, type Said } from './said.ts';
import { nextChange } from './schedule.ts';

export type Cause = {
  name: ConditionName | 'person';
  /** When it ends; null: nobody can say. */
  until: number | null;
  action: PauseAction;
};

export type Decision = {
  state: 'running' | 'paused' | 'finishing';
  /** Worst first; empty unless paused. */
  causes: readonly Cause[];
  /** When it goes on by itself; null: nobody can say. */
  until: number | null;
  /** What is done to what is hosted for others; null: it runs. */
  others: PauseAction | null;
  /** The same for a person's own. */
  own: PauseAction | null;
  /** What still holds of what a person said. */
  said: Said | null;
};

/** The worst first: what harms the computer, then what harms who uses it, then what can wait. */
const WORST_FIRST: readonly ConditionName[] = [
  'temperature',
  'battery',
  'disk',
  'activity',
  'fullscreen',
  'load',
  'metered',
  'schedule',
];

/**
 * @param before how the rules held until now.
 * @returns what to do, how the rules hold from now on, and when to ask again though no fact changes.
 */
export function decide(
  before: Holds,
  facts: Facts,
  rules: Rules,
  said: Said | null,
  now: number,
): { decision: Decision; holds: Holds; next: number | null } {
  const { holds, next } = turn(before, facts, rules, now);
  const holding = stillSaid(said, now);
  const until = holding === null ? null : saidUntil(holding);
  const asked = until === null ? next : Math.min(next ?? until, until);
  return { decision: decisionOf(holds, facts, rules, holding, now), holds, next: asked };
}

function decisionOf(holds: Holds, facts: Facts, rules: Rules, said: Said | null, now: number): Decision {
  const conditions = WORST_FIRST.filter((name) => holds[name].holding).map((name): Cause => ({
    name,
    until: untilOf(name, holds, facts, rules, now),
    action: rules[name].action,
  }));
  if (said?.kind === 'run') {
    return { state: 'running', causes: [], until: null, others: null, own: null, said };
  }
  const person: Cause[] =
    said?.kind === 'pause' ? [{ name: 'person', until: saidUntil(said), action: 'freeze' }] : [];
  const causes = [...person, ...conditions];
  const own = conditions.filter(({ name }) => rules.own.some((each) => each === name));
  const running = said?.kind === 'finish' ? 'finishing' : 'running';
  return {
    state: causes.length > 0 ? 'paused' : running,
    causes,
    until: latest(causes),
    others: strongest(causes),
    own: strongest(own),
    said,
  };
}

function untilOf(name: ConditionName, holds: Holds, facts: Facts, rules: Rules, now: number): number | null {
  if (name === 'schedule') return nextChange(rules.schedule.hours, now);
  return releaseAt(name, holds[name], facts, rules, now);
}

function latest(causes: readonly Cause[]): number | null {
  const ends = causes.map(({ until }) => until);
  return ends.length === 0 || ends.includes(null) ? null : Math.max(...ends.filter((end) => end !== null));
}

/** To stop is more than to freeze. */
function strongest(causes: readonly Cause[]): PauseAction | null {
  if (causes.length === 0) return null;
  return causes.some(({ action }) => action === 'stop') ? 'stop' : 'freeze';
}

/** Names of the rules that hold back. */
export function holdingNames(holds: Holds): ConditionName[] {
  return CONDITIONS.filter((name) => holds[name].holding);
}
