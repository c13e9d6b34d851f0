/**
 * Usage reports to one master: one for each hour in which something was used, made when the hour is over, one file each until the
 * master has taken it. What was made is never made again, so a repetition is the same to the byte.
 *
 *   <hour>.xml           a report that waits
 *   <hour>.sent          since then it is being sent, or was and no answer came: only a person can tell what became of it
 *   next, acknowledged   hours since 1970: the first without a report, the last that the master has
 */
import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { SlapError } from '../../slap/errors.ts';
import type { SlapMaster } from '../../slap/master.ts';
import { mayHaveArrived } from '../../slap/unreachable.ts';
import type { ResolveReportInput, UsageReports } from '../api/contract-usage.ts';
import { removeUnfinished, writeAtomically } from '../disk.ts';
import { SlapgridError, systemErrorCode } from '../errors.ts';
import { HOUR_MILLISECONDS, type HourlySum } from '../usage/book.ts';
import { periodOf, usageReport, type InstanceUsage } from '../usage/report.ts';
import { partitionOfKey, prefixOf } from '../usage/usage-key.ts';

/** An hour is over for good after this: clocks are set a little. */
const SETTLING_MS = 5 * 60_000;
/** What a master refuses for good it is offered now and then, in case that was its own fault. */
const REFUSED_AGAIN_MS = HOUR_MILLISECONDS;

const NEXT = 'next';
const ACKNOWLEDGED = 'acknowledged';

export type UsageQueueOptions = {
  /** Where the reports wait; made when missing. */
  folder: string;
  masterId: string;
  computerId: string;
  /** Sums of the hours from `from` and before `to` whose key begins with `prefix`. */
  hours: (prefix: string, from: number, to: number) => HourlySum[];
  /** Makes the sums complete. @returns up to when they are, in ms; what is used later is in later hours. */
  settle: () => number;
};

export class UsageQueue {
  readonly #options: UsageQueueOptions;
  /** Hours of the reports that wait, oldest first. */
  readonly #waiting: number[];
  /** Hours of those that may have arrived, and when they were sent (ISO 8601). */
  readonly #uncertain: Map<number, string>;
  readonly #refusedAt = new Map<number, number>();
  /** The first hour that no report was made of. */
  #next: number;
  #acknowledged: number | null;

  private constructor(options: UsageQueueOptions, kept: Kept, next: number) {
    this.#options = options;
    this.#waiting = kept.waiting;
    this.#uncertain = kept.uncertain;
    this.#acknowledged = kept.acknowledged;
    this.#next = next;
  }

  /** @param now a master is told what is used from the hour in which its queue is opened first. */
  static async open(options: UsageQueueOptions, now: number): Promise<UsageQueue> {
    const { folder } = options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeUnfinished(folder);
    const kept = await readKept(folder);
    const before = await readNumber(path.join(folder, NEXT));
    const next = before ?? Math.floor(now / HOUR_MILLISECONDS);
    if (before === null) await writeAtomically(path.join(folder, NEXT), `${next}\n`);
    return new UsageQueue(options, kept, next);
  }

  /** Reports that the master is not known to have. */
  get waiting(): number {
    return this.#waiting.length + this.#uncertain.size;
  }

