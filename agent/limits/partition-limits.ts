/**
 * The limits of partitions as the rest of the agent sees them: what is hosted for others has those that the person chose, what is the
 * person's own has none.
 */
import type { LendingLimits } from '../api/contract-lending.ts';
import type { PartitionFreezer, PartitionGroups } from '../grid/tools.ts';
import type { CgroupBackend, CgroupLimits } from '../sandbox/cgroup.ts';
import type { Supervisor } from '../supervisor/types.ts';
import { SignalFreezer } from './signal-freezer.ts';

/** What an instance may use is decided by its sharing; a person's own are not limited. */
const UNLIMITED: CgroupLimits = { memoryBytes: null, processes: null, cpus: null };

export type PartitionLimitsOptions = {
  /** null: the kernel limits nothing here. */
  backend: CgroupBackend | null;
  supervisor: Pick<Supervisor, 'list' | 'status' | 'onChange'>;
  limits: LendingLimits;
};

export class PartitionLimits implements PartitionFreezer, PartitionGroups {
  readonly #backend: CgroupBackend | null;
  readonly #signals: SignalFreezer;
  #limits: LendingLimits;

  constructor({ backend, supervisor, limits }: PartitionLimitsOptions) {
    this.#backend = backend;
    this.#signals = new SignalFreezer(supervisor);
    this.#limits = limits;
  }

  /** What limits partitions here, by name. */
  get backend(): string {
    return this.#backend?.name ?? 'none';
  }

  async ensure(partitionId: string, isHosted: boolean): Promise<readonly string[]> {
    if (this.#backend === null) return [];
    const limits = isHosted ? this.#limits.each : UNLIMITED;
    const place = isHosted ? 'hosted' : 'own';
    return (await this.#backend.ensure(partitionId, limits, place)).procsFiles;
  }

  async remove(partitionId: string): Promise<void> {
    await this.#backend?.remove(partitionId);
  }

  /**
   * Takes effect at once, on what runs too. Every partition is given its limits, whatever becomes of the others.
   * @throws SlapgridError `cgroup-failed`: one holds more memory than it may and did not give it back.
   */
  async apply(limits: LendingLimits): Promise<void> {
    this.#limits = limits;
    const backend = this.#backend;
    if (backend === null) return;
    const hosted = await backend.hosted();
    const outcomes = await Promise.allSettled([
      backend.limitTogether(limits.together),
      ...hosted.map((partitionId) => backend.ensure(partitionId, limits.each, 'hosted')),
    ]);
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  async freeze(partitionId: string): Promise<boolean> {
    // A partition that was started when there were no groups has none.
    const isHeld = (await this.#backend?.freeze(partitionId)) ?? false;
    return isHeld || this.#signals.freeze(partitionId);
  }

  async thaw(partitionId: string): Promise<void> {
    await this.#backend?.thaw(partitionId);
    if (this.#signals.isHolding(partitionId)) this.#signals.thaw(partitionId);
  }

  /** Also what an earlier agent held still. */
  isFrozen(partitionId: string): boolean {
    return this.#backend?.isFrozen(partitionId) === true || this.#signals.isFrozen(partitionId);
  }
}
