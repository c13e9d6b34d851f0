/** What other programs use of all processors: everything (`/proc/stat`, proc(5)) but what our partitions use. */
import path from 'node:path';
import { kernelText } from '../../kernel-text.ts';
import { TICKS_PER_SECOND } from '../../supervisor/process-record.ts';
import type { Told } from './source.ts';

type Times = { busy: number; total: number };

/** Over less than this nothing can be said. */
const SHORTEST_SECONDS = 3;

export class LoadOfOthers {
  readonly #file: string;
  readonly #processors: number;
  readonly #ours: () => number;
  #before: Times | null = null;
  #told: Told<number> | null = null;

  /** @param ours processors that our partitions use now: 1.5 is one and a half. */
  constructor(proc: string, processors: number, ours: () => number) {
    this.#file = path.join(proc, 'stat');
    this.#processors = processors;
    this.#ours = ours;
  }

  /** null the first time, and where counters go back (the computer slept, processors were taken away). */
  read(): Told<number> | null {
    const now = timesOf(kernelText(this.#file));
    const before = this.#before;
    const ticks = before === null || now === null ? 0 : now.total - before.total;
    const isSoon = ticks >= 0 && ticks < SHORTEST_SECONDS * TICKS_PER_SECOND * this.#processors;
    if (before !== null && now !== null && isSoon) return this.#told;
    this.#before = now;
    this.#told = before === null || now === null ? null : this.#between(before, now);
    return this.#told;
  }

  #between(before: Times, now: Times): Told<number> | null {
    const [busy, total] = [now.busy - before.busy, now.total - before.total];
    if (total <= 0 || busy < 0 || busy > total) return null;
    const others = (busy / total) * 100 - (this.#ours() / this.#processors) * 100;
    return { value: Math.round(Math.min(100, Math.max(0, others))), source: '/proc/stat' };
  }
}

/** user, nice, system, idle, iowait, irq, softirq, steal; the time of guests is in user and nice already. */
function timesOf(text: string | null): Times | null {
  const [, line] = /^cpu +(.*)$/m.exec(text ?? '') ?? [];
  const fields = (line ?? '').split(' ').map(Number);
  const [user, nice, system, idle, waiting, irq, softirq, stolen = 0] = fields;
  if (fields.some(Number.isNaN) || user === undefined || nice === undefined || system === undefined) {
    return null;
  }
  if (idle === undefined || waiting === undefined || irq === undefined || softirq === undefined) return null;
  const busy = user + nice + system + irq + softirq;
  return { busy, total: busy + idle + waiting + stolen };
}
