/**
 * When what is hosted may run. Looks at the host now and then, asks the policy, and has what was decided done at once.
 *
 *   facts ─┐
 *   rules ─┼─► policy ─► decision ─► partitions (frozen, stopped, let go), state tree, record
 *   said ──┘
 */
import type {
  ConditionsService,
  DesktopFacts,
  PauseAction,
  PauseInput,
  Preview,
  PreviewInput,
  ResumeInput,
  Rules,
} from '../api/contract-conditions.ts';
import type { Clock } from '../clock.ts';
import { errorView, SlapgridError } from '../errors.ts';
import type { Applicant } from '../grid/tools.ts';
import { text } from '../messages.ts';
import type { StateStore } from '../state.ts';
import { UNKNOWN_FACTS } from './facts.ts';
import type { FactRecord } from './fact-record.ts';
import { holdsAfterChange, holdsAfterMove, initialHolds, type Holds } from './holds.ts';
import type { HostFacts, Look } from './host-facts.ts';
import { openKept, rulesProblem, writeKept, type Kept } from './kept.ts';
import { decide, holdingNames, type Decision } from './policy.ts';
import { previewOf } from './preview.ts';
import {
  saidAfterMove,
  saidAfterRestart,
  saidFinish,
  saidPause,
  saidRun,
  saidUntil,
  type Said,
} from './said.ts';
import { TimeZone } from './time-zone.ts';
import { factViews, pausedForOthers, pausedSentence, reasonOf } from './words.ts';

/** What is to be held still, and how; null: it runs. */
export type Order = {
  others: PauseAction | null;
  own: PauseAction | null;
  /** Why, for who is not at this computer. */
  why: string;
};

export type ConditionsOptions = {
  /** Where rules and what was said are kept. */
  file: string;
  store: StateStore;
  host: Pick<HostFacts, 'look' | 'onChange' | 'tellDesktop' | 'close'>;
  record: FactRecord;
  /** Resolves when it is so. */
  carryOut: (order: Order) => Promise<void>;
  /** Told each pause and each end of one. */
  told?: (kind: 'paused' | 'resumed', sentence: string) => void;
  clock: Clock;
  /** Milliseconds that nobody can set, and that go on while the computer sleeps. */
  uptime: () => number;
  onFault: (error: unknown) => void;
};

/** How often the host is looked at: while something is hosted, and otherwise. */
const LOOK = { hosting: 15_000, idle: 30_000 } as const;
/** A wall clock that differs by less was not set: it is steered. */
const STEERED_MILLISECONDS = 2000;
/** A timer that is later than this slept. */
const SLEPT_MILLISECONDS = 60_000;
/** Every look decides anew; only what comes before the next one needs a timer of its own. */
const FAR_MILLISECONDS = 60_000;
const NO_LOOK: Look = { facts: UNKNOWN_FACTS, sources: {}, totalBytes: null };
const NOTICE = 'conditions';
const UNKEPT_NOTICE = 'conditions-unkept';

export class Conditions implements ConditionsService {
  readonly #options: ConditionsOptions;
  #kept: Kept;
  #holds: Holds;
  #look: Look = NO_LOOK;
  readonly #zone = new TimeZone();
  /** Wall clock less the one that nobody sets. */
  #offset: number;
  #lookedAt: number;
  #looking: Promise<void> | null = null;
  #lookAgain = false;
  #cancelLook = (): void => undefined;
  #cancelTurn = (): void => undefined;
  /** Orders are carried out one after another; those in between are skipped. */
  #order: Order | null = null;
  #carrying: Promise<void> | null = null;
  #writing: Promise<void> = Promise.resolve();
  #writtenText = '';
  readonly #admissionListeners: (() => void)[] = [];
  #started = false;
  #closed = false;

  private constructor(options: ConditionsOptions, kept: Kept) {
    const now = options.clock.now();
    this.#options = options;
    this.#kept = { ...kept, said: saidAfterRestart(kept.said, now) };
    this.#holds = initialHolds(kept.holding);
    this.#offset = now - options.uptime();
    this.#lookedAt = options.uptime();
    this.#writtenText = JSON.stringify(kept);
  }

  /** Reads what is kept, looks at the host once and decides, so that a pause holds before anything is started. */
  static async open(options: ConditionsOptions): Promise<Conditions> {
    const { kept, setAside } = await openKept(options.file, options.clock.now());
    const conditions = new Conditions(options, kept);
    if (setAside !== null) {
      const error = new SlapgridError('conditions-damaged', { file: setAside });
      options.store.notice(NOTICE, error.toView());
    }
    await conditions.#lookOnce();
    return conditions;
  }

