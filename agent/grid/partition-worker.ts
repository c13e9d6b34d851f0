/**
 * Keeps one partition as the master wants it. One run at a time; a new target interrupts what is under way for the old one.
 *
 *            target: free            started                     stopped            destroyed
 *                     |                 |                           |                   |
 *                   empty   installing → starting → started     stopping → stopped   destroying → (reported, freed)
 *                                    \        \        ↕ a service dies: restarting
 *                                     `--------`→ failed → again, with growing delay
 *
 * While it is held still (`freeze`) nothing is begun that was to run; what is to stop or to go does so all the same.
 */
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { SlapError } from '../../slap/errors.ts';
import type { ComputerPartitionRecord } from '../../slap/master.ts';
import { LOCAL_MASTER } from '../api/contract.ts';
import type { PartitionView, Progress } from '../api/contract.ts';
import { errorView, SlapgridError, type ErrorView } from '../errors.ts';
import { formatPartition, type PartitionLayout } from '../node/format.ts';
import type { RenderedInstance } from '../software/types.ts';
import type { UnitStatus } from '../supervisor/types.ts';
import { removeOtherConfigurations } from './configuration-folder.ts';
import { InstallationLog } from './installation-log.ts';
import { InstanceRecords, rememberedTarget, requestRecord } from './instance-record.ts';
import { instanceView, isBusy, type BusyTarget, type Phase } from './instance-view.ts';
import { MasterReports } from './master-reports.ts';
import { PartitionCertificate } from './partition-certificate.ts';
import { PartitionAdmission } from './partition-admission.ts';
import { resolverFileOf } from './partition-network.ts';
import { PartitionUnits } from './partition-units.ts';
import { PromiseWatch } from './promise-watch.ts';
import { retryDelay, worthRetrying } from './retry.ts';
import { renderInstance, startInstance, type StartedInstance } from './start-instance.ts';
import { Stillness, type Held } from './stillness.ts';
import { childrenOf, knownState, looksAlike, sameTarget, wantsToRun } from './targets.ts';
import type { GridTools } from './tools.ts';
import { HOLDER, isService, nameOf } from './units.ts';

/** How long a service that runs again may take until it is well; after that its failed promise is shown. */
const RECOVERY_DEADLINE_MS = 90_000;

/** What exceeds a limit writes on while it ends. */
const OVERUSE_PATIENCE_MS = 5000;
/** A pause means within a second: what is under way has this long to end by itself. */
const SETTLE_MS = 300;

export class PartitionWorker {
  readonly layout: PartitionLayout;
  readonly #tools: GridTools;
  readonly #records: InstanceRecords;
  readonly #log: InstallationLog;
  readonly #units: PartitionUnits;
  readonly #admission: PartitionAdmission;
  readonly #reports: MasterReports;
  readonly #certificate: PartitionCertificate;
  readonly #promises: PromiseWatch;
  readonly #neighbours: () => readonly ComputerPartitionRecord[];
  #target: ComputerPartitionRecord | null = null;
  /** Whether the master spoke of an instance here since this agent began. */
  #held = false;
  #dirty = false;
  /** Somebody asked that the services be started anew. */
  #restartDue = false;
  #running: Promise<void> | null = null;
  #cancel = new AbortController();
  #paused = false;
  #closed = false;

  #phase: Phase = 'waiting';
  #progress: Progress | null = null;
  #error: ErrorView | null = null;
  readonly #still: Stillness;
  /** It is frozen as it ran, so that letting it go is all there is to do. */
  #goesOn = false;
  #rendered: RenderedInstance | null = null;
  #started: StartedInstance | null = null;
  #changedAt = '';
  #failures = 0;
  /** The latest end of a service after which not every promise was kept yet. */
  #recovering: { service: string } | null = null;
  /** What is left to do waits for the master: its next answer goes on with it. */
  #isWaitingForMaster = false;
  #answeredMeanwhile = false;
  #cancelRetry = (): void => undefined;

