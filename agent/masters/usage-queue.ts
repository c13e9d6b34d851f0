/**
 * Usage reports to one master: one for each hour in which something was used, made when the hour is over, one file each until the
 * master has taken it. What was made is never made again, so a repetition is the same to the byte.
 */
import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { SlapError } from '../../slap/errors.ts';
import type { SlapMaster } from '../../slap/master.ts';
import { removeUnfinished, writeAtomically } from '../disk.ts';
import { systemErrorCode } from '../errors.ts';
import { HOUR_MILLISECONDS, type HourlySum } from '../usage/history.ts';
import { usageReport, type InstanceUsage } from '../usage/report.ts';
import { partitionOfKey, prefixOf } from '../usage/usage-key.ts';

/** Sums are written once a minute: after this the last of an hour is there. */
const SETTLING_MS = 5 * 60_000;
/** What a master refuses for good it is offered now and then, in case that was its own fault. */
const REFUSED_AGAIN_MS = HOUR_MILLISECONDS;

const NEXT = 'next';

export type UsageQueueOptions = {
  /** Where the reports wait; made when missing. */
  folder: string;
  masterId: string;
  computerId: string;
  /** Sums of the hours from `from` and before `to` whose key begins with `prefix`. */
  hours: (prefix: string, from: number, to: number) => HourlySum[];
};

export class UsageQueue {
  readonly #options: UsageQueueOptions;
  /** Hours of the reports that wait, oldest first. */
  readonly #waiting: number[];
  readonly #refusedAt = new Map<number, number>();
  /** The first hour that no report was made of. */
  #next: number;

  private constructor(options: UsageQueueOptions, waiting: number[], next: number) {
    this.#options = options;
    this.#waiting = waiting;
    this.#next = next;
  }

  /** @param now a master is told what is used from the hour in which its queue is opened first. */
  static async open(options: UsageQueueOptions, now: number): Promise<UsageQueue> {
    const { folder } = options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeUnfinished(folder);
    const names = await readdir(folder);
    const waiting = names
      .map((name) => /^(\d+)\.xml$/.exec(name)?.[1])
      .filter((hour) => hour !== undefined)
      .map(Number)
      .sort((one, other) => one - other);
    const kept = await readNext(path.join(folder, NEXT));
    const next = kept ?? Math.floor(now / HOUR_MILLISECONDS);
    if (kept === null) await writeAtomically(path.join(folder, NEXT), `${next}\n`);
    return new UsageQueue(options, waiting, next);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Makes the reports of hours that are over. Writes nothing when nothing was used. */
  async compose(now: number): Promise<void> {
    const { folder, masterId, computerId, hours } = this.#options;
    const end = Math.floor((now - SETTLING_MS) / HOUR_MILLISECONDS);
    if (end <= this.#next) return;
    const prefix = prefixOf(masterId);
    const byHour = Map.groupBy(hours(prefix, this.#next, end), ({ hour }) => hour);
    for (const [hour, sums] of byHour) {
      // One that is there was made before a crash, and may have been sent.
      if (this.#waiting.includes(hour)) continue;
      const instances = sums.map(({ guid, ...sum }) => ({
        ...sum,
        partitionId: partitionOfKey(guid, prefix),
      }));
      await writeAtomically(
        this.#fileOf(hour),
        usageReport(computerId, hour, instances satisfies InstanceUsage[]),
      );
      this.#waiting.push(hour);
    }
    if (byHour.size > 0) await writeAtomically(path.join(folder, NEXT), `${end}\n`);
    this.#next = end;
  }

  /** Offers what waits, oldest first. @throws SlapError when the master takes none now. */
  async deliver(master: Pick<SlapMaster, 'reportUsage'>, now: number): Promise<void> {
    for (const hour of this.#waiting.slice()) {
      if (now - (this.#refusedAt.get(hour) ?? Number.NEGATIVE_INFINITY) < REFUSED_AGAIN_MS) continue;
      const report = await readFile(this.#fileOf(hour), 'utf8');
      try {
        await master.reportUsage(this.#options.computerId, report);
      } catch (error) {
        if (!(error instanceof SlapError && error.status >= 400 && error.status < 500)) throw error;
        this.#refusedAt.set(hour, now);
        continue;
      }
      await rm(this.#fileOf(hour), { force: true });
      this.#refusedAt.delete(hour);
      this.#waiting.splice(this.#waiting.indexOf(hour), 1);
    }
  }

  #fileOf(hour: number): string {
    return path.join(this.#options.folder, `${hour}.xml`);
  }
}

async function readNext(file: string): Promise<number | null> {
  try {
    const text = await readFile(file, 'utf8');
    return /^\d+\n$/.test(text) ? Number(text) : null;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