  /** Carries out what is decided, and looks now and then. Resolves when what was decided before is so. */
  async start(): Promise<void> {
    this.#started = true;
    this.#options.host.onChange(() => void this.#lookSoon());
    this.#scheduleLook();
    await this.#decide();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelLook();
    this.#cancelTurn();
    const { host, record, clock } = this.#options;
    host.close();
    await this.#looking;
    await this.#carrying;
    await this.#writing;
    record.end(clock.now());
    await record.settled();
  }

  // ---- What a person says

  pause({ for: length }: PauseInput): Promise<void> {
    return this.#say(saidPause(length, this.#now()));
  }

  finish(): Promise<void> {
    const { store } = this.#options;
    const finishing = store
      .snapshot()
      .partitions.flatMap(({ id, instance }) =>
        instance?.owner.kind === 'other' ? [{ partitionId: id, instance: instance.name }] : [],
      );
    this.#kept = { ...this.#kept, finishing };
    return this.#say(saidFinish(this.#now()));
  }

  resume({ forMinutes }: ResumeInput): Promise<void> {
    return this.#say(forMinutes === null ? null : saidRun(forMinutes, this.#now()));
  }

  async setRules(rules: Rules): Promise<void> {
    const problem = rulesProblem(rules);
    if (problem !== null) throw new SlapgridError('rules-invalid', { detail: problem });
    const before = this.#kept;
    const written = this.#writing.then(() => writeKept(this.#options.file, { ...before, rules }));
    this.#writing = written.catch(() => undefined);
    await written;
    this.#options.store.withdrawNotice(NOTICE);
    this.#holds = holdsAfterChange(this.#holds, before.rules, rules);
    this.#kept = { ...this.#kept, rules };
    await this.#decide();
  }

  async preview({ rules = this.#kept.rules, days }: PreviewInput): Promise<Preview> {
    const problem = rulesProblem(rules);
    if (problem !== null) throw new SlapgridError('rules-invalid', { detail: problem });
    const now = this.#now();
    const from = new Date(now);
    from.setHours(0, 0, 0, 0);
    from.setDate(from.getDate() - days);
    const rows = this.#options.record.rows(from.getTime());
    return previewOf({ rules, days, rows, now, totalBytes: this.#look.totalBytes });
  }

  async tellDesktop(facts: DesktopFacts): Promise<void> {
    this.#options.host.tellDesktop(facts);
  }

  /** A person's own are always admitted, and so is what was here when they said so. */
  refusal({ owner, partitionId, instance }: Applicant): SlapgridError | null {
    if (owner.kind !== 'other' || !this.#isFinishing) return null;
    const isHere = this.#kept.finishing.some(
      (each) => each.partitionId === partitionId && each.instance === instance,
    );
    return isHere ? null : new SlapgridError('finishing');
  }

  /** Software that is not here yet is new as well. */
  softwareRefusal({ owner }: Pick<Applicant, 'owner'>): SlapgridError | null {
    return owner.kind === 'other' && this.#isFinishing ? new SlapgridError('finishing') : null;
  }

  /** Calls after what is admitted changed. */
  onAdmission(listener: () => void): void {
    this.#admissionListeners.push(listener);
  }

  get #isFinishing(): boolean {
    return this.#kept.said?.kind === 'finish';
  }

  // ---- Looking and deciding

  #now(): number {
    return this.#options.clock.now();
  }

  #scheduleLook(): void {
    if (this.#closed) return;
    const { clock, store } = this.#options;
    const hosts = store.snapshot().partitions.some(({ instance }) => instance?.owner.kind === 'other');
    this.#cancelLook();
    this.#cancelLook = clock.after(hosts ? LOOK.hosting : LOOK.idle, () => void this.#lookSoon());
  }

  /** Calls while a look is under way are one more look. Never fails. */
  #lookSoon(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#lookAgain = true;
    this.#looking ??= this.#looks().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #looks(): Promise<void> {
    try {
      while (this.#lookAgain && !this.#closed) {
        this.#lookAgain = false;
        await this.#lookOnce();
      }
    } catch (error) {
      this.#options.onFault(error);
    }
    this.#scheduleLook();
  }

  async #lookOnce(): Promise<void> {
    const { host, record, uptime } = this.#options;
    const slept = uptime() - this.#lookedAt;
    const before = this.#lookedAt + this.#offset;
    if (slept > SLEPT_MILLISECONDS) record.end(before + LOOK.idle);
    this.#look = await host.look();
    this.#lookedAt = uptime();
    this.#zone.follow();
    this.#followClock();
    record.add(this.#look.facts, this.#now());
    // A look must not wait for partitions: what follows from it is carried out beside it.
    void this.#decide().catch((error: unknown) => this.#options.onFault(error));
  }