  /** For a person. */
  view(): Pick<UsageReports, 'acknowledgedUntil' | 'waiting' | 'uncertain'> {
    const { computerId } = this.#options;
    return {
      acknowledgedUntil:
        this.#acknowledged === null
          ? null
          : new Date((this.#acknowledged + 1) * HOUR_MILLISECONDS).toISOString(),
      waiting: this.#waiting.length,
      uncertain: [...this.#uncertain]
        .toSorted(([one], [other]) => one - other)
        .map(([hour, sentAt]) => ({ period: periodOf(computerId, hour), sentAt })),
    };
  }

  /** Makes the reports of hours that are over. Writes nothing when nothing was used. */
  async compose(now: number): Promise<void> {
    const { folder, masterId, computerId, hours, settle } = this.#options;
    const isOver = (at: number): number => Math.floor((at - SETTLING_MS) / HOUR_MILLISECONDS);
    if (isOver(now) <= this.#next) return;
    const end = Math.min(isOver(now), Math.floor(settle() / HOUR_MILLISECONDS));
    if (end <= this.#next) return;
    const prefix = prefixOf(masterId);
    const byHour = Map.groupBy(hours(prefix, this.#next, end), ({ hour }) => hour);
    for (const [hour, sums] of byHour) {
      // One that is there was made before a crash, and may have been sent.
      if (this.#waiting.includes(hour) || this.#uncertain.has(hour)) continue;
      const instances = sums.map(({ guid, ...sum }) => ({
        ...sum,
        partitionId: partitionOfKey(guid, prefix),
      }));
      await writeAtomically(
        this.#reportFile(hour),
        usageReport(computerId, hour, instances satisfies InstanceUsage[]),
      );
      this.#waiting.push(hour);
    }
    if (byHour.size > 0) await writeAtomically(path.join(folder, NEXT), `${end}\n`);
    this.#next = end;
  }

  /**
   * Offers what waits, oldest first. One that may have arrived is not sent again by itself: the master would count it twice.
   * @throws SlapError when the master takes none now.
   */
  async deliver(master: Pick<SlapMaster, 'reportUsage'>, now: number): Promise<void> {
    for (const hour of this.#waiting.slice()) {
      if (now - (this.#refusedAt.get(hour) ?? Number.NEGATIVE_INFINITY) < REFUSED_AGAIN_MS) continue;
      const report = await readFile(this.#reportFile(hour), 'utf8');
      const sentAt = new Date(now).toISOString();
      // Before it leaves: whoever kills the agent now leaves the same doubt.
      await writeAtomically(this.#sentFile(hour), sentAt);
      try {
        await master.reportUsage(this.#options.computerId, report);
      } catch (error) {
        if (mayHaveArrived(error)) {
          this.#waiting.splice(this.#waiting.indexOf(hour), 1);
          this.#uncertain.set(hour, sentAt);
          throw error;
        }
        await rm(this.#sentFile(hour), { force: true });
        if (!(error instanceof SlapError && error.status >= 400 && error.status < 500)) throw error;
        this.#refusedAt.set(hour, now);
        continue;
      }
      await this.#taken(hour);
      this.#refusedAt.delete(hour);
      this.#waiting.splice(this.#waiting.indexOf(hour), 1);
    }
  }

  /** A person decides about one that may have arrived. @throws SlapgridError `unknown-report`. */
  async resolve(period: string, as: ResolveReportInput['as']): Promise<void> {
    const { computerId } = this.#options;
    const hour = [...this.#uncertain.keys()].find((each) => periodOf(computerId, each) === period);
    if (hour === undefined) throw new SlapgridError('unknown-report', { period });
    if (as === 'done') await this.#taken(hour);
    else {
      await rm(this.#sentFile(hour), { force: true });
      this.#waiting.push(hour);
      this.#waiting.sort((one, other) => one - other);
    }
    this.#uncertain.delete(hour);
  }

  /** In an order in which a crash at worst asks a person. */
  async #taken(hour: number): Promise<void> {
    if (hour > (this.#acknowledged ?? -1)) {
      await writeAtomically(path.join(this.#options.folder, ACKNOWLEDGED), `${hour}\n`);
      this.#acknowledged = hour;
    }
    await rm(this.#reportFile(hour), { force: true });
    await rm(this.#sentFile(hour), { force: true });
  }

  #reportFile(hour: number): string {
    return path.join(this.#options.folder, `${hour}.xml`);
  }

  #sentFile(hour: number): string {
    return path.join(this.#options.folder, `${hour}.sent`);
  }
}

type Kept = { waiting: number[]; uncertain: Map<number, string>; acknowledged: number | null };

/** What an earlier agent left, wherever it was killed. */
async function readKept(folder: string): Promise<Kept> {
  const names = await readdir(folder);
  const hoursOf = (kind: string): number[] =>
    names
      .map((name) => new RegExp(`^(\\d+)\\.${kind}$`).exec(name)?.[1])
      .filter((hour) => hour !== undefined)
      .map(Number)
      .sort((one, other) => one - other);
  const reports = hoursOf('xml');
  const acknowledged = await readNumber(path.join(folder, ACKNOWLEDGED));
  const uncertain = new Map<number, string>();
  for (const hour of hoursOf('sent')) {
    const file = path.join(folder, `${hour}.sent`);
    if (reports.includes(hour) && hour !== acknowledged) uncertain.set(hour, await readFile(file, 'utf8'));
    else {
      // It was taken, and there was no time to tidy up.
      await rm(path.join(folder, `${hour}.xml`), { force: true });
      await rm(file, { force: true });
      if (reports.includes(hour)) reports.splice(reports.indexOf(hour), 1);
    }
  }
  return { waiting: reports.filter((hour) => !uncertain.has(hour)), uncertain, acknowledged };
}

async function readNumber(file: string): Promise<number | null> {
  try {
    const text = await readFile(file, 'utf8');
    return /^\d+\n$/.test(text) ? Number(text) : null;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
