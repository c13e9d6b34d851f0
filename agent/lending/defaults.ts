/** What holds before a person decided anything, and before the machine was tried. */
import { countedOf } from '../limits/counted-use.ts';
import type { LendingLimits, LendingView, LimitName, Limits } from '../api/contract-lending.ts';

const GIGABYTE = 1_000_000_000;
/** With less nothing could be hosted at all. */
const LEAST_DISK_BYTES = 100_000_000;

/** What a considerate guest may take. */
export const DEFAULT_LIMITS: LendingLimits = {
  together: {
    cpus: 1,
    memoryBytes: 2 * GIGABYTE,
    diskBytes: 20 * GIGABYTE,
    files: 500_000,
    processes: 1000,
    ports: 50,
    networkBytesPerSecond: null,
  },
  each: {
    cpus: 1,
    memoryBytes: GIGABYTE,
    diskBytes: 10 * GIGABYTE,
    files: 200_000,
    processes: 500,
    ports: 10,
    networkBytesPerSecond: null,
  },
};

/** In the order in which they are shown. */
export const LIMIT_NAMES: readonly LimitName[] = [
  'cpus',
  'memoryBytes',
  'diskBytes',
  'files',
  'processes',
  'ports',
  'networkBytesPerSecond',
];

/** The same, but no more than a computer has, and half of the disk that is free. */
export function limitsThatFit(limits: LendingLimits, room: LendingView['room']): LendingLimits {
  const disk = Math.floor(room.diskBytes / 2);
  const fit = (some: Limits): Limits => ({
    ...some,
    cpus: least(some.cpus, room.cpus),
    memoryBytes: least(some.memoryBytes, room.memoryBytes),
    diskBytes: least(some.diskBytes, Math.max(disk, LEAST_DISK_BYTES)),
  });
  return { together: fit(limits.together), each: fit(limits.each) };
}

function least(limit: number | null, most: number): number {
  return Math.min(limit ?? most, most);
}

/** Nothing was tried yet: nothing may be lent. */
export function untriedLending(): LendingView {
  const held = LIMIT_NAMES.map((name) => [name, { held: 'none', detail: '' }] as const);
  return {
    sharing: 'me',
    verdict: 'me',
    protections: [],
    limits: DEFAULT_LIMITS,
    // oxlint-disable-next-line no-unsafe-type-assertion -- Object.fromEntries forgets which keys there are.
    limitsHeld: Object.fromEntries(held) as LendingView['limitsHeld'],
    egress: 'internet',
    mostPartitions: null,
    doorAddresses: [],
    ownAddresses: [],
    backend: 'none',
    room: { cpus: 0, memoryBytes: 0, diskBytes: 0 },
    used: {
      cpus: 0,
      memoryBytes: 0,
      diskBytes: 0,
      processes: 0,
      partitions: 0,
      ...countedOf([]),
    },
  };
}
