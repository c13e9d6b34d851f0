/** What was decided last about each partition and each software, so that the same decision is written down once. */
import type { AuditEntry } from '../api/contract-lending.ts';

type Decided = Pick<AuditEntry, 'kind' | 'master' | 'partition' | 'instance'>;

/** Newest entries of the log that are read at the start: decisions about more partitions than a computer has. */
export const REMEMBERED = 2000;

export class Decisions {
  readonly #last = new Map<string, string>();

  /** @param newestFirst what an earlier agent wrote down. */
  constructor(newestFirst: readonly Decided[] = []) {
    for (const entry of newestFirst.toReversed()) {
      if (entry.partition === null) continue;
      if (entry.kind === 'ended') this.#last.delete(entry.partition);
      else if (entry.kind === 'accepted' || entry.kind === 'refused') this.takes(entry);
    }
  }

  /** Takes a decision. @returns whether it is news. */
  takes(entry: Decided): boolean {
    const about = subjectOf(entry);
    if (this.#last.get(about) === keyOf(entry)) return false;
    // In the order of what was decided last.
    this.#last.delete(about);
    this.#last.set(about, keyOf(entry));
    return true;
  }

  /** Partitions whose instances were accepted and did not end, the first accepted first. */
  accepted(): string[] {
    return [...this.#last].filter(([, key]) => key.startsWith(ACCEPTED)).map(([about]) => about);
  }

  /** What was decided does not hold any more: the same is news again. */
  withdrawn(about: Omit<Decided, 'kind'>): void {
    this.#last.delete(subjectOf(about));
  }

  /** The partition is free. @returns whether what was in it had been decided about. */
  ended(partition: string): boolean {
    return this.#last.delete(partition);
  }
}

const ACCEPTED = '["accepted",';

function subjectOf({ partition, master, instance }: Omit<Decided, 'kind'>): string {
  return partition ?? `${master} ${instance}`;
}

function keyOf({ kind, master, instance }: Decided): string {
  return JSON.stringify([kind, master, instance]);
}
