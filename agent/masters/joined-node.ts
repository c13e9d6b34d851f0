/**
 * This computer as a node of one master: asks it in turns, does what it says, and tells it what became of it. A master that fails
 * changes nothing that runs.
 *
 *   connecting ─► connected ◄─► failing        local: paused        leave: leaving ─► gone
 */
import { X509Certificate } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { createClassicClient } from '../../slap/classic/client.ts';
import { SlapError } from '../../slap/errors.ts';
import type { SlapTransport } from '../../slap/http.ts';
import type { ComputerDocument, ComputerRecord, SlapMaster } from '../../slap/master.ts';
import type { JoinedMaster } from '../account/types.ts';
import type { ResolveReportInput, UsageReports } from '../api/contract-usage.ts';
import type { MasterView, Mode, Owner } from '../api/contract.ts';
import type { Configuration } from '../configuration.ts';
import { errorView, SlapgridError, type ErrorView } from '../errors.ts';
import { Grid } from '../grid/grid.ts';
import { InstanceRecords } from '../grid/instance-record.ts';
import { sharedReferences } from '../grid/shared-instances.ts';
import type { Held } from '../grid/stillness.ts';
import type { GridTools } from '../grid/tools.ts';
import { computerDocument, formatPartition, partitionLayouts, type PartitionLayout } from '../node/format.ts';
import type { HostAddress } from '../node/host-address.ts';
import type { Paths } from '../paths.ts';
import type { Provider } from '../software/types.ts';
import { Breaker } from './breaker.ts';
import { FormatRecord } from './format-record.ts';
import { hostingProblem } from './hosting-problem.ts';
import { InsideDoors } from './inside-doors.ts';
import { checkAnswer } from './known-answer.ts';
import { Leaving, type LeavingOptions, type LeavingOutcome } from './leaving.ts';
import { Patience } from './patience.ts';
import { masterReleases } from './releases.ts';
import { nextTurn } from './turns.ts';
import { UsageQueue, type UsageQueueOptions } from './usage-queue.ts';

/** What every master of this computer is served with. */
export type NodeSurroundings = {
  paths: Paths;
  configuration: Pick<Configuration, 'partitionAmount' | 'addressBlock' | 'identityBase'>;
  /** Shared with the grid of this computer's own master. */
  tools: Omit<
    GridTools,
    'master' | 'releases' | 'masterId' | 'computerId' | 'owner' | 'inside' | 'certificateOf'
  >;
  provider: Pick<Provider, 'treeBytes'>;
  transport: (joined: JoinedMaster) => SlapTransport;
  /** Left out: nobody else reaches this computer. */
  address?: () => HostAddress | null;
  hours: UsageQueueOptions['hours'];
  settleUsage: UsageQueueOptions['settle'];
  /** From 0 to 1: spreads the turns. */
  random: () => number;
};

export class JoinedNode {
  readonly layouts: readonly PartitionLayout[];
  readonly #joined: JoinedMaster;
  readonly #surroundings: NodeSurroundings;
  readonly #title: string;
  readonly #certificateExpiresAt: string | null;
  readonly #format: FormatRecord;
  readonly #breaker = new Breaker();
  /** With its answers: of the turns and of leaving; of what partitions have to say. */
  readonly #patience: { turns: Patience; grid: Patience };
  /** For the turns. */
  readonly #master: SlapMaster;
  /** For the usage reports, which can wait for the next turn. */
  readonly #accountant: SlapMaster;
  readonly #grid: Grid;
  readonly #inside: InsideDoors;
  #reports: UsageQueue | null = null;

  #state: MasterView['state'] = 'connecting';
  /** The mode is local, whatever is shown. */
  #isPaused = false;
  #error: ErrorView | null = null;
  #answeredAt: string | null = null;
  #nextTryAt: string | null = null;
  #failures = 0;
  /** Formatting is tried once by itself after each failure that it may mend. */
  #formatDue = false;
  #turn: Promise<void> | null = null;
  #again = false;
  #cancelTimer = (): void => undefined;
  /** Pausing, resuming and leaving, one after another. */
  #changing: Promise<void> = Promise.resolve();
  #leaving: Leaving | null = null;
  #closed = false;

