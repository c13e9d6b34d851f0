/**
 * The promises of one partition: how each is, and the checks that go on while its instance runs. Who keeps the partition says what runs
 * in it and is told what came of a check; what a check finds after that has changed is not believed.
 */
import type { PromiseView } from '../api/contract.ts';
import type { PartitionLayout } from '../node/format.ts';
import type { RenderedInstance, RenderedPromise } from '../software/types.ts';
import { Anomalies, EXECUTABLES_PERIOD_SECONDS, executablePromises } from './executable-promises.ts';
import {
  checkPlugin,
  PLUGINS_PERIOD_SECONDS,
  pluginPromises,
  PluginTimes,
  type PluginPromise,
  type PluginResult,
} from './plugin-promises.ts';
import { PromiseResults, type PromiseMode } from './promise-results.ts';
import { checkPromise, type PromiseResult } from './promises.ts';
import type { StartedInstance } from './start-instance.ts';
import type { GridTools } from './tools.ts';

/** Who keeps the partition. */
export type Watched = {
  /** What runs now, with a number that changes whenever it is held still or let go; null while nothing is to be checked. */
  now(): { started: StartedInstance; turns: number } | null;
  /** A promise is broken, by a check while the instance runs. */
  broken(name: string, result: PromiseResult): Promise<void>;
  /** A plug-in says that the instance is to be processed again, because its promise is broken. */
  bang(name: string): Promise<void>;
  /** All were checked, and none is broken. */
  well(): Promise<void>;
  /** Something is to be shown anew. */
  changed(): void;
};

export class PromiseWatch {
  readonly #layout: PartitionLayout;
  readonly #tools: Pick<GridTools, 'clock' | 'onFault'>;
  readonly #watched: Watched;
  readonly #anomalies = new Anomalies();
  readonly #pluginTimes = new PluginTimes();
  readonly #results: PromiseResults;
  #promises = new Map<string, PromiseView>();
  #cancel = (): void => undefined;

  constructor(layout: PartitionLayout, tools: Pick<GridTools, 'clock' | 'onFault'>, watched: Watched) {
    this.#layout = layout;
    this.#tools = tools;
    this.#watched = watched;
    this.#results = new PromiseResults(layout);
  }

  get isBroken(): boolean {
    return [...this.#promises.values()].some((promise) => promise.state === 'failed');
  }

  views(): Iterable<PromiseView> {
    return this.#promises.values();
  }

  /** The profile's own, unknown until they were checked. */
  expect(rendered: RenderedInstance): void {
    const known = this.#promises;
    this.#promises = new Map(
      rendered.promises.map(({ name }) => [
        name,
        known.get(name) ?? { name, state: 'unknown', message: '', checkedAt: null },
      ]),
    );
  }

