/**
 * Keeps what is hosted for others from filling the disk, where no quota of the file system does it. It looks at the free space, the more
 * often the faster that goes; measures who may have taken it; freezes who took too much, and has it stopped by name. The others go on.
 * While nothing changes on the disk a look is one call of the kernel, and while nothing is hosted there is none.
 */
import type { LendingLimits } from '../api/contract-lending.ts';
import type { Clock } from '../clock.ts';
import { SlapgridError } from '../errors.ts';
import type { MessageParameters } from '../messages.ts';
import {
  culpritOf,
  exceeds,
  isDue,
  largestOf,
  nextLook,
  type DiskAllowance,
  type DiskAmount,
  type Measured,
} from './disk-rules.ts';
import { figure } from './limit-problem.ts';

export type DiskWatcherOptions = {
  /** What is free on the file system of the data; files: Infinity where it does not count them. */
  free: () => DiskAmount;
  /** What the data of a partition takes; may fail. */
  measure: (partitionId: string, signal: AbortSignal) => Promise<DiskAmount>;
  /** Those of others that run. */
  running: () => readonly string[];
  freezer: {
    freeze: (partitionId: string) => Promise<boolean>;
    thaw: (partitionId: string) => Promise<void>;
    isFrozen: (partitionId: string) => boolean;
  };
  /** It is frozen, and is to be stopped for this. */
  exceeded: (partitionId: string, error: SlapgridError) => void;
  /** Of the file system, that nobody hosted may take. */
  reserveBytes: number;
  limits: LendingLimits;
  clock: Clock;
  onFault: (error: unknown) => void;
};

/** Since the watcher began; what came back is not taken off. */
type Losses = DiskAmount;

const NONE: DiskAmount = { bytes: 0, files: 0 };
/** Of the reserve, before it is asked again who took it. */
const ANOTHER_BYTES = 16_000_000;

export class DiskWatcher {
  readonly #options: DiskWatcherOptions;
  readonly #measured = new Map<string, Measured>();
  readonly #exceeded = new Set<string>();
  readonly #closing = new AbortController();
  #limits: LendingLimits;
  #losses: Losses = NONE;
  #last: (DiskAmount & { at: number }) | null = null;
  /** What was free when nobody hosted was found to have taken the reserve. */
  #blameless = Number.POSITIVE_INFINITY;
  #look: Promise<void> | null = null;
  #cancel: (() => void) | null = null;

  constructor(options: DiskWatcherOptions) {
    this.#options = options;
    this.#limits = options.limits;
  }