  constructor(joined: JoinedMaster, surroundings: NodeSurroundings) {
    const { paths, configuration, tools, provider, transport } = surroundings;
    this.#joined = joined;
    this.#surroundings = surroundings;
    this.#title = titleOf(joined);
    this.#certificateExpiresAt = expiryOf(joined.certificate);
    this.layouts = partitionLayouts(paths, configuration, joined.partitions);
    const folder = this.#folder;
    this.#format = new FormatRecord(folder);
    const way = transport(joined);
    this.#patience = { turns: new Patience(tools.clock), grid: new Patience(tools.clock) };
    const ofTurns = this.#patience.turns.watch(way);
    this.#master = createClassicClient({ transport: ofTurns });
    this.#accountant = createClassicClient({ transport: this.#breaker.guard(ofTurns) });
    // All that partitions have to say can wait for the next turn.
    const master = createClassicClient({
      transport: this.#breaker.guard(this.#patience.grid.watch(way)),
    });
    this.#inside = new InsideDoors({
      computerId: joined.computerId,
      master: this.#title,
      transport: () => this.#breaker.check(transport(joined)),
      hosted: (partitionId) => sharedReferences(this.#grid.worker(partitionId)?.target ?? null),
      onFault: tools.onFault,
    });
    this.#grid = new Grid({
      layouts: this.layouts,
      provider,
      tools: {
        ...tools,
        master,
        releases: masterReleases(master, joined.computerId, () => this.ask()),
        masterId: joined.id,
        computerId: joined.computerId,
        owner: this.#owner,
        inside: (layout) => this.#inside.open(layout),
        certificateOf: async (partition) => master.getPartitionCertificate(partition),
      },
    });
  }

  get #owner(): Owner {
    return { kind: 'other', name: this.#title };
  }

  /** As it is now: a computer may get other addresses, and doors may listen on others. */
  get #document(): ComputerDocument {
    const { computerId } = this.#joined;
    const { tools, address } = this.#surroundings;
    const doors = tools.doors?.addressesOf(this.#owner) ?? [];
    return computerDocument({ computerId }, this.layouts, { computer: address?.() ?? null, doors });
  }

  get #folder(): string {
    return path.join(this.#surroundings.paths.private, 'masters', this.#joined.id);
  }

  /**
   * Formats the partitions, goes on with what they hold, and begins to ask.
   * @param leaving it is to be left next, and perhaps something was destroyed already.
   */
  async start(mode: Mode, leaving: Pick<LeavingOptions, 'isBegun'> | null = null): Promise<void> {
    const { hours, settleUsage: settle, tools } = this.#surroundings;
    for (const layout of this.layouts) await formatPartition(layout);
    const { id, computerId } = this.#joined;
    const folder = path.join(this.#folder, 'reports');
    this.#reports = await UsageQueue.open(
      { folder, masterId: id, computerId, hours, settle },
      tools.clock.now(),
    );
    this.#isPaused = mode === 'local';
    if (leaving !== null) this.#state = 'leaving';
    else if (mode === 'local') this.#state = 'paused';
    this.#show();
    await this.#grid.adopt();
    if (mode === 'local') await this.#grid.pause();
    if (leaving?.isBegun !== true) await this.#grid.remember();
    if (mode === 'shared') this.ask();
  }

  /** Asks now; calls while a turn is under way are one more turn. One that is being left is told now. */
  ask(): void {
    this.#leaving?.again(false);
    if (!this.#works) return;
    this.#again = true;
    this.#turn ??= this.#turns().finally(() => {
      this.#turn = null;
    });
  }

  /** What may be hosted was decided anew. */
  reconsider(): void {
    if (this.#works) this.#grid.reconsider();
  }

  /** What the master was told of the use of this computer. */
  reports(): UsageReports | null {
    const view = this.#reports?.view();
    return view === undefined ? null : { master: this.#joined.id, title: this.#title, ...view };
  }

  /** @throws SlapgridError `unknown-report`. */
  async resolveReport({ period, as }: ResolveReportInput): Promise<void> {
    if (this.#reports === null) throw new SlapgridError('unknown-report', { period });
    await this.#reports.resolve(period, as);
    this.#show();
    if (as === 'again') this.ask();
  }

  setMode(mode: Mode): Promise<void> {
    this.#patience.grid.hurry();
    return this.#change(async () => {
      if (this.#closed || this.#leaving?.isBegun === true) return;
      if (mode === 'shared') this.#resume();
      else await this.#pause();
    });
  }

  /**
   * Stops and destroys what is here for the master, tells it, and forgets it: until that is done, or cancelled by {@link stay}. Called
   * again it is tried again now, and forced if one of the calls says so.
   */
  leave(options: LeavingOptions): Promise<LeavingOutcome> {
    if (this.#leaving !== null) {
      this.#leaving.again(options.force);
      if (options.force) this.#hurry();
      return this.#leaving.outcome;
    }
    this.#stop('leaving');
    if (options.force) this.#hurry();
    const leaving = new Leaving(options, {
      attempt: (each) => this.#leaveOnce(each),
      failed: (error, delay) => this.#leavingFailed(error, delay),
      clock: this.#surroundings.tools.clock,
      random: this.#surroundings.random,
    });
    this.#leaving = leaving;
    this.#show();
    return leaving.outcome.then((outcome) => {
      this.#leaving = null;
      if (outcome === 'stayed') this.#goOn();
      return outcome;
    });
  }

  /** Cancels leaving. @throws SlapgridError `leaving-too-late` once something was destroyed. */
  stay(): void {
    this.#leaving?.stay(this.#title);
  }

  /** Forgets what never became a node: whatever fails, nothing is tried again. */
  async abandon(): Promise<void> {
    this.#end();
    await this.#grid.destroyAll(async () => undefined);
    await this.#forget();
  }

  /** Holds still what it hosts, what is to come included, until {@link thaw}. */
  freeze(held: Held): Promise<void> {
    return this.#grid.freeze(held);
  }

  thaw(): Promise<void> {
    return this.#grid.thaw();
  }

  /** Stops every process, changing nothing of what is wanted. */
  async suspend(): Promise<void> {
    this.#end();
    await this.#grid.suspend();
    await this.#inside.close();
  }

  /** Stops working; what runs goes on. */
  async close(): Promise<void> {
    this.#end();
    await this.#grid.close();
    await this.#inside.close();
  }

  /** Resolves when neither a turn nor a partition is under way. */
  async settled(): Promise<void> {
    do {
      await this.#turn;
      await this.#grid.settled();
    } while (this.#turn !== null);
  }

  #end(): void {
    this.#closed = true;
    this.#cancelTimer();
    this.#patience.grid.hurry();
    this.#leaving?.end();
  }

  /** A person waits: the master has to answer at once from now on. */
  #hurry(): void {
    this.#patience.turns.hurry();
    this.#patience.grid.hurry();
  }

  get #works(): boolean {
    return !this.#closed && this.#state !== 'paused' && this.#state !== 'leaving';
  }

  async #turns(): Promise<void> {
    while (this.#again && this.#works) {
      this.#again = false;
      this.#cancelTimer();
      let problem: unknown = null;
      try {
        await this.#turnOnce();
      } catch (error) {
        problem = error;
      }
      if (this.#works) await this.#ended(problem);
    }
  }

  async #turnOnce(): Promise<void> {
    const { clock } = this.#surroundings.tools;
    if (this.#formatDue || (await this.#format.compare(this.#document)) === 'never') await this.#sendFormat();
    const computer = await this.#master.getFullComputerInformation(this.#joined.computerId);
    checkAnswer(computer, this.#joined.computerId, this.#title);
    if (!this.#works) return;
    this.#breaker.set(true);
    this.#answeredAt = new Date(clock.now()).toISOString();
    this.#grid.apply(computer);
    await this.#formatAgain(computer);
    await this.#reportUsage();
  }

  /** What it does not take now waits for the next turn: nothing else is wrong for that. */
  async #reportUsage(): Promise<void> {
    const now = this.#surroundings.tools.clock.now();
    await this.#reports?.compose(now);
    try {
      await this.#reports?.deliver(this.#accountant, now);
    } catch (error) {
      if (!(error instanceof SlapError)) throw error;
    }
  }

  /**
   * Tells the master the partitions that it does not know, or knows otherwise. Not when one that it does not know holds an instance:
   * it would be shown as free.
   * @throws SlapgridError `hosting-partitions-missing`.
   */
  async #formatAgain(computer: ComputerRecord): Promise<void> {
    const known = new Set(computer.partitions.map(({ partitionId }) => partitionId));
    const missing = this.layouts.filter(({ id }) => !known.has(id));
    const isSame = (await this.#format.compare(this.#document)) === 'same';
    if (missing.length === 0 && isSame) return;
    const held = await this.#withInstance(missing);
    if (held.length === 0 && !isSame) {
      await this.#sendFormat();
      this.#again = true;
      return;
    }
    this.#formatDue = held.length === 0;
    throw new SlapgridError('hosting-partitions-missing', {
      master: this.#title,
      count: missing.length,
      instances: held.length,
    });
  }

  async #sendFormat(): Promise<void> {
    this.#formatDue = false;
    const document = this.#document;
    await this.#master.loadComputerConfiguration(document);
    await this.#format.keep(document);
  }

  async #withInstance(layouts: readonly PartitionLayout[]): Promise<PartitionLayout[]> {
    const records = await Promise.all(layouts.map(({ paths }) => new InstanceRecords(paths).readRequest()));
    return layouts.filter((_, index) => records[index] !== null);
  }

  async #ended(problem: unknown): Promise<void> {
    const { tools, random } = this.#surroundings;
    this.#failures = problem === null ? 0 : this.#failures + 1;
    const delay = nextTurn(this.#failures, random());
    if (problem === null) {
      this.#state = 'connected';
      this.#error = null;
      this.#nextTryAt = null;
    } else await this.#failed(problem, delay);
    if (!this.#works) return;
    this.#cancelTimer = tools.clock.after(delay, () => this.ask());
    this.#show();
  }

  async #failed(problem: unknown, delay: number): Promise<void> {
    const { tools } = this.#surroundings;
    const shown = hostingProblem(problem, this.#title);
    if (!(shown instanceof SlapgridError)) tools.onFault(problem);
    if (problem instanceof SlapError) {
      this.#breaker.set(false);
      // One that forgot this computer learns it again, unless that would show as free what is not.
      if (problem.status >= 400) this.#formatDue = (await this.#withInstance(this.layouts)).length === 0;
      if (!this.#works) return;
    }
    this.#state = 'failing';
    this.#error = errorView(shown);
    this.#nextTryAt = new Date(tools.clock.now() + delay).toISOString();
  }

  // ---- Local and shared

  async #pause(): Promise<void> {
    if (this.#isPaused) return;
    this.#isPaused = true;
    if (this.#leaving === null) this.#stop('paused');
    await this.#grid.pause();
    this.#breaker.set(false);
  }

  #resume(): void {
    this.#patience.grid.relax();
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#grid.resume();
    if (this.#leaving === null) this.#goOn();
  }

  /** It is worked for again, as the mode is. */
  #goOn(): void {
    this.#patience.turns.relax();
    this.#patience.grid.relax();
    this.#state = this.#isPaused ? 'paused' : 'connecting';
    this.#error = null;
    this.#nextTryAt = null;
    this.#show();
    this.ask();
  }

  #stop(state: 'paused' | 'leaving'): void {
    this.#cancelTimer();
    this.#state = state;
    this.#error = null;
    this.#nextTryAt = null;
    this.#failures = 0;
    this.#show();
  }

  // ---- Leaving

  async #leaveOnce(leaving: Leaving): Promise<void> {
    await leaving.unlessInterrupted(this.#turn ?? Promise.resolve());
    const busy = leaving.force ? [] : await leaving.unlessInterrupted(this.#askForTheLastTime());
    await this.#change(() => this.#destroyAndForget(leaving, busy));
  }

  async #destroyAndForget(leaving: Leaving, busy: readonly string[]): Promise<void> {
    await leaving.begin();
    this.#error = null;
    this.#nextTryAt = null;
    this.#show();
    this.#breaker.set(!leaving.force);
    await this.#destroyAll(leaving.force, new Set(busy));
    // It may be telling the same.
    await this.#turn;
    await this.#tellUsageForTheLastTime();
    await this.#forget();
  }

  /** @returns the partitions that the master believes to be in use: it is to be told of these, whoever destroyed what was in them. */
  async #askForTheLastTime(): Promise<string[]> {
    const computer = await this.#master.getFullComputerInformation(this.#joined.computerId);
    checkAnswer(computer, this.#joined.computerId, this.#title);
    const own = new Set(this.layouts.map(({ id }) => id));
    return computer.partitions
      .filter(({ software, partitionId }) => software !== null && own.has(partitionId))
      .map(({ partitionId }) => partitionId);
  }

  #leavingFailed(error: unknown, delay: number): void {
    const { tools } = this.#surroundings;
    if (!(error instanceof SlapError) && !(error instanceof SlapgridError)) tools.onFault(error);
    const problem = error instanceof SlapError ? error.message : errorView(error).sentence;
    const lost = this.#leaving?.isBegun === true ? 'yes' : 'no';
    this.#error = errorView(new SlapgridError('leaving-waits', { master: this.#title, problem, lost }));
    this.#nextTryAt = new Date(tools.clock.now() + delay).toISOString();
    this.#show();
  }

  async #forget(): Promise<void> {
    await this.#grid.forget();
    await this.#inside.close();
    for (const { paths } of this.layouts) await rm(paths.root, { recursive: true, force: true });
    this.#closed = true;
    this.#surroundings.tools.store.removeMaster(this.#joined.id);
  }

  /** Leaving does not fail for it. */
  async #tellUsageForTheLastTime(): Promise<void> {
    const now = this.#surroundings.tools.clock.now();
    await this.#reports?.deliver(this.#accountant, now).catch(() => undefined);
  }

  async #destroyAll(force: boolean, busy: ReadonlySet<string>): Promise<void> {
    const roots: string[] = [];
    const untold = new Set(busy);
    const tell = async (partitionId: string): Promise<void> => {
      untold.delete(partitionId);
      if (!(await this.#tellDestroyed(partitionId, force))) roots.push(partitionId);
    };
    await this.#grid.destroyAll(tell);
    for (const partitionId of untold) await tell(partitionId);
    // Their children on this computer are gone by now.
    for (const partitionId of roots) await this.#tellDestroyed(partitionId, force);
  }

  /** @returns false when it is refused as long as there are children. */
  async #tellDestroyed(partitionId: string, force: boolean): Promise<boolean> {
    const releases = masterReleases(this.#master, this.#joined.computerId, () => undefined);
    try {
      return await releases.partition({ computerId: this.#joined.computerId, partitionId });
    } catch (error) {
      if (error instanceof SlapError && error.code === 'children-remain') return false;
      if (force) return true;
      throw error;
    }
  }

  #change<Result>(change: () => Promise<Result>): Promise<Result> {
    const changed = this.#changing.then(change);
    this.#changing = changed.then(
      () => undefined,
      () => undefined,
    );
    return changed;
  }

  #show(): void {
    if (this.#closed) return;
    const { id, url, webUrl, computerName, computerId, joinedAt, partitions } = this.#joined;
    this.#surroundings.tools.store.setMaster({
      id,
      title: this.#title,
      url,
      webUrl,
      computerName,
      computerId,
      joinedAt,
      state: this.#state,
      error: this.#error,
      answeredAt: this.#answeredAt,
      nextTryAt: this.#nextTryAt,
      certificateExpiresAt: this.#certificateExpiresAt,
      partitionAmount: partitions.amount,
      reportsWaiting: this.#reports?.waiting ?? 0,
      ...(this.#leaving?.isBegun === false ? { canStay: true } : {}),
    });
  }
}

/** How to call a master: the host of its URL. */
export function titleOf({ url }: Pick<JoinedMaster, 'url'>): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** null for what is no certificate. */
function expiryOf(certificate: string): string | null {
  try {
    return new X509Certificate(certificate).validToDate.toISOString();
  } catch {
    return null;
  }
}
