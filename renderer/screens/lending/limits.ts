/**
 * The limits as fields: in which unit each is written, how far its slider goes, and what cannot be.
 */
import type { LendingLimits, LendingView, LimitName } from '../../../agent/api/contract-lending.ts';

export type Scope = keyof LendingLimits;

/** What stands in a limit's field is an amount of these. */
export type Unit = 'cpus' | 'gigabytes' | 'count' | 'megabits';

export const LIMIT_NAMES = [
  'cpus',
  'memoryBytes',
  'diskBytes',
  'files',
  'processes',
  'ports',
  'networkBytesPerSecond',
] as const satisfies readonly LimitName[];

type Room = LendingView['room'];

const GIGABYTE = 1_000_000_000;
/** Of bits a second, in bytes. */
const MEGABIT = 125_000;

const UNITS: Readonly<Record<LimitName, Unit>> = {
  cpus: 'cpus',
  memoryBytes: 'gigabytes',
  diskBytes: 'gigabytes',
  files: 'count',
  processes: 'count',
  ports: 'count',
  networkBytesPerSecond: 'megabits',
};

const FACTORS: Readonly<Record<Unit, number>> = {
  cpus: 1,
  gigabytes: GIGABYTE,
  count: 1,
  megabits: MEGABIT,
};

/** How far a slider goes where the computer itself has no end, in the unit of the field. A field takes more. */
const USUAL: Readonly<Record<LimitName, number>> = {
  cpus: 64,
  memoryBytes: 64,
  diskBytes: 1000,
  files: 2_000_000,
  processes: 4000,
  ports: 200,
  networkBytesPerSecond: 1000,
};

export function unitOf(name: LimitName): Unit {
  return UNITS[name];
}

/** As it stands in the field; at most two digits after the point. */
export function inUnit(name: LimitName, limit: number): number {
  return Math.round((100 * limit) / FACTORS[UNITS[name]]) / 100;
}

/** What a field means: whole bytes and whole counts. */
export function fromUnit(name: LimitName, value: number): number {
  const limit = value * FACTORS[UNITS[name]];
  return name === 'cpus' ? limit : Math.round(limit);
}

/** The most that a limit can be, where the computer has an end; in its own unit of the contract. */
export function roomOf(name: LimitName, room: Room): number | null {
  if (name === 'cpus' || name === 'memoryBytes' || name === 'diskBytes') {
    return room[name] > 0 ? room[name] : null;
  }
  return null;
}

export type Scale = { most: number; step: number };

/** The slider of a limit, in the unit of its field: round steps, about a hundred of them. */
export function scaleOf(name: LimitName, room: Room): Scale {
  const end = roomOf(name, room);
  const whole = end === null ? USUAL[name] : inUnit(name, end);
  const most = Math.max(name === 'cpus' ? whole : Math.floor(whole), 0.5);
  if (name === 'cpus') return { most, step: most <= 16 ? 0.25 : 1 };
  const rough = most / 100;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5].map((times) => times * power).find((each) => each >= rough * 0.99) ?? 10 * power;
  return { most, step: Math.max(step, UNITS[name] === 'gigabytes' ? 0.1 : 1) };
}

/**
 * Why a limit cannot be. `room`: more than the computer has, `most` of the contract's unit. `together`: one partition could have more
 * than all of them together.
 */
export type Contradiction =
  | { kind: 'not-a-number' | 'too-small' | 'not-whole' }
  | { kind: 'room' | 'together' | 'huge'; most: number };

const LARGEST = 1e15;

/** @param limit as the contract has it; null: no limit. */
export function contradictionOf(
  scope: Scope,
  name: LimitName,
  limit: number | null,
  { limits, room }: Pick<LendingView, 'limits' | 'room'>,
): Contradiction | null {
  if (limit === null) return null;
  if (!Number.isFinite(limit)) return { kind: 'not-a-number' };
  if (limit <= 0) return { kind: 'too-small' };
  if (UNITS[name] === 'count' && !Number.isInteger(limit)) return { kind: 'not-whole' };
  const most = roomOf(name, room);
  if (most !== null && limit > most) return { kind: 'room', most };
  const together = limits.together[name];
  if (scope === 'each' && together !== null && limit > together) return { kind: 'together', most: together };
  return limit > LARGEST ? { kind: 'huge', most: LARGEST } : null;
}

/**
 * The limits with one of them changed. What one partition may have never exceeds what all of them may: it is lowered with it.
 */
export function withLimit(
  limits: LendingLimits,
  scope: Scope,
  name: LimitName,
  limit: number | null,
): LendingLimits {
  const changed = { ...limits, [scope]: { ...limits[scope], [name]: limit } };
  const each = changed.each[name];
  if (scope === 'each' || limit === null || each === null || each <= limit) return changed;
  return { ...changed, each: { ...changed.each, [name]: limit } };
}

export type UsedNow = {
  cpus: number;
  memoryBytes: number;
  diskBytes: number | null;
  processes: number;
  files: number | null;
  ports: number | null;
};

/** What is used of a limit now; null where that is not counted, or not known. */
export function usedOf(name: LimitName, used: UsedNow | null): number | null {
  if (used === null) return null;
  switch (name) {
    case 'cpus':
    case 'memoryBytes':
    case 'diskBytes':
    case 'processes':
    case 'files':
    case 'ports':
      return used[name];
    default:
      return null;
  }
}