  keep(name: string, mode: PromiseMode, result: PromiseResult): void {
    const at = new Date(this.#tools.clock.now());
    this.#results.keep(name, mode, result, at).catch((error: unknown) => this.#tools.onFault(error));
    this.#promises.set(name, {
      name,
      state: result.kept ? 'kept' : 'failed',
      message: result.message,
      checkedAt: at.toISOString(),
    });
    this.#watched.changed();
  }

  /** A plug-in ran, and is not due before its time. */
  ran(plugin: PluginPromise, result: PluginResult): void {
    this.#pluginTimes.ran(plugin, result, this.#tools.clock.now());
  }

  /** The services were started: how often a promise failed before counts no more. */
  restarted(): void {
    this.#anomalies.clear();
  }

  /** Checks each of the profile's once. */
  async check(): Promise<void> {
    const now = this.#watched.now();
    if (now === null) return;
    for (const promise of now.started.rendered.promises) {
      const result = await checkPromise(promise, now.started.promiseContext);
      if (!this.#isStill(now)) return;
      this.keep(promise.name, 'anomaly', result);
      if (!result.kept) await this.#watched.broken(promise.name, result);
    }
    await this.#checked();
  }

  /** Checks those that the software put into its partition, as they are now. */
  async #checkExecutables(): Promise<void> {
    const now = this.#watched.now();
    if (now === null) return;
    const { executables } = await this.#placed(now.started);
    for (const promise of executables) {
      if (!this.#isStill(now)) return;
      const result = await checkPromise(promise, now.started.promiseContext);
      if (!this.#isStill(now)) return;
      const isBroken = this.#anomalies.ran(promise, result.kept);
      if (!result.kept && !isBroken) continue;
      this.keep(promise.name, 'anomaly', result);
      if (!result.kept) await this.#watched.broken(promise.name, result);
    }
    await this.#checked();
  }

  /** Checks those plug-ins that the software put into its partition whose time has come. */
  async #checkPlugins(): Promise<void> {
    const now = this.#watched.now();
    if (now === null) return;
    const { plugins } = await this.#placed(now.started);
    const due = plugins.filter((plugin) => this.#pluginTimes.isDue(plugin, this.#tools.clock.now()));
    let alarm: string | null = null;
    for (const plugin of due) {
      if (!this.#isStill(now)) return;
      const result = await checkPlugin(plugin, 'anomaly', now.started.promiseContext);
      if (!this.#isStill(now)) return;
      this.ran(plugin, result);
      if (!result.isDecided) continue;
      this.keep(plugin.name, 'anomaly', result);
      if (result.kept) continue;
      if (result.mayBang) alarm ??= plugin.name;
      await this.#watched.broken(plugin.name, result);
    }
    if (due.length > 0) await this.#checked();
    if (alarm !== null) await this.#watched.bang(alarm);
  }

  /** What the software put into its partition, as it is now. What it took away is shown no more. */
  async #placed(
    started: StartedInstance,
  ): Promise<{ executables: RenderedPromise[]; plugins: PluginPromise[] }> {
    const own = started.rendered.promises.map(({ name }) => name);
    const executables = await executablePromises(this.#layout, own);
    const others = [...own, ...executables.map(({ name }) => name)];
    const plugins = await pluginPromises(this.#layout, others);
    const known = new Set([...others, ...plugins.map(({ name }) => name)]);
    if (this.#watched.now()?.started === started)
      for (const name of this.#promises.keys()) if (!known.has(name)) this.#promises.delete(name);
    return { executables, plugins };
  }

  async #checked(): Promise<void> {
    if (!this.isBroken) await this.#watched.well();
    this.#watched.changed();
  }

  /** Whether the same runs as when a check began, and was not held still meanwhile. */
  #isStill(before: { started: StartedInstance; turns: number }): boolean {
    const now = this.#watched.now();
    return now !== null && now.started === before.started && now.turns === before.turns;
  }

  /** Goes on checking what runs, until {@link cancel}. */
  schedule(started: StartedInstance): void {
    const periods = started.rendered.promises.map((promise) => promise.periodSeconds);
    const own = periods.length === 0 ? null : Math.min(...periods);
    const cancels = [
      ...(own === null ? [] : [this.#repeat(started, own, () => this.check())]),
      this.#repeat(started, EXECUTABLES_PERIOD_SECONDS, () => this.#checkExecutables()),
      this.#repeat(started, PLUGINS_PERIOD_SECONDS, () => this.#checkPlugins()),
    ];
    this.#cancel = () => {
      for (const cancel of cancels) cancel();
    };
  }

  cancel(): void {
    this.#cancel();
  }

  /** Every so many seconds, as long as it is the same that was started. @returns its canceller. */
  #repeat(started: StartedInstance, seconds: number, check: () => Promise<void>): () => void {
    let isCancelled = false;
    let cancelNext = (): void => undefined;
    const again = (): void => {
      cancelNext = this.#tools.clock.after(seconds * 1000, () => {
        void check()
          .catch((error: unknown) => this.#tools.onFault(error))
          .finally(() => {
            if (this.#watched.now()?.started === started && !isCancelled) again();
          });
      });
    };
    again();
    return () => {
      isCancelled = true;
      cancelNext();
    };
  }

  /** Nothing runs that would promise anything. */
  clear(): void {
    this.#promises.clear();
  }

  /** The instance is gone, with its results. */
  removeAll(): Promise<void> {
    this.#pluginTimes.clear();
    return this.#results.removeAll();
  }

  /** Resolves when every result is written. */
  settled(): Promise<void> {
    return this.#results.settled();
  }
}
