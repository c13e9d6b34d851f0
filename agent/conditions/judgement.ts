/**
 * One rule against one fact. To hold back and to let go have limits of their own, with room between them, so that a fact that
 * trembles about a limit does not turn anything.
 */
import type { ConditionName, Rules } from '../api/contract-conditions.ts';
import type { Facts } from './facts.ts';
import { isMarked, localHour, type LocalHour } from './schedule.ts';

/**
 * `holds`: against it. `free`: nothing against it. `ended`: what was against it is over for good, so that nothing is waited for.
 * `unknown`: nobody says.
 */
export type Verdict = 'holds' | 'free' | 'ended' | 'unknown';

/** How far below (or above) its limit a fact must be before a rule lets go. */
const ROOM = { chargePercent: 5, loadPercent: 10, celsius: 5, freeShare: 1.1 } as const;

/** @param holding whether the rule holds back now. */
export function judge(
  condition: ConditionName,
  facts: Facts,
  rules: Rules,
  holding: boolean,
  now: number,
  hour: LocalHour = localHour(now),
): Verdict {
  if (!rules[condition].enabled) return 'ended';
  switch (condition) {
    case 'battery':
      return battery(facts, rules, holding);
    case 'activity':
      return activity(facts, rules, holding, now);
    case 'load':
      return above(facts.loadPercent, rules.load.percent, holding ? ROOM.loadPercent : 0);
    case 'metered':
      return verdict(facts.metered);
    case 'temperature':
      return above(facts.celsius, rules.temperature.celsius, holding ? ROOM.celsius : 0);
    case 'disk':
      return verdict(
        facts.freeBytes === null
          ? null
          : facts.freeBytes < rules.disk.freeBytes * (holding ? ROOM.freeShare : 1),
      );
    case 'fullscreen':
      return verdict(facts.fullscreen);
    default:
      return isMarked(rules.schedule.hours, hour) ? 'ended' : 'holds';
  }
}

function battery({ battery: power }: Facts, rules: Rules, holding: boolean): Verdict {
  if (power === null) return 'unknown';
  if (!power.onBattery) return 'free';
  const { belowPercent } = rules.battery;
  if (belowPercent === 100) return 'holds';
  if (power.percent === null) return 'unknown';
  const limit = holding ? Math.min(100, belowPercent + ROOM.chargePercent) : belowPercent;
  return verdict(power.percent < limit);
}

function activity({ activeAt, loadPercent }: Facts, rules: Rules, holding: boolean, now: number): Verdict {
  const { minutes, loadPercent: limit } = rules.activity;
  if (activeAt === null) return 'unknown';
  if (now - activeAt >= minutes * 60_000) return 'ended';
  if (limit === 0) return 'holds';
  return above(loadPercent, limit, holding ? ROOM.loadPercent : 0);
}

function above(value: number | null, limit: number, room: number): Verdict {
  // With a low limit the room must not ask for less than nothing.
  return verdict(value === null ? null : value > limit - Math.min(room, limit / 2));
}

function verdict(against: boolean | null): Verdict {
  if (against === null) return 'unknown';
  return against ? 'holds' : 'free';
}
