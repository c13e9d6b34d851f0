/**
 * Whether a partition is to be held still, and is. What it does meanwhile, and what was begun before, says nothing about how well it is.
 */
import type { PauseAction } from '../api/contract-conditions.ts';
import type { PartitionFreezer } from './tools.ts';

/** How it is held still, and why, in words for who is not at this computer. */
export type Held = { action: PauseAction; why: string };

export class Stillness {
  readonly #partitionId: string;
  readonly #freezer: PartitionFreezer | undefined;
  #wanted: Held | null = null;
  /** An earlier agent may have left it so. */
  #mayBeFrozen = true;
  #turns = 0;

  constructor(partitionId: string, freezer: PartitionFreezer | undefined) {
    this.#partitionId = partitionId;
    this.#freezer = freezer;
  }

  /** null: it may run. */
  get wanted(): Held | null {
    return this.#wanted;
  }

  /** Grows each time it is held still or let go: what was begun at another number is not believed. */
  get turns(): number {
    return this.#turns;
  }

  want(held: Held | null): void {
    if ((held === null) !== (this.#wanted === null)) this.#turns += 1;
    this.#wanted = held;
  }

  /** @returns false: it cannot be frozen here. */
  async freeze(): Promise<boolean> {
    if (this.#freezer === undefined) return false;
    this.#mayBeFrozen = true;
    const isFrozen = await this.#freezer.freeze(this.#partitionId);
    this.#mayBeFrozen = isFrozen;
    return isFrozen;
  }

  async thaw(): Promise<void> {
    if (!this.#mayBeFrozen) return;
    await this.#freezer?.thaw(this.#partitionId);
    this.#mayBeFrozen = false;
  }
}
