/**
 * One unit: its wish, its shim, and what it is told as.
 *
 *   stopped ──ensure──▶ running ──stop──▶ stopping ──▶ stopped
 *      ▲                 │   ▲
 *      │          ended  │   │ after a delay
 *      │                 ▼   │
 *      └──────stop──── restarting
 *
 * Whatever is asked or happens is done in order, one at a time; units do not wait for each other.
 */
import { SlapgridError, errorView } from '../errors.ts';
import type { Backoff } from './backoff.ts';
import type { Clock } from '../clock.ts';
import { type Launched, launch } from './launch.ts';
import { START_TICKS, removeLeftovers } from './leftovers.ts';
import { Lifeline, type LifelineMaker } from './lifeline.ts';
import { bootId } from './process-record.ts';
import { type Order, RunFolder } from './run-folder.ts';
import { type Run, endRun, findRun } from './run.ts';
import type { ExitRecord, StopOptions, UnitSpec, UnitStatus } from './types.ts';

export type UnitTools = {
  /** Absolute path of `shim.sh`. */
  shim: string;
  lifelines: LifelineMaker;
  clock: Clock;
  backoff: Backoff;
  /** Told each new status. */
  changed: (status: UnitStatus) => void;
  /** Told which logs are being written. */
  logs: { add(file: string): void; remove(file: string): void };
};

/** The status that shells give a command killed by SIGKILL. */
const KILLED = 137;

export class Unit {
  readonly id: string;
  readonly #tools: UnitTools;
  readonly #folder: RunFolder;
  #spec: UnitSpec | null = null;
  #run: Run | null = null;
  #status: UnitStatus;
  #queue: Promise<unknown> = Promise.resolve();
  /** Whether the run folder was looked at for what an earlier agent left. */
  #recovered = false;
  #restarts = 0;
  /** Ends in a row. */
  #failures = 0;
  #cancelTimer: (() => void) | null = null;
  /** An earlier agent was asked to stop it. */
  #stopIsDue = false;
  #closed = false;

  constructor(id: string, folder: string, tools: UnitTools) {
    this.id = id;
    this.#folder = new RunFolder(folder);
    this.#tools = tools;
    this.#status = { state: 'stopped', id, lastExit: null };
  }

  get status(): UnitStatus {
    return this.#status;
  }

