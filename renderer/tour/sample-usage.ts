/** What the tour shows of usage over time: a month in which two people and the person themselves used this laptop. */
import type {
  UsageByInput,
  UsagePeriod,
  UsageSeries,
  UsageSummary,
  UsageTotals,
} from '../../agent/api/contract-usage.ts';
import { text } from '../messages.ts';

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

const SPANS: Readonly<Record<UsagePeriod, { steps: number; stepSeconds: number }>> = {
  day: { steps: 48, stepSeconds: HOUR_SECONDS / 2 },
  week: { steps: 56, stepSeconds: 3 * HOUR_SECONDS },
  month: { steps: 30, stepSeconds: DAY_SECONDS },
};

export type SampleUser = {
  name: string;
  kind: 'me' | 'other';
  /** The partitions they have, by the names of what lives there. */
  instances: readonly string[];
  /** CPUs at a usual moment. */
  cpus: number;
  memoryBytes: number;
  diskBytes: number;
  /** From which part of the month on. */
  since: number;
};

export const SAMPLE_USERS: readonly SampleUser[] = [
  {
    name: '',
    kind: 'me',
    instances: ['notes-db', 'cache', 'club-site'],
    cpus: 0.06,
    memoryBytes: 96e6,
    diskBytes: 0.4e9,
    since: 0,
  },
  {
    name: 'Ana',
    kind: 'other',
    instances: ['choir-site', 'choir-db'],
    cpus: 0.15,
    memoryBytes: 780e6,
    diskBytes: 6.3e9,
    since: 0.3,
  },
  {
    name: 'Lucas',
    kind: 'other',
    instances: ['job-queue'],
    cpus: 0.05,
    memoryBytes: 240e6,
    diskBytes: 0.5e9,
    since: 0.55,
  },
];

export function sampleUsageSummary(
  { period, by }: UsageByInput,
  now: number,
  users: readonly SampleUser[] = SAMPLE_USERS,
): UsageSummary {
  const { steps, stepSeconds } = SPANS[period];
  const to = Math.floor(now / (stepSeconds * 1000)) * stepSeconds * 1000;
  const from = to - steps * stepSeconds * 1000;
  const whole = users.flatMap((user, place) =>
    by === 'person'
      ? [seriesOf(user, place, { title: nameOf(user), detail: '', share: 1 }, period)]
      : user.instances.map((title, number) =>
          seriesOf(
            user,
            place * 10 + number,
            {
              title,
              detail: `slappart${place * 3 + number}, ${nameOf(user)}`,
              share: 1 / user.instances.length,
            },
            period,
          ),
        ),
  );
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    stepSeconds,
    steps,
    knownFrom: new Date(from - DAY_SECONDS * 1000).toISOString(),
    together: togetherOf(whole),
    series: whole,
    reports: [
      {
        master: 'sample',
        title: 'slap.neighbours.example',
        acknowledgedUntil: new Date(now - 20 * 60_000).toISOString(),
        waiting: 1,
        uncertain: [],
      },
    ],
  };
}

/** Something always runs in the sample. */
function togetherOf(series: readonly UsageSeries[]): UsageTotals {
  const sum = (of: (totals: UsageTotals) => number | null): number =>
    series.reduce((all, { totals }) => all + (of(totals) ?? 0), 0);
  const steps = series[0]?.memoryBytes.length ?? 1;
  const memory = series.flatMap(({ memoryBytes }) => memoryBytes);
  return {
    cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
    memoryBytes: memory.reduce<number>((all, bytes) => all + (bytes ?? 0), 0) / steps,
    memoryPeakBytes: sum(({ memoryPeakBytes }) => memoryPeakBytes),
    diskBytes: sum(({ diskBytes }) => diskBytes),
    networkBytes: sum(({ networkBytes }) => networkBytes),
    runSeconds: sum(({ runSeconds }) => runSeconds),
  };
}

function nameOf({ kind, name }: SampleUser): string {
  return kind === 'me' ? text('page.overview.you') : name;
}

function seriesOf(
  user: SampleUser,
  seed: number,
  { title, detail, share }: { title: string; detail: string; share: number },
  period: UsagePeriod,
): UsageSeries {
  const { steps, stepSeconds } = SPANS[period];
  const since = period === 'month' ? user.since : 0;
  const each = (amount: number, swing: number): number[] =>
    Array.from({ length: steps }, (_, step) => {
      if (step < since * steps) return 0;
      const wave = 1 + swing * (Math.sin(step / 3.1 + 2 * seed) + 0.6 * Math.sin(step / 1.3 + seed));
      return Math.round(1e4 * amount * share * Math.max(0.1, wave)) / 1e4;
    });
  const cpus = each(user.cpus, 0.35);
  const memoryBytes = each(user.memoryBytes, 0.06).map(Math.round);
  const diskBytes = each(user.diskBytes, 0.02).map(Math.round);
  const networkBytesPerSecond = each(user.cpus * 30_000, 0.5).map(Math.round);
  const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
  const runSteps = memoryBytes.filter((value) => value > 0).length;
  return {
    key: `${user.kind} ${user.name} ${title}`,
    title,
    detail,
    owner: { kind: user.kind, name: nameOf(user) },
    totals: {
      cpuSeconds: sum(cpus) * stepSeconds,
      memoryBytes: sum(memoryBytes) / Math.max(1, runSteps),
      memoryPeakBytes: Math.max(...memoryBytes),
      diskBytes: sum(diskBytes) / steps,
      networkBytes: sum(networkBytesPerSecond) * stepSeconds,
      runSeconds: runSteps * stepSeconds,
    },
    cpus,
    memoryBytes,
    memoryPeakBytes: memoryBytes,
    diskBytes,
    networkBytesPerSecond,
    runSeconds: memoryBytes.map((value) => (value > 0 ? stepSeconds : 0)),
  };
}
