/**
 * Keeps the software of this computer as the master wants it: installs what is supplied, removes what no longer is and no instance
 * uses, and tells both what happens.
 */
import { SlapError } from '../../slap/errors.ts';
import type { SoftwareReleaseRecord } from '../../slap/master.ts';
import type { Progress, SoftwareView } from '../api/contract.ts';
import { errorView, SlapgridError, type ErrorView } from '../errors.ts';
import type { Provider } from '../software/types.ts';
import { retryDelay, worthRetrying } from './retry.ts';
import type { SoftwareUser } from './shared-software.ts';
import { installing } from './start-instance.ts';
import type { GridTools } from './tools.ts';

type SoftwareReport = Parameters<GridTools['master']['reportSoftware']>[2];

type Kept = {
  record: SoftwareReleaseRecord;
  state: SoftwareView['state'];
  progress: Progress | null;
  error: ErrorView | null;
  bytes: number | null;
  failures: number;
  /** Whether it may not be brought here. */
  refused: boolean;
  cancel: AbortController | null;
  cancelRetry: () => void;
  removing: boolean;
  /** What the master could not be told yet. */
  untold: SoftwareReport | null;
};

export type SoftwareKeeperOptions = {
  tools: GridTools;
  provider: Pick<Provider, 'treeBytes'>;
  /** This grid among all of this computer. */
  user: SoftwareUser;
  /** Whether an instance of this grid holds the software. */
  inUse: (url: string) => Promise<boolean>;
};

export class SoftwareKeeper {
  readonly #options: SoftwareKeeperOptions;
  readonly #kept = new Map<string, Kept>();
  #isHeld = false;
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
    void this.#tellAgain();
  }

  /** Whether the master wants the software here. */
  lists(url: string): boolean {
    return this.#kept.get(url)?.record.requestedState === 'available';
  }

  /** What may be brought here was decided anew. */
  reconsider(): void {
    for (const [url, kept] of this.#kept)
      if (kept.refused && kept.record.requestedState === 'available') void this.#install(url, kept);
  }

  /** Installs nothing until {@link release}; what is under way is given up, and goes on later where it was. */
  hold(): void {
    this.#isHeld = true;
    for (const [url, kept] of this.#kept) {
      kept.cancelRetry();
      if (kept.cancel === null) continue;
      kept.cancel.abort(new SlapgridError('cancelled'));
      kept.state = 'waiting';
      kept.progress = null;
      this.#show(url, kept);
    }
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    for (const [url, kept] of this.#kept) if (isMissing(kept)) void this.#install(url, kept);
  }

  /** Its master was left: what nobody else wants goes. */
  async forgetAll(): Promise<void> {
    const urls = [...this.#kept.keys()];
    this.#kept.clear();
    await this.#forget(urls);
  }

  /** Software that came with a request and not by supply goes with its last instance. */
  async #removeUnsupplied(listed: ReadonlySet<string>): Promise<void> {
    const { tools, inUse } = this.#options;
    // A master that did not speak yet may list what no other does.
    if (!tools.shared.allHeard) return;
    const unused: string[] = [];
    for (const { url } of tools.software.records())
      if (!listed.has(url) && !(await inUse(url))) unused.push(url);
    await this.#forget(unused);
  }

  /** Forgets what no other grid wants, and collects what that frees. */
  async #forget(urls: readonly string[]): Promise<void> {
    const { tools, user } = this.#options;
    let forgotten = false;
    for (const url of urls) {
      if (await tools.shared.isWantedByOthers(user, url)) continue;
      await tools.software.forget(url);
      forgotten = true;
    }
    if (forgotten) await tools.software.collectGarbage(() => tools.shared.treesInUse());
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
      refused: false,
      cancel: null,
      cancelRetry: () => undefined,
      removing: false,
      untold: null,
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
    if (kept.cancel !== null || this.#closed || this.#isHeld) return;
    const { software } = this.#options.tools;
    try {
      this.#refuse(url, kept);
      const isDone = await this.#work(url, kept, async (options) => {
        if (software.find(url) === undefined) await this.#report(url, { state: 'building' });
        await software.ensure(url, options);
      });
      if (!isDone) {
        // It may be held no longer by the time that it was given up.
        if (this.#kept.get(url) === kept && isMissing(kept)) void this.#install(url, kept);
        return;
      }
      kept.failures = 0;
      await this.#report(url, { state: 'available' });
    } catch (error) {
      await this.#failed(url, kept, error);
      this.#show(url, kept);
    }
  }

  /** @throws SlapgridError what the admission refuses it with. What is here is here. */
  #refuse(url: string, kept: Kept): void {
    const { admission, software, masterId, owner } = this.#options.tools;
    const isHere = software.find(url) !== undefined;
    const refusal = isHere ? null : (admission?.softwareRefusal({ masterId, owner, url }) ?? null);
    kept.refused = refusal !== null;
    if (refusal !== null) throw refusal;
  }

  /**
   * Shows the release as building while `work` goes on, then as available. Throws what `work` throws.
   * @returns false: it was cancelled.
   */
  async #work(
    url: string,
    kept: Kept,
    work: (options: Parameters<GridTools['software']['ensure']>[1]) => Promise<void>,
  ): Promise<boolean> {
    kept.cancelRetry();
    const cancel = new AbortController();
    kept.cancel = cancel;
    kept.error = null;
    try {
      await work({
        signal: cancel.signal,
        onProgress: (progress) => {
          if (cancel.signal.aborted) return;
          kept.state = 'building';
          kept.progress = installing(progress);
          this.#show(url, kept);
        },
      });
      await this.#available(url, kept);
      return true;
    } catch (error) {
      if (!cancel.signal.aborted) throw error;
      return false;
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
    const { tools, inUse } = this.#options;
    kept.cancelRetry();
    kept.cancel?.abort(new SlapgridError('cancelled'));
    kept.untold = null;
    kept.state = 'destroying';
    kept.progress = null;
    this.#show(url, kept);
    const used = await inUse(url);
    if (!tools.shared.isComplete || used || kept.removing || kept.record.requestedState !== 'destroyed')
      return;
    kept.removing = true;
    try {
      await this.#forget([url]);
      await tools.releases.software(url);
    } catch (error) {
      // Still on the master's list, so the next answer tries again.
      kept.removing = false;
      if (!(error instanceof SlapError)) tools.onFault(error);
    }
  }

  /** What the master cannot be told now it is told after its next answer. */
  async #report(url: string, report: SoftwareReport): Promise<void> {
    const { master, computerId } = this.#options.tools;
    const kept = this.#kept.get(url);
    try {
      await master.reportSoftware(url, computerId, report);
      if (kept !== undefined) kept.untold = null;
    } catch {
      if (kept !== undefined) kept.untold = report;
    }
  }

  async #tellAgain(): Promise<void> {
    for (const [url, { untold }] of this.#kept) if (untold !== null) await this.#report(url, untold);
  }

  #gone(url: string, kept: Kept): void {
    kept.cancelRetry();
    kept.cancel?.abort(new SlapgridError('cancelled'));
    this.#kept.delete(url);
    this.#options.tools.shared.hide(this.#options.user, url);
  }

  #show(url: string, kept: Kept): void {
    if (this.#kept.get(url) !== kept) return;
    this.#options.tools.shared.show(this.#options.user, {
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

/** Whether its master wants it here, and it is not. */
function isMissing({ record, state }: Kept): boolean {
  return record.requestedState === 'available' && state !== 'available';
}
