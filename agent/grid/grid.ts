/**
 * slapgrid: makes this computer what its master says. Driven by events: it asks the master when something changed, compares, and
 * wakes only the partitions that differ. With nothing to do it starts no process and writes nothing.
 */
import type { ComputerPartitionRecord, ComputerRecord } from '../../slap/master.ts';
import type { PartitionLayout } from '../node/format.ts';
import type { Provider } from '../software/types.ts';
import { PartitionWorker } from './partition-worker.ts';
import type { SoftwareUser } from './shared-software.ts';
import type { Held } from './stillness.ts';
import { SoftwareKeeper } from './software-keeper.ts';
import type { GridTools } from './tools.ts';
import { partitionOf } from './units.ts';

export type GridOptions = {
  tools: GridTools;
  layouts: readonly PartitionLayout[];
  provider: Pick<Provider, 'treeBytes'>;
};

export class Grid {
  readonly #options: GridOptions;
  readonly #workers = new Map<string, PartitionWorker>();
  readonly #keeper: SoftwareKeeper;
  #synchronising: Promise<void> | null = null;
  readonly #user: SoftwareUser;
  #again = false;
  #isHeard = false;
  #closed = false;
  #unsubscribe = (): void => undefined;

  constructor(options: GridOptions) {
    this.#options = options;
    for (const layout of options.layouts)
      this.#workers.set(layout.id, new PartitionWorker(layout, options.tools, () => this.#targets()));
    const isHeard = (): boolean => this.#isHeard;
    this.#user = {
      wants: async (url) => this.#keeper.lists(url) || (await this.#inUse(url)),
      treesInUse: () => this.#treesInUse(),
      get isHeard() {
        return isHeard();
      },
    };
    options.tools.shared.join(this.#user);
    this.#keeper = new SoftwareKeeper({
      tools: options.tools,
      provider: options.provider,
      user: this.#user,
      inUse: (url) => this.#inUse(url),
    });
  }

  /** Adopts what runs from an earlier agent, then synchronises once. */
  async start(): Promise<void> {
    await this.adopt();
    await this.synchronise();
  }

  /** Finds what runs from an earlier agent, and looks after it. */
  async adopt(): Promise<void> {
    const { tools, layouts } = this.#options;
    await tools.supervisor.adopt(
      layouts.map((layout) => ({ unitPrefix: layout.id, folder: layout.paths.run })),
    );
    const unsubscribe = tools.supervisor.onChange((status) => {
      this.#workers.get(partitionOf(status.id))?.unitChanged(status);
    });
    const unfollow = tools.overuse?.follow({
      exceeded: (partitionId, error) => void this.#workers.get(partitionId)?.stopFor(error),
      fits: (partitionId) => this.#workers.get(partitionId)?.retry(),
    });
    this.#unsubscribe = () => {
      unsubscribe();
      unfollow?.();
    };
    await this.#each((worker) => worker.adopted());
  }

  /** Begins with what is kept beside the instances, for a master that may not answer soon. */
  async remember(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.remember()));
  }

  /** Asks the master soon; calls while a synchronisation is under way are one more synchronisation. */
  wake(): void {
    void this.synchronise();
  }

  /** Asks the master and hands out what it says. Resolves when handed out, not when done. */
  synchronise(): Promise<void> {
    this.#again = true;
    this.#synchronising ??= this.#synchroniseAll().finally(() => {
      this.#synchronising = null;
    });
    return this.#synchronising;
  }

  async #synchroniseAll(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      try {
        await this.#synchroniseOnce();
      } catch (error) {
        // The next event tries again.
        this.#options.tools.onFault(error);
      }
    }
  }

  async #synchroniseOnce(): Promise<void> {
    const { tools } = this.#options;
    const computer = await tools.master.getFullComputerInformation(tools.computerId);
    this.apply(computer);
  }

  /** Hands out what the master says. A partition that it does not speak of stays as it is. */
  apply(computer: ComputerRecord): void {
    if (this.#closed) return;
    this.#isHeard = true;
    for (const partition of computer.partitions) this.#workers.get(partition.partitionId)?.update(partition);
    this.#keeper.update(computer.software);
  }

  #targets(): ComputerPartitionRecord[] {
    return [...this.#workers.values()].map((worker) => worker.target).filter((target) => target !== null);
  }

  async #inUse(url: string): Promise<boolean> {
    const holds = await Promise.all([...this.#workers.values()].map((worker) => worker.holds(url)));
    return holds.includes(true);
  }

  async #treesInUse(): Promise<string[]> {
    const digests = await Promise.all([...this.#workers.values()].map((worker) => worker.treeDigest()));
    return digests.filter((digest) => digest !== null);
  }

  worker(partitionId: string): PartitionWorker | undefined {
    return this.#workers.get(partitionId);
  }

  /** The upgrade on purpose: what the URL says now, and its instances started from that. The old tree goes when none uses it. */
  async renewSoftware(url: string): Promise<void> {
    if (!(await this.#keeper.renew(url))) return;
    const users = [...this.#workers.values()].filter((worker) => worker.softwareUrl === url);
    for (const worker of users) worker.retry();
    await Promise.all(users.map((worker) => worker.settled()));
    const { software, shared } = this.#options.tools;
    await software.collectGarbage(() => shared.treesInUse());
  }

  /** Resolves when no partition is being processed. */
  async settled(): Promise<void> {
    await this.#synchronising;
    await Promise.all([...this.#workers.values()].map((worker) => worker.settled()));
  }

  /** Holds every instance still, those to come included, until {@link thaw}. Resolves when they use no processor. */
  freeze(held: Held): Promise<void> {
    // What is downloaded and unpacked uses what a pause is to spare, too.
    this.#keeper.hold();
    return this.#each((worker) => worker.freeze(held));
  }

  /** Resolves when they run again, or are on their way to it. */
  thaw(): Promise<void> {
    this.#keeper.release();
    return this.#each((worker) => worker.thaw());
  }

  /** One that fails does not keep the others from it. */
  async #each(act: (worker: PartitionWorker) => Promise<void>): Promise<void> {
    const outcomes = await Promise.allSettled([...this.#workers.values()].map(act));
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') this.#options.tools.onFault(outcome.reason);
    }
  }

  /** Stops every instance and keeps it, until {@link resume}. Its master is told that it is stopped. */
  async pause(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.pause()));
  }

  /** What may be here was decided anew. */
  reconsider(): void {
    for (const worker of this.#workers.values()) worker.reconsider();
    this.#keeper.reconsider();
  }

  resume(): void {
    for (const worker of this.#workers.values()) worker.resume();
  }

  /**
   * Stops and destroys every instance, then tells. Everything is tried, whatever fails.
   * @throws what was thrown first; it can be called again.
   */
  async destroyAll(told: (partitionId: string) => Promise<void>): Promise<void> {
    const outcomes = await Promise.allSettled(
      [...this.#workers.values()].map(async (worker) => {
        if (await worker.destroy()) await told(worker.layout.id);
      }),
    );
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** Ends for ever: its partitions are shown no more, and its software goes unless another grid wants it. */
  async forget(): Promise<void> {
    await this.close();
    const { tools, layouts } = this.#options;
    for (const { id } of layouts) tools.store.removePartition(id);
    tools.shared.leave(this.#user);
    await this.#keeper.forgetAll();
  }

  /** Stops every process of every partition, changing nothing of what is requested. */
  async suspend(): Promise<void> {
    this.#stopListening();
    await Promise.all([...this.#workers.values()].map((worker) => worker.suspend()));
  }

  /** Stops working; what runs goes on. */
  async close(): Promise<void> {
    this.#stopListening();
    await Promise.all([...this.#workers.values()].map((worker) => worker.close()));
  }

  #stopListening(): void {
    this.#closed = true;
    this.#unsubscribe();
    this.#keeper.close();
  }
}
