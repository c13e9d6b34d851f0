/**
 * Whether each rule holds back, over time. A rule turns only after what contradicts it has lasted; one that comes back again and
 * again is believed less each time, so that no sequence of facts makes anything flap.
 */
import { conditionNameSchema, type ConditionName, type Rules } from '../api/contract-conditions.ts';
import type { Facts } from './facts.ts';
import { judge, type Verdict } from './judgement.ts';
import { localHour, type LocalHour } from './schedule.ts';

export const CONDITIONS: readonly ConditionName[] = conditionNameSchema.options;

export type Hold = {
  holding: boolean;
  /** Since when the facts say the contrary; null: they do not. */
  contrarySince: number | null;
  /** When it let go last; null: it never held. */
  endedAt: number | null;
  /** How often it came back soon after it had let go. */
  returns: number;
};

export type Holds = Readonly<Record<ConditionName, Hold>>;

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** How long the contrary must last before a rule holds back, and before it lets go. */
export const DELAYS: Readonly<Record<ConditionName, { hold: number; release: number }>> = {
  battery: { hold: 0, release: MINUTE },
  activity: { hold: MINUTE, release: 2 * MINUTE },
  load: { hold: MINUTE, release: 2 * MINUTE },
  metered: { hold: 0, release: MINUTE },
  temperature: { hold: 10 * SECOND, release: 2 * MINUTE },
  disk: { hold: 0, release: MINUTE },
  fullscreen: { hold: 3 * SECOND, release: MINUTE },
  schedule: { hold: 0, release: 0 },
};

/** One that holds again within this came back. */
const RETURN = 30 * MINUTE;
const MOST_RETURNS = 4;
const LONGEST_RELEASE = 15 * MINUTE;

const AT_REST: Hold = { holding: false, contrarySince: null, endedAt: null, returns: 0 };

/** @param holding those that held back when the last agent ended. */
export function initialHolds(holding: readonly ConditionName[] = []): Holds {
  return eachHold((name) => ({ ...AT_REST, holding: holding.includes(name) }));
}

function eachHold(hold: (name: ConditionName) => Hold): Holds {
  return {
    battery: hold('battery'),
    activity: hold('activity'),
    load: hold('load'),
    metered: hold('metered'),
    temperature: hold('temperature'),
    disk: hold('disk'),
    fullscreen: hold('fullscreen'),
    schedule: hold('schedule'),
  };
}

/** The same after other rules were set: what holds back by a rule that was changed is judged anew, without waiting. */
export function holdsAfterChange(holds: Holds, before: Rules, after: Rules): Holds {
  const isSame = (name: ConditionName): boolean =>
    JSON.stringify(before[name]) === JSON.stringify(after[name]);
  return eachHold((name) => (holds[name].holding && !isSame(name) ? AT_REST : holds[name]));
}

/** The same on a wall clock that was moved. */
export function holdsAfterMove(holds: Holds, milliseconds: number): Holds {
  const moved = (at: number | null): number | null => (at === null ? null : at + milliseconds);
  return eachHold((name) => {
    const { contrarySince, endedAt, ...hold } = holds[name];
    return { ...hold, contrarySince: moved(contrarySince), endedAt: moved(endedAt) };
  });
}

export type Turn = {
  holds: Holds;
  /** When something may turn though no fact changes; null: never. */
  next: number | null;
};

/** Follows the facts at a moment. Where nothing changes, what is returned is what was given. */
export function turn(before: Holds, facts: Facts, rules: Rules, now: number): Turn {
  const hour = localHour(now);
  let next = Number.POSITIVE_INFINITY;
  let changed: { [name in ConditionName]?: Hold } | null = null;
  for (const name of CONDITIONS) {
    const hold = before[name];
    const after = turnOne(name, hold, facts, rules, now, hour);
    next = Math.min(next, dueAt(name, after, facts, rules, now, hour));
    if (after !== hold) {
      changed ??= {};
      changed[name] = after;
    }
  }
  const holds = changed === null ? before : { ...before, ...changed };
  return { holds, next: Number.isFinite(next) ? next : null };
}

/** One rule: none depends on another. @param hour of `now`. */
export function turnOne(
  name: ConditionName,
  hold: Hold,
  facts: Facts,
  rules: Rules,
  now: number,
  hour: LocalHour,
): Hold {
  if (!rules[name].enabled && !hold.holding && hold.contrarySince === null) return hold;
  const after = follow(name, hold, judge(name, facts, rules, hold.holding, now, hour), rules, now);
  if (after.holding === hold.holding) return after;
  // The other limit counts from now on.
  return follow(name, after, judge(name, facts, rules, after.holding, now, hour), rules, now);
}

/** When one rule may turn though no fact changes; Infinity: never. */
export function dueAt(
  name: ConditionName,
  hold: Hold,
  facts: Facts,
  rules: Rules,
  now: number,
  hour: LocalHour,
): number {
  let due = Number.POSITIVE_INFINITY;
  if (hold.contrarySince !== null) {
    const at = turnsAt(name, hold, judge(name, facts, rules, hold.holding, now, hour), rules);
    due = Math.max(at ?? due, now + 1);
  }
  if (!rules[name].enabled) return due;
  if (name === 'schedule') return Math.min(due, hour.to);
  if (name !== 'activity' || facts.activeAt === null) return due;
  const quietAt = facts.activeAt + rules.activity.minutes * MINUTE;
  return quietAt > now ? Math.min(due, quietAt) : due;
}

function follow(name: ConditionName, hold: Hold, verdict: Verdict, rules: Rules, now: number): Hold {
  const isContrary = hold.holding ? verdict !== 'holds' : verdict === 'holds';
  if (!isContrary) return hold.contrarySince === null ? hold : { ...hold, contrarySince: null };
  const contrarySince = hold.contrarySince ?? now;
  if (now - contrarySince < delayOf(name, hold, verdict, rules)) {
    return hold.contrarySince === null ? { ...hold, contrarySince } : hold;
  }
  if (hold.holding) return { ...hold, holding: false, contrarySince: null, endedAt: now };
  const cameBack = hold.endedAt !== null && now - hold.endedAt < RETURN;
  const returns = cameBack ? Math.min(hold.returns + 1, MOST_RETURNS) : 0;
  return { ...hold, holding: true, contrarySince: null, returns };
}

/** When a rule that holds back lets go if nothing changes; null: the facts are still against it. */
export function releaseAt(
  name: ConditionName,
  hold: Hold,
  facts: Facts,
  rules: Rules,
  now: number,
): number | null {
  return turnsAt(name, hold, judge(name, facts, rules, hold.holding, now), rules);
}

function turnsAt(name: ConditionName, hold: Hold, verdict: Verdict, rules: Rules): number | null {
  return hold.contrarySince === null ? null : hold.contrarySince + delayOf(name, hold, verdict, rules);
}

function delayOf(name: ConditionName, hold: Hold, verdict: Verdict, rules: Rules): number {
  if (!hold.holding) {
    // Whatever other programs use, there is no load to wait for.
    if (name === 'activity' && rules.activity.loadPercent === 0) return 0;
    return DELAYS[name].hold;
  }
  // A schedule and a rule that was turned off do not tremble.
  if (name === 'schedule' || !rules[name].enabled) return 0;
  const base = verdict === 'ended' ? 0 : DELAYS[name].release;
  if (hold.returns === 0) return base;
  return Math.min(LONGEST_RELEASE, Math.max(base, MINUTE) * 2 ** hold.returns);
}
