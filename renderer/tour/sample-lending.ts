/** What the tour shows of lending: a laptop that can be lent to people by name, and is lent to nobody yet. */
import type { ConditionsView } from '../../agent/api/contract-conditions.ts';
import type { LendingView, Limits } from '../../agent/api/contract-lending.ts';

const GIGABYTE = 1_000_000_000;

const LIMITS: Limits = {
  cpus: 1,
  memoryBytes: 2 * GIGABYTE,
  diskBytes: 20 * GIGABYTE,
  files: 500_000,
  processes: 1000,
  ports: 50,
  networkBytesPerSecond: null,
};

export function sampleLending(): LendingView {
  const held = { held: 'kernel', detail: '' } as const;
  return {
    sharing: 'me',
    verdict: 'people',
    protections: [],
    limits: { together: LIMITS, each: { ...LIMITS, diskBytes: 10 * GIGABYTE } },
    limitsHeld: {
      cpus: held,
      memoryBytes: held,
      diskBytes: { held: 'watched', detail: '' },
      files: { held: 'watched', detail: '' },
      processes: held,
      ports: held,
      networkBytesPerSecond: { held: 'none', detail: '' },
    },
    egress: 'internet',
    backend: 'cgroup-v2',
    room: { cpus: 8, memoryBytes: 16 * GIGABYTE, diskBytes: 212 * GIGABYTE },
    used: { cpus: 0, memoryBytes: 0, diskBytes: 0, processes: 0, partitions: 0 },
  };
}

export function sampleConditions(now: number): ConditionsView {
  return {
    state: 'running',
    since: new Date(now - 3_600_000).toISOString(),
    until: null,
    reasons: [],
    said: null,
    ownPaused: false,
    rules: {
      battery: { enabled: true, action: 'freeze', belowPercent: 100 },
      activity: { enabled: true, action: 'freeze', minutes: 10, loadPercent: 50 },
      load: { enabled: false, action: 'freeze', percent: 80 },
      metered: { enabled: true, action: 'freeze' },
      temperature: { enabled: true, action: 'freeze', celsius: 85 },
      disk: { enabled: true, action: 'freeze', freeBytes: 2 * GIGABYTE },
      fullscreen: { enabled: true, action: 'freeze' },
      schedule: {
        enabled: false,
        action: 'freeze',
        hours: Array.from({ length: 7 }, () => '1'.repeat(24)),
      },
      own: [],
    },
    facts: [],
  };
}
