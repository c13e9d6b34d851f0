/** What the tour shows of lending: a laptop that is lent to people by name, and lacks one thing before it could be lent to everyone. */
import type { AuditEntry, Held, LendingView, Limits, Protection } from '../../agent/api/contract-lending.ts';
import { tourText } from './words.ts';

const GIGABYTE = 1_000_000_000;
const MINUTE = 60_000;

const TOGETHER: Limits = {
  cpus: 2,
  memoryBytes: 4 * GIGABYTE,
  diskBytes: 20 * GIGABYTE,
  files: 500_000,
  processes: 1000,
  ports: 50,
  networkBytesPerSecond: 1_250_000,
};

const EACH: Limits = {
  cpus: 1,
  memoryBytes: 2 * GIGABYTE,
  diskBytes: 10 * GIGABYTE,
  files: 200_000,
  processes: 256,
  ports: 10,
  networkBytesPerSecond: null,
};

const HOLDING = [
  'isolation',
  'network',
  'seccomp',
  'identity',
  'memory',
  'cpu',
  'processes',
  'freeze',
  'egress',
] as const;

export function sampleProtections(): Protection[] {
  const held = HOLDING.map((name) => ({
    name,
    title: tourText(`page-tour.protection.${name}`),
    held: 'kernel' as const,
    detail: tourText(`page-tour.protection.${name}.detail`),
    refuses: null,
    danger: '',
    fixes: [],
  }));
  return [
    {
      name: 'disk',
      title: tourText('page-tour.protection.disk'),
      held: 'watched',
      detail: tourText('page-tour.protection.disk.detail'),
      refuses: 'everyone',
      danger: tourText('page-tour.protection.disk.danger'),
      fixes: [tourText('page-tour.protection.disk.fix')],
    },
    ...held,
  ];
}

export function sampleLending(): LendingView {
  const limitHeld = (held: Held): { held: Held; detail: string } => ({
    held,
    detail: tourText(`page-tour.held.${held}`),
  });
  return {
    sharing: 'people',
    verdict: 'people',
    protections: sampleProtections(),
    limits: { together: TOGETHER, each: EACH },
    limitsHeld: {
      cpus: limitHeld('kernel'),
      memoryBytes: limitHeld('kernel'),
      diskBytes: limitHeld('watched'),
      files: limitHeld('watched'),
      processes: limitHeld('kernel'),
      ports: limitHeld('kernel'),
      networkBytesPerSecond: limitHeld('none'),
    },
    egress: 'internet',
    mostPartitions: null,
    doorAddresses: [],
    ownAddresses: [{ address: '192.168.1.23', interface: 'wlan0' }],
    backend: 'cgroup-v2',
    room: { cpus: 8, memoryBytes: 16 * GIGABYTE, diskBytes: 212 * GIGABYTE },
    used: {
      cpus: 0.4,
      memoryBytes: 1.3 * GIGABYTE,
      diskBytes: 6.8 * GIGABYTE,
      processes: 61,
      partitions: 3,
      files: 41_300,
      ports: 3,
      most: { files: 28_800, ports: 1 },
    },
  };
}

/** Minutes ago → what was decided. */
const DECIDED = [
  [14, 'resumed'],
  [52, 'paused'],
  [190, 'limit'],
  [26 * 60, 'refused'],
  [27 * 60, 'accepted'],
  [50 * 60, 'egress'],
  [50.2 * 60, 'limits'],
  [51 * 60, 'sharing'],
] as const;

export function sampleAudit(now: number): AuditEntry[] {
  return DECIDED.map(([minutes, kind]) => ({
    at: new Date(now - minutes * MINUTE).toISOString(),
    kind,
    sentence: tourText(`page-tour.audit.${kind}`),
    master: null,
    partition: null,
    instance: null,
  }));
}