  /** Something hosted begins to run. */
  wake(): void {
    if (this.#closing.signal.aborted || this.#look !== null || this.#cancel !== null) return;
    this.#plan(0);
  }

  /** The partition is empty, or another's. */
  forget(partitionId: string): void {
    this.#measured.delete(partitionId);
    this.#exceeded.delete(partitionId);
  }

  /** @returns those that exceeded the limits and keep the new ones. */
  apply(limits: LendingLimits): string[] {
    this.#limits = limits;
    const fits = [...this.#exceeded].filter((id) => {
      const amount = this.#measured.get(id);
      return amount === undefined || exceeds(amount, this.#allowance) === null;
    });
    for (const id of fits) this.#exceeded.delete(id);
    this.#last = null;
    this.#cancel?.();
    this.#cancel = null;
    if (this.#look === null && this.#options.running().length > 0) this.#plan(0);
    return fits;
  }

  /** What was measured last of all that is hosted. */
  used(): DiskAmount {
    return sumOf(this.#measured.values());
  }

  /** What the data of a partition took when it was measured last; null: it was not yet. */
  measured(partitionId: string): DiskAmount | null {
    return this.#measured.get(partitionId) ?? null;
  }

  /**
   * To be asked before a partition is started.
   * @throws SlapgridError `disk-limit` for one that was stopped because it took too much, and still does.
   */
  async check(partitionId: string): Promise<void> {
    if (!this.#exceeded.has(partitionId)) return;
    await this.#measure(partitionId);
    const amount = this.#measured.get(partitionId);
    const kind = amount === undefined ? null : exceeds(amount, this.#allowance);
    if (amount !== undefined && kind !== null) throw this.#tooMuch(kind, amount);
    this.#exceeded.delete(partitionId);
  }

  /** Ends a measurement under way and resolves when nothing of it is left. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#cancel?.();
    await this.#look;
  }

  get #allowance(): DiskAllowance {
    return { bytes: this.#limits.each.diskBytes, files: this.#limits.each.files };
  }

  get #allowedTogether(): DiskAllowance {
    return { bytes: this.#limits.together.diskBytes, files: this.#limits.together.files };
  }

  #plan(milliseconds: number): void {
    this.#cancel = this.#options.clock.after(milliseconds, () => {
      this.#cancel = null;
      this.#look = this.#lookAndPlan();
    });
  }

  async #lookAndPlan(): Promise<void> {
    let next: number | null = LOOK_AFTER_FAULT_MILLISECONDS;
    try {
      next = await this.#lookOnce();
    } catch (error) {
      this.#options.onFault(error);
    }
    this.#look = null;
    if (next !== null && !this.#closing.signal.aborted) this.#plan(next);
  }

  /** @returns when to look again; null: nothing is hosted. */
  async #lookOnce(): Promise<number | null> {
    const { free, running, clock, reserveBytes } = this.#options;
    const hosted = running();
    if (hosted.length === 0) {
      this.#last = null;
      return null;
    }
    const before = this.#last;
    const now = { ...free(), at: clock.now() };
    this.#last = now;
    const lost = before === null ? NONE : lostBetween(before, now);
    this.#losses = sumOf([this.#losses, lost]);
    if (now.bytes < reserveBytes && now.bytes < this.#blameless - ANOTHER_BYTES)
      await this.#keepReserve(hosted);
    else {
      if (now.bytes >= reserveBytes) this.#blameless = Number.POSITIVE_INFINITY;
      await this.#keepLimits(hosted, now.at, before === null);
    }
    const elapsed = before === null ? 0 : Math.max(now.at - before.at, 1);
    return nextLook(lost, this.#leastRoom(hosted, now), elapsed);
  }

  /** @param isBlind what became of the disk before is not known. */
  async #keepLimits(hosted: readonly string[], now: number, isBlind: boolean): Promise<void> {
    for (const id of hosted) {
      if (!isBlind && !isDue(this.#measured.get(id), this.#roomOf(id), this.#losses, now)) continue;
      await this.#measure(id);
      const amount = this.#measured.get(id);
      const kind = amount === undefined ? null : exceeds(amount, this.#allowance);
      if (amount !== undefined && kind !== null) await this.#stop(id, this.#tooMuch(kind, amount));
    }
    const all = this.used();
    const kind = exceeds(all, this.#allowedTogether);
    if (kind === null) return;
    const candidates = this.#runningMeasured(hosted);
    // What was stopped keeps its data: the others go on as long as they do not grow.
    const largest = this.#exceeded.size === 0 ? largestOf(candidates, kind) : null;
    const culprit = culpritOf(candidates, kind) ?? largest;
    if (culprit !== null) await this.#stop(culprit, this.#tooMuchTogether(kind, all));
  }

  /** Nothing hosted goes on until it is known who took it. */
  async #keepReserve(hosted: readonly string[]): Promise<void> {
    const { freezer, free, reserveBytes } = this.#options;
    const moving = hosted.filter((id) => !freezer.isFrozen(id));
    await Promise.all(moving.map((id) => freezer.freeze(id)));
    let culprit: string | null = null;
    try {
      for (const id of hosted) await this.#measure(id);
      culprit = culpritOf(this.#runningMeasured(hosted), 'bytes');
      if (culprit !== null)
        await this.#stop(
          culprit,
          new SlapgridError('disk-reserve', { reserve: figure('diskBytes', reserveBytes) }),
        );
      this.#blameless = culprit === null ? free().bytes : Number.POSITIVE_INFINITY;
    } finally {
      for (const id of moving) if (id !== culprit) await freezer.thaw(id);
    }
  }

  async #stop(partitionId: string, error: SlapgridError): Promise<void> {
    if (this.#closing.signal.aborted || this.#exceeded.has(partitionId)) return;
    this.#exceeded.add(partitionId);
    await this.#options.freezer.freeze(partitionId);
    this.#options.exceeded(partitionId, error);
  }

  async #measure(partitionId: string): Promise<void> {
    const { measure, clock, onFault } = this.#options;
    const losses = this.#losses;
    try {
      const { bytes, files } = await measure(partitionId, this.#closing.signal);
      const before = this.#measured.get(partitionId) ?? { bytes, files };
      const grown = { bytes: bytes - before.bytes, files: files - before.files };
      this.#measured.set(partitionId, { bytes, files, at: clock.now(), losses, grown });
    } catch (error) {
      // Measured again with the next change of the disk.
      if (!this.#closing.signal.aborted) onFault(error);
    }
  }

  /** What the partition may take until it exceeds its own limit or that of all. */
  #roomOf(partitionId: string): DiskAllowance {
    const own = this.#measured.get(partitionId) ?? NONE;
    const all = this.used();
    const least = (kind: 'bytes' | 'files'): number | null => {
      const [each, together] = [this.#allowance[kind], this.#allowedTogether[kind]];
      const beside = together === null ? null : together - (all[kind] - own[kind]);
      return each === null || beside === null ? (each ?? beside) : Math.min(each, beside);
    };
    return { bytes: least('bytes'), files: least('files') };
  }

  #leastRoom(hosted: readonly string[], free: DiskAmount): DiskAmount {
    let { bytes, files } = { bytes: Math.abs(free.bytes - this.#options.reserveBytes), files: free.files };
    for (const id of hosted) {
      const used = this.#measured.get(id) ?? NONE;
      const room = this.#roomOf(id);
      if (room.bytes !== null) bytes = Math.min(bytes, Math.max(room.bytes - used.bytes, 0));
      if (room.files !== null) files = Math.min(files, Math.max(room.files - used.files, 0));
    }
    return { bytes, files };
  }

  #runningMeasured(hosted: readonly string[]): Map<string, Measured> {
    return new Map([...this.#measured].filter(([id]) => hosted.includes(id) && !this.#exceeded.has(id)));
  }

  #tooMuch(kind: 'bytes' | 'files', amount: DiskAmount): SlapgridError {
    return new SlapgridError('disk-limit', saidOf('each', kind, amount, this.#allowance));
  }

  #tooMuchTogether(kind: 'bytes' | 'files', amount: DiskAmount): SlapgridError {
    return new SlapgridError('disk-limit', saidOf('together', kind, amount, this.#allowedTogether));
  }
}

/** A fault may have been the disk's. */
const LOOK_AFTER_FAULT_MILLISECONDS = 5000;

function saidOf(
  scope: 'each' | 'together',
  kind: 'bytes' | 'files',
  amount: DiskAmount,
  allowance: DiskAllowance,
): MessageParameters {
  const name = kind === 'bytes' ? 'diskBytes' : 'files';
  return { scope, kind, used: figure(name, amount[kind]), limit: figure(name, allowance[kind] ?? 0) };
}

/** Space that came back may hide that some was taken: it counts as the least that can be. */
function lostBetween(before: DiskAmount, now: DiskAmount): DiskAmount {
  const lost = (kind: 'bytes' | 'files'): number =>
    Number.isFinite(now[kind]) ? Math.max(before[kind] - now[kind], 0) : 0;
  const isChanged = before.bytes !== now.bytes || before.files !== now.files;
  return { bytes: Math.max(lost('bytes'), isChanged ? 1 : 0), files: lost('files') };
}

function sumOf(amounts: Iterable<DiskAmount>): DiskAmount {
  let sum = NONE;
  for (const { bytes, files } of amounts) sum = { bytes: sum.bytes + bytes, files: sum.files + files };
  return sum;
}