  /** Finds out what an earlier agent left. @throws SlapgridError `unit-start-unfinished`; may then be tried again. */
  recover(): Promise<UnitStatus> {
    return this.#inOrder(async () => {
      await this.#recover();
      return this.#status;
    });
  }

  ensure(spec: UnitSpec): Promise<UnitStatus> {
    return this.#inOrder(async () => {
      await this.#recover();
      await this.#ensure(spec);
      return this.#status;
    });
  }

  stop(options: StopOptions = {}): Promise<ExitRecord | null> {
    return this.#inOrder(async () => {
      await this.#recover();
      this.#spec = null;
      return this.#stop(options);
    });
  }

  close(): void {
    this.#closed = true;
    this.#clearTimer();
    this.#run?.lifeline.close();
  }

  #inOrder<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(() => {
      if (this.#closed) throw new Error('the supervisor is closed');
      return work();
    });
    this.#queue = result.catch(() => {});
    return result;
  }

  /** What happens without being asked. Nobody waits for it, so a failure is a fault of the program and ends it. */
  #byItself(work: () => Promise<unknown>): void {
    const result = this.#queue.then(() => (this.#closed ? null : work()));
    this.#queue = result.catch((error: unknown) => {
      queueMicrotask(() => {
        throw error;
      });
    });
  }

  #tell(status: UnitStatus): void {
    this.#status = status;
    this.#tools.changed(status);
  }

  #clearTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  // ---- What an earlier agent left

  async #recover(): Promise<void> {
    if (this.#recovered) return;
    const order = await this.#folder.readOrder();
    const lifeline = Lifeline.open(this.#folder.lifeline);
    const held = lifeline?.isHeld() === true;
    if (lifeline !== null && held) {
      await this.#adopt(lifeline, order ?? this.#unknownOrder());
    } else {
      lifeline?.close();
      await this.#bury();
    }
    this.#recovered = true;
  }

  async #adopt(lifeline: Lifeline, order: Order): Promise<void> {
    const run = await findRun(this.id, this.#folder, lifeline, order, null);
    if (run === null) return this.#bury();
    this.#restarts = order.restarts;
    this.#watch(run);
    if (!(await this.#folder.isStopWished())) return;
    // The agent that was asked is gone; whoever adopts does not wait for the end.
    this.#stopIsDue = true;
    this.#tell({ state: 'stopping', id: this.id, shimPid: run.shim.pid });
    this.#byItself(async () => {
      if (this.#stopIsDue) await this.#stop();
    });
  }

  /** An order that was lost or damaged: what runs is not what anybody asks for, and is stopped in the usual way. */
  #unknownOrder(): Order {
    return {
      id: this.id,
      configuration: '',
      startedAt: this.#time(),
      restarts: 0,
      logFile: null,
      payload: 'direct',
      listen: null,
      stop: { signal: 'SIGTERM', timeoutSeconds: 10 },
    };
  }

  /** No shim lives: what it left behind is removed, and its end is told. */
  async #bury(): Promise<void> {
    const state = await this.#folder.readState();
    const owner = await this.#folder.owner();
    // After a boot every process is another one.
    if (state !== null && owner !== null && state.boot === bootId()) {
      const known = [...(state.root === null ? [] : [state.root]), ...(await this.#folder.readInside())];
      await removeLeftovers(state.shim, known, owner, START_TICKS);
    }
    if (state !== null) this.#tell({ state: 'stopped', id: this.id, lastExit: await this.#exitRecord() });
  }

  // ---- Start

  async #ensure(spec: UnitSpec): Promise<void> {
    const run = this.#run;
    if (run !== null && !this.#stopIsDue && follows(run.order, spec)) {
      this.#spec = spec;
      return;
    }
    // A reconcile must not shorten the delay.
    const waits = this.#status.state === 'restarting' && this.#spec?.configuration === spec.configuration;
    this.#spec = spec;
    if (waits) return;
    await this.#stop();
    this.#restarts = 0;
    this.#failures = 0;
    try {
      await this.#start(spec);
    } catch (error) {
      this.#spec = null;
      throw error;
    }
  }

  async #start(spec: UnitSpec): Promise<void> {
    const order: Order = {
      id: spec.id,
      configuration: spec.configuration,
      startedAt: this.#time(),
      restarts: this.#restarts,
      logFile: spec.logFile,
      payload: spec.plan.payload,
      listen: spec.listen,
      stop: spec.stop,
    };
    await this.#folder.prepare(spec.plan.identity, order, this.#tools.lifelines);
    const lifeline = Lifeline.open(this.#folder.lifeline);
    if (lifeline === null) throw new SlapgridError('unit-start-unfinished', { unit: this.id });
    let launched: Launched;
    try {
      launched = await launch(this.#tools.shim, spec, this.#folder, lifeline);
    } catch (error) {
      lifeline.close();
      throw error;
    }
    let run: Run | null;
    try {
      run = await findRun(this.id, this.#folder, lifeline, order, launched);
    } catch (error) {
      // What became of the shim is not known; the folder tells before anything is started again.
      this.#recovered = false;
      throw error;
    }
    if (run === null) await this.#payloadEnded();
    else this.#watch(run);
  }

  #watch(run: Run): void {
    if (this.#closed) {
      run.lifeline.close();
      return;
    }
    this.#run = run;
    const { order } = run;
    if (order.logFile !== null) this.#tools.logs.add(order.logFile);
    void run.ended.then(() => this.#byItself(() => this.#ended(run)));
    // A timer and not a difference of times: the clock of the wall may be set.
    if (this.#failures > 0) {
      this.#cancelTimer = this.#tools.clock.after(this.#tools.backoff.goodAfter, () => {
        this.#failures = 0;
      });
    }
    this.#tell({
      state: 'running',
      id: this.id,
      shimPid: run.shim.pid,
      payloadPid: run.payloadPid,
      startedAt: order.startedAt,
      configuration: order.configuration,
      restarts: order.restarts,
    });
  }

  // ---- End

  /** The shim ended and nobody had asked this agent for it. */
  async #ended(run: Run): Promise<void> {
    if (this.#run !== run) return;
    this.#forget(run);
    await this.#payloadEnded();
  }

  #forget(run: Run): void {
    this.#run = null;
    this.#clearTimer();
    run.lifeline.close();
    if (run.order.logFile !== null) this.#tools.logs.remove(run.order.logFile);
  }

  async #payloadEnded(): Promise<void> {
    const exit = await this.#exitRecord();
    if (this.#spec?.restart === true && !exit.requested) this.#restartLater(this.#spec, exit);
    else this.#tell({ state: 'stopped', id: this.id, lastExit: exit });
  }

  /** The end as the shim wrote it. One that was killed wrote nothing: its sandbox was killed with it. */
  async #exitRecord(): Promise<ExitRecord> {
    const written = await this.#folder.readExit();
    if (written !== null) return written;
    return { status: KILLED, requested: await this.#folder.isStopWished(), at: this.#time() };
  }

  #restartLater(spec: UnitSpec, lastExit: ExitRecord, problem?: unknown): void {
    this.#failures += 1;
    this.#restarts += 1;
    const delay = this.#tools.backoff.delay(this.#failures);
    this.#cancelTimer = this.#tools.clock.after(delay, () => {
      this.#byItself(() => this.#restart(lastExit));
    });
    this.#tell({
      state: 'restarting',
      id: this.id,
      restarts: this.#restarts,
      nextStartAt: this.#time(delay),
      lastExit,
      ...(problem === undefined ? {} : { problem: errorView(problem) }),
    });
  }

  async #restart(lastExit: ExitRecord): Promise<void> {
    const spec = this.#spec;
    if (this.#status.state !== 'restarting' || spec === null) return;
    this.#clearTimer();
    try {
      await this.#recover();
      if (this.#run === null) await this.#start(spec);
    } catch (error) {
      this.#restartLater(spec, lastExit, error);
    }
  }

  // ---- Stop

  async #stop({ withinSeconds = Infinity }: StopOptions = {}): Promise<ExitRecord | null> {
    const run = this.#run;
    if (run === null) {
      if (this.#status.state === 'stopped') return this.#status.lastExit;
      this.#clearTimer();
      const lastExit = this.#status.state === 'restarting' ? this.#status.lastExit : null;
      this.#tell({ state: 'stopped', id: this.id, lastExit });
      return lastExit;
    }
    this.#stopIsDue = false;
    await this.#wish();
    this.#tell({ state: 'stopping', id: this.id, shimPid: run.shim.pid });
    await endRun(run, this.#tools.clock, withinSeconds);
    this.#forget(run);
    const exit = { ...(await this.#exitRecord()), requested: true };
    this.#tell({ state: 'stopped', id: this.id, lastExit: exit });
    return exit;
  }

  /** The wish is for the agent after this one. On a full disk stopping matters more. */
  async #wish(): Promise<void> {
    try {
      await this.#folder.wishStop(this.#time());
    } catch (error) {
      if (!(error instanceof SlapgridError)) throw error;
    }
  }

  #time(later = 0): string {
    return new Date(this.#tools.clock.now() + later).toISOString();
  }
}

/** Whether what runs is what is asked for. */
function follows(order: Order, spec: UnitSpec): boolean {
  return (
    order.configuration === spec.configuration &&
    order.listen?.host === spec.listen?.host &&
    order.listen?.port === spec.listen?.port
  );
}
