/** What is wrong with limits before they are tried. */
import type { LendingLimits, LendingView, LimitName, Limits } from '../api/contract-lending.ts';
import { SlapgridError } from '../errors.ts';
import { LIMIT_NAMES } from './defaults.ts';

/** Less than this nothing runs with. */
const LEAST: Readonly<Partial<Record<LimitName, number>>> = {
  cpus: 0.01,
  memoryBytes: 16_000_000,
  diskBytes: 1_000_000,
  files: 100,
  processes: 10,
  networkBytesPerSecond: 1000,
};

/** @returns SlapgridError `limit-invalid` naming the first limit that cannot hold, or null. */
export function limitsProblem(limits: LendingLimits, room: LendingView['room']): SlapgridError | null {
  for (const limit of LIMIT_NAMES) {
    const problem = tooLittle('together', limits.together, limit) ?? tooLittle('each', limits.each, limit);
    if (problem !== null) return problem;
    const [all, one] = [limits.together[limit], limits.each[limit]];
    if (all !== null && one !== null && one > all)
      return new SlapgridError('limit-invalid', { limit: `each.${limit}`, problem: 'together', bound: all });
    const most = roomOf(limit, room);
    if (all !== null && most !== null && all > most)
      return new SlapgridError('limit-invalid', { limit: `together.${limit}`, problem: 'room', bound: most });
  }
  return null;
}

function tooLittle(group: keyof LendingLimits, limits: Limits, limit: LimitName): SlapgridError | null {
  const [value, least] = [limits[limit], LEAST[limit]];
  if (value === null || least === undefined || value >= least) return null;
  return new SlapgridError('limit-invalid', { limit: `${group}.${limit}`, problem: 'least', bound: least });
}

function roomOf(limit: LimitName, room: LendingView['room']): number | null {
  if (limit === 'cpus') return room.cpus;
  if (limit === 'memoryBytes') return room.memoryBytes;
  return limit === 'diskBytes' ? room.diskBytes : null;
}
