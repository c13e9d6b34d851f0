/**
 * The observable state tree and its stream of changes. One owner (the agent), many readers (pages, command lines).
 *
 * A reader that comes back with the id of the last change it saw gets exactly what it missed while that is still kept, and a
 * snapshot otherwise; never a gap, never a change twice. Usage is apart from that: only the newest counts, so it is neither kept
 * nor numbered.
 */
import { randomBytes } from 'node:crypto';
import type { ConditionsView } from './api/contract-conditions.ts';
import type { LendingView } from './api/contract-lending.ts';
import type {
  AgentState,
  AgentView,
  Change,
  ChangeEvent,
  ErrorView,
  MasterView,
  Mode,
  PartitionView,
  SoftwareView,
  UsageRecord,
  SetNotificationInput,
} from './api/contract.ts';

import { untoldConditions } from './conditions/defaults.ts';
import { untriedLending } from './lending/defaults.ts';

/** How many changes are kept for readers that come back. A busy installation makes about ten a second. */
const KEPT_CHANGES = 2000;

type PartitionListener = (now: PartitionView, before: PartitionView | undefined) => void;

export class StateStore {
  /** Names this run: revisions of another run of the agent mean nothing here. */
  readonly #run = randomBytes(6).toString('base64url');
  readonly #partitions = new Map<string, PartitionView>();
  readonly #masters = new Map<string, MasterView>();
  readonly #software = new Map<string, SoftwareView>();
  readonly #kept: { revision: number; change: Change }[] = [];
  readonly #wakers = new Set<() => void>();
  readonly #partitionListeners = new Set<PartitionListener>();
  readonly #watcherListeners = new Set<(watchers: number) => void>();
  #agent: AgentView;
  #lending: LendingView;
  #conditions: ConditionsView;
  #revision = 0;
  #usage: UsageRecord = {};
  #usageAt = '';
  /** Grows with each change of the usage. */
  #usageTurn = 0;
  #watchers = 0;

  constructor(agent: AgentView, lending = untriedLending(), conditions = untoldConditions()) {
    this.#agent = agent;
    this.#lending = lending;
    this.#conditions = conditions;
  }

