/** What was decided about the instance of one partition: whether it may be here, what it may reach, and where it is reached. */
import type { SlapgridError } from '../errors.ts';
import type { PartitionLayout } from '../node/format.ts';
import type { BusyTarget } from './instance-view.ts';
import type { GridTools } from './tools.ts';

export class PartitionAdmission {
  readonly #layout: PartitionLayout;
  readonly #tools: Pick<GridTools, 'admission' | 'masterId' | 'owner' | 'ways' | 'doors'>;
  /** As it was processed last. */
  #decided: { refusal: string | null; way: string } = { refusal: null, way: '' };

  constructor(
    layout: PartitionLayout,
    tools: Pick<GridTools, 'admission' | 'masterId' | 'owner' | 'ways' | 'doors'>,
  ) {
    this.#layout = layout;
    this.#tools = tools;
  }

  /** Decides, and remembers it. @returns why it may not be here, or null. What is to be destroyed may. */
  decide(target: BusyTarget): SlapgridError | null {
    const refusal = target.requestedState === 'destroyed' ? null : this.#refusal(target);
    this.#decided = { refusal: refusal?.message ?? null, way: this.#way() };
    return refusal;
  }

  /** Whether it would be decided again as it was. */
  isAsDecided(target: BusyTarget): boolean {
    const refusal = this.#refusal(target)?.message ?? null;
    return refusal === this.#decided.refusal && (refusal !== null || this.#way() === this.#decided.way);
  }

  #refusal(target: BusyTarget): SlapgridError | null {
    const { admission, masterId, owner } = this.#tools;
    const applicant = { masterId, partitionId: this.#layout.id, instance: target.instanceTitle, owner };
    return admission?.refusal(applicant) ?? null;
  }

  #way(): string {
    const { ways, doors, owner } = this.#tools;
    const way = ways?.wayOf(owner) ?? null;
    return JSON.stringify([way, doors?.addressesOf(owner) ?? [], doors?.publishedOf(owner) ?? null]);
  }
}
