/**
 * slapgrid: makes this computer what its master says. Driven by events: it asks the master when something changed, compares, and
 * wakes only the partitions that differ. With nothing to do it starts no process and writes nothing.
 */
import type { PartitionLayout } from '../node/format.ts';
import type { Provider } from '../software/types.ts';
import { PartitionWorker } from './partition-worker.ts';
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
  #again = false;
  #closed = false;
  #unsubscribe = (): void => undefined;

  constructor(options: GridOptions) {
    this.#options = options;
    for (const layout of options.layouts)
      this.#workers.set(layout.id, new PartitionWorker(layout, options.tools));
    this.#keeper = new SoftwareKeeper({
      tools: options.tools,
      provider: options.provider,
      inUse: (url) => [...this.#workers.values()].some((worker) => worker.softwareUrl === url),
      treesInUse: () => this.#treesInUse(),
    });
  }

  /** Adopts what runs from an earlier agent, then synchronises once. */
  async start(): Promise<void> {
    const { tools, layouts } = this.#options;
    await tools.supervisor.adopt(
      layouts.map((layout) => ({ unitPrefix: layout.id, folder: layout.paths.run })),
    );
    this.#unsubscribe = tools.supervisor.onChange((status) => {
      this.#workers.get(partitionOf(status.id))?.unitChanged(status);
    });
    await this.synchronise();
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
    if (this.#closed) return;
    for (const partition of computer.partitions) this.#workers.get(partition.partitionId)?.update(partition);
    this.#keeper.update(computer.software);
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
    await this.#options.tools.software.collectGarbage(() => this.#treesInUse());
  }

  /** Resolves when no partition is being processed. */
  async settled(): Promise<void> {
    await this.#synchronising;
    await Promise.all([...this.#workers.values()].map((worker) => worker.settled()));
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
