/**
 * Keeps the software of this computer as the master wants it: installs what is supplied, removes what no longer is and no instance
 * uses, and tells both what happens.
 */
import type { SoftwareReleaseRecord } from '../../slap/master.ts';
import type { Progress, SoftwareView } from '../api/contract.ts';
import { errorView, SlapgridError, type ErrorView } from '../errors.ts';
import type { Provider } from '../software/types.ts';
import { retryDelay, worthRetrying } from './retry.ts';
import { installing } from './start-instance.ts';
import type { GridTools } from './tools.ts';

type Kept = {
  record: SoftwareReleaseRecord;
  state: SoftwareView['state'];
  progress: Progress | null;
  error: ErrorView | null;
  bytes: number | null;
  failures: number;
  cancel: AbortController | null;
  cancelRetry: () => void;
  removing: boolean;
};

export type SoftwareKeeperOptions = {
  tools: GridTools;
  provider: Pick<Provider, 'treeBytes'>;
  /** Whether an instance holds the software. */
  inUse: (url: string) => boolean;
  /** Trees that instances may be running from. */
  treesInUse: () => Promise<string[]>;
};

export class SoftwareKeeper {
  readonly #options: SoftwareKeeperOptions;
  readonly #kept = new Map<string, Kept>();
  #closed = false;

  constructor(options: SoftwareKeeperOptions) {
    this.#options = options;
  }

  /** Takes the master's whole list. */
  update(records: readonly SoftwareReleaseRecord[]): void {
    const listed = new Set(records.map((record) => record.url));
    for (const [url, kept] of this.#kept) if (!listed.has(url)) this.#gone(url, kept);
    for (const record of records) this.#updateOne(record);
    void this.#removeUnsupplied(listed);
  }

  /** Software that came with a request and not by supply goes with its last instance. */
  async #removeUnsupplied(listed: ReadonlySet<string>): Promise<void> {
    const { tools, inUse, treesInUse } = this.#options;
    const unused = tools.software.records().filter(({ url }) => !listed.has(url) && !inUse(url));
    if (unused.length === 0) return;
    for (const { url } of unused) await tools.software.forget(url);
    await tools.software.collectGarbage(treesInUse);
  }

  #updateOne(record: SoftwareReleaseRecord): void {
    const known = this.#kept.get(record.url);
    const kept: Kept = known ?? {
      record,
      state: 'waiting',
      progress: null,
      error: null,
      bytes: null,
      failures: 0,
      cancel: null,
      cancelRetry: () => undefined,
      removing: false,
    };
    const changed = known === undefined || known.record.requestedState !== record.requestedState;
    if (changed) kept.removing = false;
    kept.record = record;
    this.#kept.set(record.url, kept);
    if (record.requestedState === 'destroyed') void this.#remove(record.url, kept);
    else if (changed) void this.#install(record.url, kept);
  }

  /**
   * The upgrade on purpose of software that is here. When it fails, what was here is still here, and why is shown.
   * @returns whether its instances must be processed again.
   */
  async renew(url: string): Promise<boolean> {
    const kept = this.#kept.get(url);
    if (kept?.state !== 'available' || kept.cancel !== null || this.#closed) return false;
    const { software } = this.#options.tools;
    let changed = false;
    try {
      await this.#work(url, kept, async (options) => {
        changed = await software.renew(url, options);
      });
    } catch (error) {
      kept.error = errorView(error);
      await this.#available(url, kept);
    }
    return changed;
  }

  async #install(url: string, kept: Kept): Promise<void> {
    if (kept.cancel !== null || this.#closed) return;
    const { software } = this.#options.tools;
    try {
      await this.#work(url, kept, async (options) => {
        if (software.find(url) === undefined) await this.#report(url, { state: 'building' });
        await software.ensure(url, options);
      });
      kept.failures = 0;
      await this.#report(url, { state: 'available' });
    } catch (error) {
      await this.#failed(url, kept, error);
      this.#show(url, kept);
    }
  }

  /** Shows the release as building while `work` goes on, then as available. Throws what `work` throws, unless it was cancelled. */
  async #work(
    url: string,
    kept: Kept,
    work: (options: Parameters<GridTools['software']['ensure']>[1]) => Promise<void>,
  ): Promise<void> {
    kept.cancelRetry();
    const cancel = new AbortController();
    kept.cancel = cancel;
    kept.error = null;
    try {
      await work({
        signal: cancel.signal,
        onProgress: (progress) => {
          kept.state = 'building';
          kept.progress = installing(progress);
          this.#show(url, kept);
        },
      });
      await this.#available(url, kept);
    } catch (error) {
      if (!cancel.signal.aborted) throw error;
    } finally {
      kept.cancel = null;
    }
  }

  async #available(url: string, kept: Kept): Promise<void> {
    const record = this.#options.tools.software.find(url);
    kept.state = 'available';
    kept.progress = null;
    if (record !== undefined) kept.bytes = await this.#options.provider.treeBytes(record.treeDigest);
    this.#show(url, kept);
  }

  async #failed(url: string, kept: Kept, error: unknown): Promise<void> {
    if (!(error instanceof SlapgridError)) this.#options.tools.onFault(error);
    kept.state = 'failed';
    kept.progress = null;
    kept.error = errorView(error);
    kept.failures += 1;
    await this.#report(url, { state: 'error', log: kept.error.sentence });
    if (worthRetrying(error))
      kept.cancelRetry = this.#options.tools.clock.after(
        retryDelay(kept.failures),
        () => void this.#install(url, kept),
      );
  }

  /** Waits, shown as destroying, while an instance uses it: an instance keeps its software. */
  async #remove(url: string, kept: Kept): Promise<void> {
    const { tools, inUse, treesInUse } = this.#options;
    kept.cancelRetry();
    kept.cancel?.abort(new SlapgridError('cancelled'));
    kept.state = 'destroying';
    kept.progress = null;
    this.#show(url, kept);
    if (inUse(url) || kept.removing) return;
    kept.removing = true;
    await tools.software.forget(url);
    await tools.software.collectGarbage(treesInUse);
    await tools.releases.software(url);
  }

  /** What the master does not answer now it is told at the next change: it keeps only what is requested. */
  async #report(url: string, report: Parameters<GridTools['master']['reportSoftware']>[2]): Promise<void> {
    const { master, computerId } = this.#options.tools;
    try {
      await master.reportSoftware(url, computerId, report);
    } catch {
      // Reports of software are repeated by the next start; nothing on this computer depends on them.
    }
  }

  #gone(url: string, kept: Kept): void {
    kept.cancelRetry();
    kept.cancel?.abort(new SlapgridError('cancelled'));
    this.#kept.delete(url);
    this.#options.tools.store.removeSoftware(url);
  }

  #show(url: string, kept: Kept): void {
    if (this.#kept.get(url) !== kept) return;
    this.#options.tools.store.setSoftware({
      url,
      title: this.#options.tools.software.title(url),
      requestedState: kept.record.requestedState,
      state: kept.state,
      progress: kept.progress,
      error: kept.error,
      bytes: kept.bytes,
    });
  }

  close(): void {
    this.#closed = true;
    for (const kept of this.#kept.values()) {
      kept.cancelRetry();
      kept.cancel?.abort(new SlapgridError('cancelled'));
    }
  }
}
