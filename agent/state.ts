/**
 * The observable state tree and its stream of changes. One owner (the agent), many readers (pages, command lines).
 *
 * A reader that comes back with the id of the last change it saw gets exactly what it missed while that is still kept, and a
 * snapshot otherwise; never a gap, never a change twice.
 */
import { randomBytes } from 'node:crypto';
import type {
  AgentState,
  AgentView,
  Change,
  ChangeEvent,
  ErrorView,
  PartitionView,
  SoftwareView,
} from './api/contract.ts';

/** How many changes are kept for readers that come back. A busy installation makes about ten a second. */
const KEPT_CHANGES = 2000;

export class StateStore {
  /** Names this run: revisions of another run of the agent mean nothing here. */
  readonly #run = randomBytes(6).toString('base64url');
  readonly #partitions = new Map<string, PartitionView>();
  readonly #software = new Map<string, SoftwareView>();
  readonly #kept: { revision: number; change: Change }[] = [];
  readonly #wakers = new Set<() => void>();
  #agent: AgentView;
  #revision = 0;

  constructor(agent: AgentView) {
    this.#agent = agent;
  }

  snapshot(): AgentState {
    return {
      revision: this.#revision,
      agent: this.#agent,
      software: [...this.#software.values()],
      partitions: [...this.#partitions.values()],
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
    if (sameView(this.#partitions.get(view.id), view)) return;
    this.#partitions.set(view.id, view);
    this.#publish({ kind: 'partition', partition: view });
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

  #publish(change: Change): void {
    this.#revision += 1;
    this.#kept.push({ revision: this.#revision, change });
    if (this.#kept.length > KEPT_CHANGES) this.#kept.splice(0, this.#kept.length - KEPT_CHANGES);
    for (const wake of this.#wakers) wake();
  }

  async *changes(options: { lastEventId: string | null; signal: AbortSignal }): AsyncGenerator<ChangeEvent> {
    // Before the oldest that is kept: the first turn of the loop sends the whole.
    let seen: number = this.#resumePoint(options.lastEventId) ?? -1;
    while (!options.signal.aborted) {
      const oldest: number = this.#kept[0]?.revision ?? this.#revision + 1;
      if (seen < 0 || seen < oldest - 1) {
        // So does a reader so slow that what it misses is gone.
        const state = this.snapshot();
        seen = state.revision;
        yield { id: this.#eventId(seen), change: { kind: 'snapshot', state } };
        continue;
      }
      const next: { revision: number; change: Change } | undefined = this.#kept[seen - oldest + 1];
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

/** Views are small plain data made anew each time; their text decides. */
function sameView(before: unknown, after: unknown): boolean {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(after);
}