  /** @param neighbours what the same master says of all its partitions here. */
  constructor(
    layout: PartitionLayout,
    tools: GridTools,
    neighbours: () => readonly ComputerPartitionRecord[],
  ) {
    this.layout = layout;
    this.#tools = tools;
    this.#neighbours = neighbours;
    this.#records = new InstanceRecords(layout.paths);
    this.#log = new InstallationLog(layout, tools.clock);
    this.#still = new Stillness(layout.id, tools.freezer);
    this.#units = new PartitionUnits(layout.id, tools);
    this.#admission = new PartitionAdmission(layout, tools);
    this.#reports = new MasterReports(layout, tools, this.#log, () => this.#target);
    this.#certificate = new PartitionCertificate(layout, tools);
    this.#promises = new PromiseWatch(layout, tools, {
      now: () => this.#checked(),
      broken: (promise, { message }) => {
        const name = this.#target?.instanceTitle ?? this.layout.id;
        const error = new SlapgridError('promise-failed', { name, promise, message });
        return this.#reports.reportError(error, false);
      },
      bang: (promise) => this.#reports.bang(promise),
      well: () => this.#reports.report('started', 'started'),
      changed: () => this.#show(),
    });
  }

  /** Software the partition holds; null when it is free. */
  get softwareUrl(): string | null {
    return this.#target?.software?.url ?? null;
  }

  get target(): ComputerPartitionRecord | null {
    return this.#target;
  }

  /** Whether an instance of the software is here, though the master may not have spoken yet. */
  async holds(url: string): Promise<boolean> {
    if (this.#target !== null) return this.softwareUrl === url;
    return (await this.#records.readRequest())?.softwareUrl === url;
  }

  /** The tree its units may be running from, even after the software's record moved on. */
  async treeDigest(): Promise<string | null> {
    return this.#started?.software.tree.digest ?? (await this.#records.readProcessed())?.treeDigest ?? null;
  }

  get promisesFailed(): boolean {
    return this.#promises.isBroken;
  }

  /** What promises are asked of now, if any. */
  #checked(): { started: StartedInstance; turns: number } | null {
    const started = this.#started;
    if (started === null || this.#target === null || this.#closed || this.#still.wanted !== null) return null;
    return { started, turns: this.#still.turns };
  }

  /** Takes what the master says. Does nothing when nothing differs from what is done or under way. */
  update(target: ComputerPartitionRecord): void {
    const before = this.#target;
    this.#target = target;
    if (isBusy(target)) this.#held = true;
    if (before !== null && sameTarget(before, target)) {
      if (!looksAlike(before, target)) this.#show();
      void this.#catchUp();
      return;
    }
    this.#cancel.abort(new SlapgridError('cancelled'));
    this.retry();
  }

  /** Goes on with what was wanted before this agent began, until the master speaks. */
  async remember(): Promise<void> {
    const [request, processed] = await Promise.all([
      this.#records.readRequest(),
      this.#records.readProcessed(),
    ]);
    if (request === null || this.#target !== null) return;
    this.#target = rememberedTarget(request, this.#tools.computerId, processed?.timestamp ?? '');
    if (this.#paused) this.#enter('stopped', null);
    else this.process();
  }

  /** Begins anew, forgetting what failed: somebody asked for it. */
  retry(): void {
    if (this.#paused) return this.#show();
    this.#goesOn = false;
    if (this.#isHeldBack && this.#phase === 'frozen') return this.#show();
    this.#failures = 0;
    this.#enter('waiting', null);
    this.process();
  }

  /** What may be here was decided anew: stops what may not, begins with what may. */
  reconsider(): void {
    const target = this.#target;
    if (target === null || !isBusy(target) || target.requestedState === 'destroyed') return;
    if (this.#admission.isAsDecided(target)) return;
    this.#cancel.abort(new SlapgridError('cancelled'));
    this.retry();
  }

  /** Stops the services and starts them again, as soon as what is under way is done. */
  restart(): void {
    this.#restartDue = true;
    this.#failures = 0;
    this.process();
  }

  /** Processes again now, whatever was done before. */
  process(): void {
    if (this.#closed || this.#paused || this.#target === null || this.#isHeldBack) return;
    this.#dirty = true;
    this.#running ??= this.#loop().finally(() => {
      this.#running = null;
    });
  }

  /** Whether it wants to run, and must not now. */
  get #isHeldBack(): boolean {
    return this.#still.wanted !== null && this.#target !== null && wantsToRun(this.#target);
  }

  /** Holds still all that runs, or stops it where that cannot be. Resolves when it uses no processor. */
  async freeze(held: Held): Promise<void> {
    const before = this.#still.wanted;
    this.#still.want(held);
    if (before?.action === held.action) {
      if (this.#isHeldBack) this.#tellHeld(held);
      return;
    }
    if (this.#target !== null && !this.#isHeldBack) return;
    this.#dirty = false;
    this.#cancelRetry();
    this.#promises.cancel();
    this.#cancel.abort(new SlapgridError('cancelled'));
    await Promise.race([this.settled(), delay(SETTLE_MS)]);
    await this.#holdStill();
  }

  /** Lets go what was held still: it goes on as it was, or as its master wants it by now. */
  async thaw(): Promise<void> {
    if (this.#still.wanted === null) return;
    this.#still.want(null);
    await this.#still.thaw();
    const started = this.#started;
    if (this.#closed || this.#paused || this.#target === null || !wantsToRun(this.#target)) return;
    if (!this.#goesOn || started === null) return this.retry();
    this.#enter('started', null);
    this.#promises.schedule(started);
    void (this.#recovering === null ? this.#promises.check() : this.#recover());
  }

  /** What an earlier agent left running: frozen by it perhaps, and held still now or not. */
  async adopted(): Promise<void> {
    if (this.#units.list().length === 0) return;
    if (this.#still.wanted === null) await this.#still.thaw();
    else await this.#holdStill();
  }

  /** What runs of it is frozen, else stopped. Idempotent. */
  async #holdStill(): Promise<void> {
    const held = this.#still.wanted;
    if (held === null || this.#closed || this.#paused) return;
    const runs = this.#units.list().some(({ state }) => state !== 'stopped');
    if (runs && held.action === 'freeze' && (await this.#frozen())) {
      this.#goesOn ||= this.#phase === 'started' && this.#started !== null;
      for (const { id, state } of this.#units.list()) if (state === 'restarting') await this.#giveUp(id);
      this.#enter('frozen', null);
    } else if (runs) {
      await this.#stopUnits({ hurried: true });
      this.#started = null;
      this.#promises.clear();
      this.#enter('stopped', null);
    } else if (this.#phase !== 'stopped') this.#enter('waiting', null);
    this.#tellHeld(held);
  }

  async #frozen(): Promise<boolean> {
    try {
      return await this.#still.freeze();
    } catch (error) {
      this.#tools.onFault(error);
      return false;
    }
  }

  /** A service that ends while it is held still is started with the others, when they go on. */
  async #giveUp(unit: string): Promise<void> {
    this.#goesOn = false;
    await this.#tools.supervisor.stop(unit);
  }

  /** The master learns why, by the only report that takes words. */
  #tellHeld({ why }: Held): void {
    if (this.#target !== null && isBusy(this.#target)) void this.#reports.report(`held ${why}`, { log: why });
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  /** Stops processing; what runs goes on. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRetry();
    this.#promises.cancel();
    this.#cancel.abort(new SlapgridError('cancelled'));
    await this.settled();
    await this.#log.settled();
    await this.#promises.settled();
    await this.#certificate.close();
  }

  /** Stops the instance and keeps it; the master is told that it is stopped, if it can be. */
  async pause(): Promise<void> {
    await this.#hold();
    await this.#stopUnits();
    const target = this.#target;
    if (target === null || !isBusy(target) || target.requestedState === 'destroyed') return;
    this.#promises.clear();
    this.#enter('stopped', null);
    await this.#reports.report('stopped', 'stopped');
  }

  /**
   * Stops the instance, which took more than it may, and keeps it. It is started again when somebody asks for it or it may have more.
   * It is given some seconds to end as its software wants it.
   */
  async stopFor(error: SlapgridError): Promise<void> {
    if (this.#paused || this.#closed) return;
    await this.#hold();
    // Held still by who found it out.
    await this.#tools.freezer?.thaw(this.layout.id);
    const cancel = this.#tools.clock.after(OVERUSE_PATIENCE_MS, () => void this.#killAll());
    await this.#stopUnits();
    cancel();
    this.#paused = false;
    if (!this.#closed) await this.#failed(error);
  }

  async #killAll(): Promise<void> {
    try {
      await this.#tools.groups?.kill(this.layout.id);
    } catch (error) {
      this.#tools.onFault(error);
    }
  }

  /** Does again what the master wants. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.retry();
  }

  /** Stops and destroys what is here, whatever the master wants. @returns whether there was an instance. */
  async destroy(): Promise<boolean> {
    await this.#hold();
    const isBusyHere = this.#target !== null && isBusy(this.#target);
    if (!isBusyHere && (await this.#records.readRequest()) === null) return false;
    this.#enter('destroying', null);
    await this.#clean();
    return true;
  }

  /** Ends what is under way and begins nothing, until {@link resume}. */
  async #hold(): Promise<void> {
    this.#paused = true;
    this.#dirty = false;
    this.#cancelRetry();
    this.#promises.cancel();
    this.#cancel.abort(new SlapgridError('cancelled'));
    await this.settled();
    this.#started = null;
  }

  /** What the master could not be told, and what waited for its answer. */
  async #catchUp(): Promise<void> {
    if (this.#paused || this.#closed) return;
    if (this.#running !== null) {
      this.#answeredMeanwhile = true;
      return;
    }
    if (this.#isWaitingForMaster) {
      this.process();
      return;
    }
    await this.#reports.catchUp(() => this.#started);
    if (this.#paused || this.#closed) return;
    if (this.#target !== null && isBusy(this.#target)) await this.#certificate.catchUp(this.#target);
  }

  /** A unit of this partition changed. */
  unitChanged(status: UnitStatus): void {
    if (this.#isHeldBack) {
      if (status.state === 'restarting') void this.#giveUp(status.id);
      else if (status.state === 'stopped') this.#goesOn = false;
    } else if (this.#running === null && this.#phase === 'started') {
      // Without its holder a partition has no network: everything is started anew in a new one.
      if (nameOf(status.id) === HOLDER && status.state === 'stopped') this.retry();
      else if (status.state === 'restarting' && isService(status.id)) this.#serviceEnded(status);
      else if (status.state === 'running' && isService(status.id)) void this.#recover();
    }
    this.#show();
  }

  async #loop(): Promise<void> {
    while (this.#dirty && !this.#closed && !this.#paused && !this.#isHeldBack) {
      this.#dirty = false;
      this.#cancelRetry();
      this.#promises.cancel();
      const target = this.#target;
      if (target === null) return;
      this.#cancel = new AbortController();
      this.#isWaitingForMaster = false;
      this.#answeredMeanwhile = false;
      try {
        await this.#run(target, this.#cancel.signal);
        this.#failures = 0;
        if (this.#isWaitingForMaster && this.#answeredMeanwhile) this.#dirty = true;
      } catch (error) {
        if (!this.#cancel.signal.aborted) await this.#failed(error);
      }
    }
    if (this.#isHeldBack) await this.#holdStill();
  }

  async #run(target: ComputerPartitionRecord, signal: AbortSignal): Promise<void> {
    if (!isBusy(target)) return this.#runFree();
    const state = knownState(target);
    await this.#refuse(target);
    if (await this.#isAnothers(target)) await this.#clean();
    await this.#writeRequest(target);
    switch (state) {
      case 'started':
        return this.#runStarted(target, signal);
      case 'stopped':
        return this.#runStopped(target);
      case 'destroyed':
        return this.#runDestroyed(target);
    }
  }

  /**
   * Before anything of it is here. What is here already is stopped and kept.
   * @throws SlapgridError what the admission refuses it with.
   */
  async #refuse(target: BusyTarget): Promise<void> {
    const refusal = this.#admission.decide(target);
    if (refusal === null) return;
    // Stopping what is here is never refused.
    if (target.requestedState === 'stopped' && (await this.#records.readRequest()) !== null) return;
    if (this.#units.list().length > 0) this.#enter('stopping', null);
    await this.#stopUnits();
    this.#started = null;
    this.#promises.clear();
    throw refusal;
  }

  /** Whether what is in the partition is of an instance that the master has given up since. */
  async #isAnothers(target: BusyTarget): Promise<boolean> {
    const before = await this.#records.readRequest();
    if (before === null) return false;
    // This computer's own master is mended from what is on disk: it gives nothing up unseen.
    if (this.#tools.masterId !== LOCAL_MASTER && before.guid !== target.instanceGuid) return true;
    if (!(await this.#records.isVacated())) return false;
    if (target.requestedState !== 'destroyed') return true;
    await this.#records.setVacated(false);
    return false;
  }

  async #writeRequest(target: BusyTarget): Promise<void> {
    try {
      await this.#records.writeRequest(requestRecord(target));
    } catch (error) {
      // Destroying is what makes room.
      const isFull = error instanceof SlapgridError && error.code === 'disk-full';
      if (!isFull || target.requestedState !== 'destroyed') throw error;
    }
  }

  async #runFree(): Promise<void> {
    const before = await this.#records.readRequest();
    if (before !== null) {
      // Somebody else told the master that the instance is destroyed.
      const isGone = this.#held || before.requestedState === 'destroyed' || (await this.#records.isVacated());
      if (isGone) await this.#clean();
      // Given up while no agent ran, or by a master that lost its memory: kept until the partition is needed.
      else if (this.#tools.masterId !== LOCAL_MASTER) await this.#stopUnits();
    }
    this.#held = false;
    this.#forget();
    this.#show();
  }

  async #runStarted(target: BusyTarget, signal: AbortSignal): Promise<void> {
    if (this.#restartDue) {
      this.#restartDue = false;
      this.#started = null;
      this.#enter('stopping', null);
      await this.#units.stopServices();
      signal.throwIfAborted();
    }
    if (this.#phase !== 'started') this.#enter('installing', { step: 'waiting', done: 0, total: 0 });
    const before = await this.#records.readProcessed();
    await this.#certificate.prepare(target, before?.timestamp === target.timestamp);
    signal.throwIfAborted();
    const started = await startInstance(
      this.layout,
      target,
      this.#records,
      this.#tools,
      {
        progress: (progress) => this.#told(progress),
        rendered: (rendered) => {
          this.#rendered = rendered;
          this.#promises.expect(rendered);
        },
        promise: (name, result) => this.#promises.keep(name, 'test', result),
        plugin: (plugin, result) => this.#promises.ran(plugin, result),
        log: this.#log,
      },
      signal,
    );
    this.#started = started;
    this.#recovering = null;
    this.#promises.restarted();
    await this.#reports.publish(target, started);
    await this.#records.writeProcessed({
      timestamp: target.timestamp,
      requestedState: target.requestedState,
      treeDigest: started.software.tree.digest,
      profileDigest: started.software.record.profileDigest,
      softwareUrl: target.software.url,
    });
    await this.#reports.report('started', 'started');
    this.#enter('started', null);
    this.#promises.schedule(started);
  }

  async #runStopped(target: BusyTarget): Promise<void> {
    this.#restartDue = false;
    this.#enter('stopping', null);
    await this.#stopUnits();
    this.#started = null;
    this.#promises.clear();
    await this.#renderForView(target);
    await this.#reports.report('stopped', 'stopped');
    this.#enter('stopped', null);
  }

  async #runDestroyed(target: BusyTarget): Promise<void> {
    this.#restartDue = false;
    this.#enter('destroying', null);
    this.#started = null;
    if (await this.#waitsForChildren(target)) return;
    await this.#clean();
    // The master frees the partition and says so; until then it is shown as being destroyed. If it was requested again, that
    // request is the next target, and finds the partition as format made it.
    await this.#release(target);
  }

  /**
   * A root keeps its data until its children on this computer are gone (§9.3). Some masters let the children go only when they are
   * told that the root is destroyed, and refuse that; so they are told while the data is still here.
   */
  async #waitsForChildren(target: BusyTarget): Promise<boolean> {
    const children = childrenOf(target, this.#neighbours());
    if (children.length === 0) return false;
    await this.#stopUnits();
    if (children.every((child) => child.requestedState === 'destroyed')) {
      this.#isWaitingForMaster = true;
      return true;
    }
    await this.#records.setVacated(true);
    const outcome = await this.#release(target);
    if (outcome === 'freed') return false;
    // Without an answer it is not known whether it was heard: the mark stays until the master speaks of the partition.
    if (outcome !== 'unanswered') await this.#records.setVacated(false);
    return true;
  }

  async #release(target: BusyTarget): Promise<'freed' | 'requested-again' | 'refused' | 'unanswered'> {
    try {
      return (await this.#tools.releases.partition(target)) ? 'freed' : 'requested-again';
    } catch (error) {
      if (!(error instanceof SlapError)) throw error;
      this.#isWaitingForMaster = true;
      return error.code === 'children-remain' ? 'refused' : 'unanswered';
    }
  }

  /** Ends everything of the partition and leaves it as format made it. */
  async #clean(): Promise<void> {
    await this.#stopUnits();
    await this.#tools.groups?.remove(this.layout.id);
    await this.#log.settled();
    const { identity, paths } = this.layout;
    await this.#tools.files.deleteContents(identity, [paths.data, paths.run, paths.log]);
    await removeOtherConfigurations(this.layout, null);
    await formatPartition(this.layout);
    await this.#promises.removeAll();
    await this.#certificate.remove();
    await this.#records.removeAll();
    await rm(resolverFileOf(this.layout), { force: true });
  }

  /** @param options.hurried within a second. */
  async #stopUnits(options?: { hurried: boolean }): Promise<void> {
    this.#promises.cancel();
    this.#goesOn = false;
    await this.#units.stop(options);
  }

  /** Stops the partition's processes without a word to the master: the next start of the agent starts them again. */
  async suspend(): Promise<void> {
    await this.close();
    await this.#stopUnits();
    await this.#tools.groups?.remove(this.layout.id);
    if (this.softwareUrl !== null && this.#phase !== 'failed') this.#enter('stopped', null);
  }

  async #failed(error: unknown): Promise<void> {
    this.#failures += 1;
    if (!(error instanceof SlapgridError)) this.#tools.onFault(error);
    this.#error = errorView(error);
    this.#phase = 'failed';
    this.#progress = null;
    this.#changedAt = this.#time();
    this.#log.failed(this.#error);
    this.#show();
    await this.#reports.reportError(error, true);
    // Without isolation, network or room the next try fails alike; a wrong request fails until it is changed.
    if (worthRetrying(error))
      this.#cancelRetry = this.#tools.clock.after(retryDelay(this.#failures), () => this.process());
  }

  #serviceEnded(status: Extract<UnitStatus, { state: 'restarting' }>): void {
    this.#recovering = { service: nameOf(status.id) };
    const error = new SlapgridError('service-ended', {
      service: nameOf(status.id),
      name: this.#target?.instanceTitle ?? this.layout.id,
      status: status.lastExit.status,
    });
    void this.#reports.reportError(error, true);
  }

  /** A service that runs again is well again when its promises are kept, not before. */
  async #recover(): Promise<void> {
    const started = this.#started;
    const ending = this.#recovering;
    if (started === null || ending === null) return;
    const deadline = performance.now() + RECOVERY_DEADLINE_MS;
    for (let pause = 10; ; pause = Math.min(pause * 2, 1000)) {
      await this.#promises.check();
      // After another end it is for the next start to be well.
      if (this.#started !== started || this.#recovering !== ending || this.#closed) return;
      if (this.#still.wanted !== null) return;
      if (!this.promisesFailed || performance.now() > deadline) break;
      await new Promise<void>((resolve) => {
        this.#tools.clock.after(pause, resolve);
      });
    }
    this.#recovering = null;
    this.#show();
  }

  /** The page shows parameters of a stopped instance too; a profile that cannot be read shows what is stored. */
  async #renderForView(target: BusyTarget): Promise<void> {
    const record = this.#tools.software.find(target.software.url);
    if (record === undefined) return;
    try {
      const { rendered } = await renderInstance(this.layout, target, this.#records, this.#tools, { record });
      this.#rendered = rendered;
    } catch {
      this.#rendered = null;
    }
  }

  #told(progress: Progress): void {
    const starting =
      progress.step === 'starting' || progress.step === 'checking' || progress.step === 'preparing';
    // Processing an instance that runs is no news to anybody.
    if (this.#phase === 'started' && starting) return;
    this.#phase = starting ? 'starting' : 'installing';
    this.#progress = progress;
    this.#show();
  }

  #enter(phase: Phase, progress: Progress | null): void {
    if (this.#phase !== phase) this.#changedAt = this.#time();
    this.#phase = phase;
    this.#progress = progress;
    this.#error = null;
    this.#show();
  }

  #forget(): void {
    this.#phase = 'waiting';
    this.#progress = null;
    this.#error = null;
    this.#promises.clear();
    this.#rendered = null;
    this.#started = null;
    this.#reports.forget();
  }

  #time(): string {
    return new Date(this.#tools.clock.now()).toISOString();
  }

  #show(): void {
    this.#tools.store.setPartition(this.view());
  }

  get #place(): { id: string; master: string; address: string } {
    return { id: this.layout.id, master: this.#tools.masterId, address: this.layout.address };
  }

  view(): PartitionView {
    const target = this.#target;
    if (target === null || !isBusy(target)) return { ...this.#place, instance: null };
    const instance = instanceView({
      target,
      owner: this.#tools.owner,
      softwareTitle: this.#tools.software.title(target.software.url),
      phase: this.#phase,
      recovering: this.#recovering !== null,
      progress: this.#progress,
      error: this.#error,
      promises: this.#promises.views(),
      services: this.#units.services(),
      rendered: this.#rendered,
      changedAt: this.#changedAt,
    });
    return { ...this.#place, instance };
  }
}
