/**
 * The accounts of a time as a person sees them: one series for each person or instance, one value for each step.
 */
import type { UsageByInput, UsageSeries, UsageTotals } from '../api/contract-usage.ts';
import type { Entry } from './book.ts';
import { stepAt, type Steps } from './steps.ts';
import { added, NOTHING, type Subject, type Tally } from './tally.ts';

/** What one series used in each step; null: nothing is known. */
export type Sums = { key: string; subject: Subject; members: Map<string, (Tally | null)[]> };

type By = UsageByInput['by'] | 'all';

/** Who is in one series: everything of a person, or an instance as long as it is the same person's. */
function keyOf({ key, owner }: Subject, by: By): string {
  if (by === 'all') return by;
  const person = `${owner.kind}:${owner.name}`;
  return by === 'person' ? person : `${key} ${person}`;
}

/** Sums up entries, which are in any order. An entry belongs to the step in which it began. */
export function sumsOf(entries: readonly Entry[], steps: Steps, by: By): Sums[] {
  const all = new Map<string, Sums & { latest: number }>();
  for (const { at, subject, tally } of entries) {
    const step = stepAt(steps, at);
    if (step === -1) continue;
    const key = keyOf(subject, by);
    let sums = all.get(key);
    if (sums === undefined) all.set(key, (sums = { key, subject, members: new Map(), latest: at }));
    // It is called as it was called last.
    if (at >= sums.latest) [sums.subject, sums.latest] = [subject, at];
    let member = sums.members.get(subject.key);
    if (member === undefined) {
      member = Array.from({ length: steps.borders.length - 1 }, () => null);
      sums.members.set(subject.key, member);
    }
    member[step] = added(member[step] ?? NOTHING, tally);
  }
  return [...all.values()].map(({ key, subject, members }) => ({ key, subject, members }));
}

/**
 * The person's own first, then those who used most.
 * @param since when records begin: what was before is no time in which nothing was used.
 */
export function seriesOf(
  entries: readonly Entry[],
  steps: Steps,
  by: UsageByInput['by'],
  now: number,
  since = -Infinity,
): UsageSeries[] {
  const first = (owner: Subject['owner']): number => (owner.kind === 'me' ? 0 : 1);
  return sumsOf(entries, steps, by)
    .map((sums) => oneSeries(sums, by, elapsedSeconds(steps, now, since)))
    .toSorted(
      (one, other) =>
        first(one.owner) - first(other.owner) ||
        other.totals.cpuSeconds - one.totals.cpuSeconds ||
        (one.key < other.key ? -1 : 1),
    );
}

/** Of all series together; null: nothing was used. */
export function togetherOf(
  entries: readonly Entry[],
  steps: Steps,
  now: number,
  since = -Infinity,
): UsageTotals | null {
  const [sums] = sumsOf(entries, steps, 'all');
  return sums === undefined ? null : oneSeries(sums, 'person', elapsedSeconds(steps, now, since)).totals;
}

function oneSeries(sums: Sums, by: UsageByInput['by'], elapsed: readonly number[]): UsageSeries {
  const { key, subject, members } = sums;
  const { partition, owner, name } = subject;
  const byStep = elapsed.map((_, step) =>
    stepOf([...members.values()].map((member) => member[step] ?? null)),
  );
  const perSecond = (value: (tally: Tally) => number | null): (number | null)[] =>
    byStep.map((found, step) => {
      const sum = found === null ? null : value(found.tally);
      const seconds = elapsed[step] ?? 0;
      return sum === null || seconds <= 0 ? null : sum / seconds;
    });
  const known = byStep.filter((found) => found !== null);
  const total = known.reduce((sum, { tally }) => added(sum, tally), NOTHING);
  const held = known.reduce((sum, { heldSeconds }) => sum + heldSeconds, 0);
  const whole = elapsed.reduce((sum, seconds) => sum + seconds, 0);
  return {
    key,
    title: by === 'person' ? owner.name : name || subject.key,
    detail: by === 'person' ? '' : [partition, owner.name].filter(Boolean).join(' · '),
    owner,
    totals: {
      cpuSeconds: total.cpuSeconds,
      memoryBytes: held > 0 ? total.memoryByteSeconds / held : 0,
      memoryPeakBytes: total.memoryPeakBytes,
      diskBytes: total.diskByteSeconds === null || whole <= 0 ? null : total.diskByteSeconds / whole,
      networkBytes: total.networkBytes,
      runSeconds: total.runSeconds,
    },
    cpus: perSecond(({ cpuSeconds }) => cpuSeconds),
    memoryBytes: perSecond(({ memoryByteSeconds }) => memoryByteSeconds),
    memoryPeakBytes: byStep.map((found) => found?.tally.memoryPeakBytes ?? null),
    diskBytes: perSecond(({ diskByteSeconds }) => diskByteSeconds),
    networkBytesPerSecond: perSecond(({ networkBytes }) => networkBytes),
    runSeconds: byStep.map((found) => found?.tally.runSeconds ?? null),
  };
}

/**
 * What several instances used in one step. Their peaks may have been at once: together they were at most their sum. While the one that
 * ran longest ran, something ran.
 */
function stepOf(members: readonly (Tally | null)[]): { tally: Tally; heldSeconds: number } | null {
  const known = members.filter((tally) => tally !== null);
  if (known.length === 0) return null;
  const tally = known.reduce(added, NOTHING);
  return {
    tally: {
      ...tally,
      memoryPeakBytes: known.reduce((sum, { memoryPeakBytes }) => sum + memoryPeakBytes, 0),
    },
    heldSeconds: Math.max(...known.map(({ runSeconds }) => runSeconds)),
  };
}

/** How much of each step is over, and known. */
function elapsedSeconds({ borders }: Steps, now: number, since: number): number[] {
  return borders.slice(0, -1).map((start, index) => {
    const end = Math.min(borders[index + 1] ?? start, now);
    return Math.max(0, end - Math.max(start, since)) / 1000;
  });
}

/** Steps in which somebody set the clock. */
export function uncertainSteps(entries: readonly Entry[], steps: Steps): number[] {
  const found = new Set<number>();
  for (const { at, tally } of entries) if (tally.uncertain) found.add(stepAt(steps, at));
  found.delete(-1);
  return [...found].sort((one, other) => one - other);
}
