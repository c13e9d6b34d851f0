/**
 * Whether limits make sense, before anything is limited by them.
 */
import type { LendingLimits, LendingView, LimitName } from '../api/contract-lending.ts';
import { LIMIT_NAMES } from '../lending/defaults.ts';
import { SlapgridError } from '../errors.ts';
import { text } from '../messages.ts';

/** Less than a partition needs to run anything: its isolation alone takes a dozen processes and some megabytes. */
const LEAST: Readonly<Record<LimitName, number>> = {
  cpus: 0.05,
  memoryBytes: 32_000_000,
  diskBytes: 10_000_000,
  files: 100,
  processes: 20,
  ports: 1,
  networkBytesPerSecond: 1000,
};

type Scope = keyof LendingLimits;

/**
 * @param room what this computer has; null: not known, and nothing is too much.
 * @returns the first problem, `limit-invalid`; null when there is none.
 */
export function problemOfLimits(
  limits: LendingLimits,
  room: LendingView['room'] | null,
): SlapgridError | null {
  for (const name of LIMIT_NAMES) {
    for (const scope of ['together', 'each'] as const) {
      const value = limits[scope][name];
      if (value === null) continue;
      if (!isNumber(name, value)) return invalid('no-number', name, scope, LEAST[name]);
      if (value < LEAST[name]) return invalid('too-little', name, scope, LEAST[name]);
      const most = room === null ? null : mostOf(name, room);
      if (most !== null && value > most) return invalid('too-much', name, scope, most);
    }
    const { together, each } = limits;
    if (together[name] !== null && each[name] !== null && each[name] > together[name])
      return invalid('contradiction', name, 'each', together[name]);
  }
  return null;
}

const MOST_PARTITIONS = 100_000;

/** @returns what is wrong with a number of partitions that may be lent, `limit-invalid`; null: nothing. */
export function problemOfMostPartitions(most: number | null): SlapgridError | null {
  if (most === null || (Number.isInteger(most) && most >= 1 && most <= MOST_PARTITIONS)) return null;
  const problem = text('limits.problem.partitions', {
    kind: most === 0 ? 'zero' : 'other',
    most: MOST_PARTITIONS,
  });
  return new SlapgridError('limit-invalid', { limit: 'partitions', scope: 'together', problem });
}

/** Processors come in parts; nothing else does. */
function isNumber(name: LimitName, value: number): boolean {
  return name === 'cpus' ? Number.isFinite(value) : Number.isSafeInteger(value);
}

function mostOf(name: LimitName, room: LendingView['room']): number | null {
  return name === 'cpus' || name === 'memoryBytes' || name === 'diskBytes' ? room[name] : null;
}

function invalid(kind: string, name: LimitName, scope: Scope, bound: number): SlapgridError {
  const problem = text(`limits.problem.${kind}`, {
    limit: text(`limits.name.${name}`),
    scope: text(`limits.scope.${scope}`),
    bound: figure(name, bound),
  });
  return new SlapgridError('limit-invalid', { limit: name, scope, problem });
}

/** A limit as people say it. */
export function figure(name: LimitName, value: number): string {
  switch (name) {
    case 'memoryBytes':
    case 'diskBytes':
      return text('limits.figure.bytes', bytes(value));
    case 'networkBytesPerSecond':
      return text('limits.figure.bytes-per-second', bytes(value));
    default:
      return text('limits.figure.number', { value });
  }
}

function bytes(value: number): { value: number; unit: string } {
  if (value >= 1e9) return { value: value / 1e9, unit: 'GB' };
  return value >= 1e6 || value === 0
    ? { value: value / 1e6, unit: 'MB' }
    : { value: value / 1e3, unit: 'kB' };
}