  snapshot(): AgentState {
    return {
      revision: this.#revision,
      agent: this.#agent,
      masters: [...this.#masters.values()],
      lending: this.#lending,
      conditions: this.#conditions,
      software: [...this.#software.values()],
      partitions: [...this.#partitions.values()],
      usage: this.#usage,
    };
  }

  partition(id: string): PartitionView | undefined {
    return this.#partitions.get(id);
  }

  software(url: string): SoftwareView | undefined {
    return this.#software.get(url);
  }

  /** Adds or replaces; equal views make no change. */
  setPartition(view: PartitionView): void {
    const before = this.#partitions.get(view.id);
    if (sameView(before, view)) return;
    this.#partitions.set(view.id, view);
    if (view.instance === null && view.id in this.#usage) {
      const { [view.id]: _, ...others } = this.#usage;
      this.setUsage(this.#usageAt, others);
    }
    this.#publish({ kind: 'partition', partition: view });
    for (const listener of this.#partitionListeners) listener(view, before);
  }

  /** Calls after each change of a partition. Returns the unsubscriber. */
  onPartition(listener: PartitionListener): () => void {
    this.#partitionListeners.add(listener);
    return () => this.#partitionListeners.delete(listener);
  }

  /** Equal views make no change, nor does one whose only difference is an answer of the same minute. */
  setMaster(view: MasterView): void {
    const before = this.#masters.get(view.id);
    if (
      before !== undefined &&
      sameView({ ...before, answeredAt: minuteOf(before) }, { ...view, answeredAt: minuteOf(view) })
    )
      return;
    this.#masters.set(view.id, view);
    this.#publish({ kind: 'master', master: view });
  }

  removeMaster(id: string): void {
    if (this.#masters.delete(id)) this.#publish({ kind: 'master-removed', id });
  }

  get lending(): LendingView {
    return this.#lending;
  }

  get conditions(): ConditionsView {
    return this.#conditions;
  }

  /** An equal view makes no change. */
  setLending(view: LendingView): void {
    if (sameView(this.#lending, view)) return;
    this.#lending = view;
    this.#publish({ kind: 'lending', lending: view });
  }

  /** An equal view makes no change. */
  setConditions(view: ConditionsView): void {
    if (sameView(this.#conditions, view)) return;
    this.#conditions = view;
    this.#publish({ kind: 'conditions', conditions: view });
  }

  setFirstRunDone(firstRunDone: boolean): void {
    if (this.#agent.firstRunDone === firstRunDone) return;
    this.#agent = { ...this.#agent, firstRunDone };
    this.#publish({ kind: 'agent', agent: this.#agent });
  }

  setNotification({ kind, wanted }: SetNotificationInput): void {
    if (this.#agent.notifications[kind] === wanted) return;
    this.#agent = { ...this.#agent, notifications: { ...this.#agent.notifications, [kind]: wanted } };
    this.#publish({ kind: 'agent', agent: this.#agent });
  }

  setMode(mode: Mode): void {
    if (this.#agent.mode === mode) return;
    this.#agent = { ...this.#agent, mode };
    this.#publish({ kind: 'agent', agent: this.#agent });
  }

  removePartition(id: string): void {
    const before = this.#partitions.get(id);
    if (before === undefined) return;
    this.#partitions.delete(id);
    this.#publish({ kind: 'partition-removed', id });
    for (const listener of this.#partitionListeners) listener({ ...before, instance: null }, before);
  }

  setSoftware(view: SoftwareView): void {
    if (sameView(this.#software.get(view.url), view)) return;
    this.#software.set(view.url, view);
    this.#publish({ kind: 'software', software: view });
  }

  removeSoftware(url: string): void {
    if (this.#software.delete(url)) this.#publish({ kind: 'software-removed', url });
  }

  /** Shows a fact until the agent ends; the same id is shown once. */
  notice(id: string, view: ErrorView): void {
    const others = this.#agent.notices.filter((notice) => notice.id !== id);
    this.#agent = { ...this.#agent, notices: [...others, { id, ...view }] };
    this.#publish({ kind: 'agent', agent: this.#agent });
  }

  withdrawNotice(id: string): void {
    const notices = this.#agent.notices.filter((notice) => notice.id !== id);
    if (notices.length === this.#agent.notices.length) return;
    this.#agent = { ...this.#agent, notices };
    this.#publish({ kind: 'agent', agent: this.#agent });
  }

  /** Replaces the whole record; an equal one makes no change. @param at when it was measured (ISO 8601). */
  setUsage(at: string, usage: UsageRecord): void {
    if (sameView(this.#usage, usage)) return;
    this.#usage = usage;
    this.#usageAt = at;
    this.#usageTurn += 1;
    this.#wakeAll();
  }

  /** How many readers follow the usage now. */
  get watchers(): number {
    return this.#watchers;
  }

  /** Calls with the number of readers that follow the usage whenever it changes. Returns the unsubscriber. */
  onWatchers(listener: (watchers: number) => void): () => void {
    this.#watcherListeners.add(listener);
    return () => this.#watcherListeners.delete(listener);
  }

  #watch(by: 1 | -1): void {
    this.#watchers += by;
    for (const listener of this.#watcherListeners) listener(this.#watchers);
  }

  #publish(change: Change): void {
    this.#revision += 1;
    this.#kept.push({ revision: this.#revision, change });
    if (this.#kept.length > KEPT_CHANGES) this.#kept.splice(0, this.#kept.length - KEPT_CHANGES);
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const wake of this.#wakers) wake();
  }

  /** @param options.usage false: without changes of usage, and not counted among {@link watchers}. */
  async *changes(options: {
    lastEventId: string | null;
    signal: AbortSignal;
    usage?: boolean;
  }): AsyncGenerator<ChangeEvent> {
    if (options.usage === false) {
      yield* this.#follow(options, false);
      return;
    }
    this.#watch(1);
    try {
      yield* this.#follow(options, true);
    } finally {
      this.#watch(-1);
    }
  }

  async *#follow(
    options: { lastEventId: string | null; signal: AbortSignal },
    withUsage: boolean,
  ): AsyncGenerator<ChangeEvent> {
    let usageSeen = -1;
    // Before the oldest that is kept: the first turn of the loop sends the whole.
    let seen: number = this.#resumePoint(options.lastEventId) ?? -1;
    while (!options.signal.aborted) {
      const oldest: number = this.#kept[0]?.revision ?? this.#revision + 1;
      if (seen < 0 || seen < oldest - 1) {
        // So does a reader so slow that what it misses is gone.
        const state = this.snapshot();
        seen = state.revision;
        usageSeen = this.#usageTurn;
        yield { id: this.#eventId(seen), change: { kind: 'snapshot', state } };
        continue;
      }
      const next: { revision: number; change: Change } | undefined = this.#kept[seen - oldest + 1];
      if (next === undefined && withUsage && usageSeen !== this.#usageTurn) {
        usageSeen = this.#usageTurn;
        const change: Change = { kind: 'usage', at: this.#usageAt, usage: this.#usage };
        yield { id: this.#eventId(seen), change };
        continue;
      }
      if (next === undefined) {
        await this.#wait(options.signal);
        continue;
      }
      seen = next.revision;
      yield { id: this.#eventId(seen), change: next.change };
    }
  }

  #eventId(revision: number): string {
    return `${this.#run}:${revision}`;
  }

  /** The revision after which to go on; null when a snapshot is needed. */
  #resumePoint(lastEventId: string | null): number | null {
    const match = /^([\w-]+):(\d+)$/.exec(lastEventId ?? '');
    if (match === null || match[1] !== this.#run) return null;
    const revision = Number(match[2]);
    const oldest = this.#kept[0]?.revision ?? this.#revision + 1;
    return revision <= this.#revision && revision >= oldest - 1 ? revision : null;
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#wakers.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#wakers.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

function minuteOf({ answeredAt }: MasterView): string | null {
  return answeredAt?.slice(0, 'YYYY-MM-DDTHH:MM'.length) ?? null;
}

/** Views are small plain data made anew each time; their text decides. */
function sameView(before: unknown, after: unknown): boolean {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(after);
}