  /** Lengths of time go on as they were when the wall clock is set. */
  #followClock(): void {
    const offset = this.#now() - this.#options.uptime();
    const moved = offset - this.#offset;
    if (Math.abs(moved) < STEERED_MILLISECONDS) return;
    this.#offset = offset;
    this.#holds = holdsAfterMove(this.#holds, moved);
    this.#kept = { ...this.#kept, said: saidAfterMove(this.#kept.said, moved) };
  }

  /** Resolves when it is so, and kept. */
  async #say(said: Said | null): Promise<void> {
    this.#followClock();
    const wasFinishing = this.#isFinishing;
    this.#kept = { ...this.#kept, said };
    if (wasFinishing !== this.#isFinishing) for (const listener of this.#admissionListeners) listener();
    const wasPaused = this.#kept.state === 'paused';
    await this.#decide();
    // Nothing turned, but what was decided before is not so any more.
    if (wasPaused && this.#kept.state === 'paused') this.#tellSaid(said);
    await this.#writing;
  }

  /** Resolves when what was decided is so. */
  async #decide(): Promise<void> {
    this.#followClock();
    const { clock } = this.#options;
    const now = this.#now();
    const { rules, said } = this.#kept;
    const { decision, holds, next } = decide(this.#holds, this.#look.facts, rules, said, now);
    const isTurned = decision.state !== this.#kept.state;
    this.#holds = holds;
    this.#kept = {
      ...this.#kept,
      said: decision.said,
      holding: holdingNames(holds),
      state: decision.state,
      since: isTurned ? now : this.#kept.since,
    };
    this.#cancelTurn();
    // What is far away is asked for again on the way: by then the clock may have been set.
    if (next !== null && next - now < FAR_MILLISECONDS && !this.#closed) {
      this.#cancelTurn = clock.after(Math.max(next - now, 0), () => void this.#turn());
    }
    const carried = this.#carryOut({
      others: decision.others,
      own: decision.own,
      why: pausedForOthers(decision.causes),
    });
    this.#show(decision, now);
    if (isTurned) this.#tell(decision, now);
    this.#keep();
    await carried;
  }

  async #turn(): Promise<void> {
    if (this.#closed) return;
    await this.#decide().catch((error: unknown) => this.#options.onFault(error));
  }

  #carryOut(order: Order): Promise<void> {
    if (!this.#started || sameOrder(this.#order, order)) return this.#carrying ?? Promise.resolve();
    this.#order = order;
    this.#carrying ??= this.#carry().finally(() => {
      this.#carrying = null;
    });
    return this.#carrying;
  }

  async #carry(): Promise<void> {
    for (let done: Order | null = null; this.#order !== null && done !== this.#order;) {
      done = this.#order;
      await this.#options.carryOut(done);
    }
  }

  #show(decision: Decision, now: number): void {
    const { rules, since } = this.#kept;
    const { said } = decision;
    const until = said === null ? null : saidUntil(said);
    this.#options.store.setConditions({
      state: decision.state,
      since: new Date(since).toISOString(),
      until: isoOrNull(decision.until),
      reasons: decision.causes.map((cause) => reasonOf(cause, rules, now)),
      said: said === null ? null : { kind: said.kind, until: isoOrNull(until) },
      ownPaused: decision.own !== null,
      rules,
      facts: factViews({
        facts: this.#look.facts,
        sources: this.#look.sources,
        rules,
        holding: said?.kind === 'run' ? [] : this.#kept.holding,
        now,
      }),
    });
  }

  #tell({ state, causes }: Decision, now: number): void {
    const { told = () => undefined } = this.#options;
    if (state === 'paused') {
      const reasons = causes.map((cause) => reasonOf(cause, this.#kept.rules, now));
      told('paused', pausedSentence(reasons, now));
    } else told('resumed', text(`conditions.${state}`));
  }

  /** What a person said of what was paused before and is so still: for how long, or that nothing new is accepted. */
  #tellSaid(said: Said | null): void {
    const { told = () => undefined, store } = this.#options;
    if (said?.kind === 'pause') told('paused', pausedSentence(store.conditions.reasons, this.#now()));
    if (said?.kind === 'finish') told('resumed', text('conditions.finishing'));
  }

  /** Writes what changed. What cannot be written holds all the same, until the agent ends. */
  #keep(): void {
    const keptText = JSON.stringify(this.#kept);
    if (keptText === this.#writtenText) return;
    this.#writtenText = keptText;
    const kept = this.#kept;
    this.#writing = this.#writing
      .then(() => writeKept(this.#options.file, kept))
      .then(() => this.#options.store.withdrawNotice(UNKEPT_NOTICE))
      .catch((error: unknown) => {
        this.#writtenText = '';
        const { sentence } = errorView(error);
        const view = new SlapgridError('conditions-unkept', { cause: sentence }).toView();
        this.#options.store.notice(UNKEPT_NOTICE, view);
      });
  }
}

function sameOrder(one: Order | null, other: Order): boolean {
  return one !== null && one.others === other.others && one.own === other.own && one.why === other.why;
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
