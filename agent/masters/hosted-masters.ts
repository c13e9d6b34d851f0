/**
 * Works for the masters that this computer joined. One node each; none knows of the others.
 */
import type { JoinedMaster, MasterNodes } from '../account/types.ts';
import type { ResolveReportInput, UsageReports } from '../api/contract-usage.ts';
import type { Mode } from '../api/contract.ts';
import { SlapgridError } from '../errors.ts';
import type { Held } from '../grid/stillness.ts';
import type { PartitionLayout } from '../node/format.ts';
import type { LeavingOptions, LeavingOutcome } from './leaving.ts';
import { JoinedNode, type NodeSurroundings } from './joined-node.ts';

export class HostedMasters implements MasterNodes {
  readonly #surroundings: NodeSurroundings;
  readonly #nodes = new Map<string, JoinedNode>();
  #mode: Mode;
  #held: Held | null = null;

  constructor(surroundings: NodeSurroundings, mode: Mode) {
    this.#surroundings = surroundings;
    this.#mode = mode;
  }

  async add(master: JoinedMaster, leaving: Pick<LeavingOptions, 'isBegun'> | null = null): Promise<void> {
    if (this.#nodes.has(master.id)) return;
    const node = new JoinedNode(master, this.#surroundings);
    this.#nodes.set(master.id, node);
    if (this.#held !== null) await node.freeze(this.#held);
    await node.start(this.#mode, leaving);
  }

  async remove(id: string, options: LeavingOptions): Promise<LeavingOutcome> {
    const outcome = (await this.#nodes.get(id)?.leave(options)) ?? 'left';
    if (outcome === 'left') this.#nodes.delete(id);
    return outcome;
  }

  /** @throws SlapgridError `leaving-too-late`. */
  stay(id: string): void {
    this.#nodes.get(id)?.stay();
  }

  async abandon(id: string): Promise<void> {
    await this.#nodes.get(id)?.abandon();
    this.#nodes.delete(id);
  }

  ask(id: string): void {
    this.#nodes.get(id)?.ask();
  }

  /** What may be hosted was decided anew. */
  reconsider(): void {
    for (const node of this.#nodes.values()) node.reconsider();
  }

  /** Resolves when every node took it; what runs may still be stopping. */
  async setMode(mode: Mode): Promise<void> {
    this.#mode = mode;
    for (const node of this.#nodes.values())
      node.setMode(mode).catch((error: unknown) => this.#surroundings.tools.onFault(error));
  }

  /** Holds still everything that is hosted; null: lets it go. Resolves when it is so. */
  async hold(held: Held | null): Promise<void> {
    this.#held = held;
    await Promise.all(
      [...this.#nodes.values()].map((node) => (held === null ? node.thaw() : node.freeze(held))),
    );
  }

  /** The partition of whichever master. */
  layout(partitionId: string): PartitionLayout | undefined {
    for (const node of this.#nodes.values()) {
      const layout = node.layouts.find(({ id }) => id === partitionId);
      if (layout !== undefined) return layout;
    }
    return undefined;
  }

  /** What each master was told of the use of this computer. */
  reports(): UsageReports[] {
    return [...this.#nodes.values()].map((node) => node.reports()).filter((reports) => reports !== null);
  }

  /** @throws SlapgridError `unknown-report`. */
  async resolveReport(input: ResolveReportInput): Promise<void> {
    const node = this.#nodes.get(input.master);
    if (node === undefined) throw new SlapgridError('unknown-report', { period: input.period });
    await node.resolveReport(input);
  }

  /** Resolves when nothing is under way for any master. */
  async settled(): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => node.settled()));
  }

  /** Stops every process, changing nothing of what is wanted. */
  async suspend(): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => node.suspend()));
  }

  /** Stops working; what runs goes on. */
  async close(): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => node.close()));
  }
}
