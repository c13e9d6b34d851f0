/**
 * How many ports what is hosted for others publishes. A partition's ports are open all or none: a service of which some can be reached
 * is no service. When the limit is lowered those that were opened last are closed first, with what they lead to; when it is raised they
 * are opened again.
 */
import type { LendingLimits } from '../api/contract-lending.ts';
import { SlapgridError } from '../errors.ts';
import type { PublishedPorts } from '../grid/tools.ts';

export type OpenPorts = {
  partitionId: string;
  ports: number;
  /** ISO 8601, UTC. */
  openedAt: string;
};

export class PortLimits implements PublishedPorts {
  /** What is open of hosted partitions. */
  readonly #open: () => readonly OpenPorts[];
  /** Partitions that may not publish as many as they want, and how many that is. */
  readonly #refused = new Map<string, number>();
  #limits: LendingLimits;

  constructor(limits: LendingLimits, open: () => readonly OpenPorts[]) {
    this.#limits = limits;
    this.#open = open;
  }

  refusal(partitionId: string, isHosted: boolean, wanted: number): SlapgridError | null {
    const refusal = isHosted && wanted > 0 ? this.#refusal(partitionId, wanted) : null;
    if (refusal === null) this.#refused.delete(partitionId);
    else this.#refused.set(partitionId, wanted);
    return refusal;
  }

  /** @returns the partitions whose ports are to be closed, and why; and those that may publish theirs again. */
  apply(limits: LendingLimits): { closed: ReadonlyMap<string, SlapgridError>; fits: string[] } {
    this.#limits = limits;
    const closed = beyond(limits, this.#open());
    for (const { partitionId, ports } of this.#open())
      if (closed.has(partitionId)) this.#refused.set(partitionId, ports);
    const fits = [...this.#refused]
      .filter(([id, wanted]) => !closed.has(id) && this.#refusal(id, wanted) === null)
      .map(([id]) => id);
    for (const id of fits) this.#refused.delete(id);
    return { closed, fits };
  }

  /** The partition is empty. */
  forget(partitionId: string): void {
    this.#refused.delete(partitionId);
  }

  #refusal(partitionId: string, wanted: number): SlapgridError | null {
    const { each, together } = this.#limits;
    if (each.ports !== null && wanted > each.ports) return tooMany('each', wanted, each.ports, 'unopened');
    const others = this.#open().filter((one) => one.partitionId !== partitionId);
    const all = wanted + sumOf(others);
    if (together.ports !== null && all > together.ports)
      return tooMany('together', all, together.ports, 'unopened');
    return null;
  }
}

/** Whose ports are to be closed, the newest first, so that the rest keeps the limits. */
export function beyond(
  { each, together }: LendingLimits,
  open: readonly OpenPorts[],
): Map<string, SlapgridError> {
  const closed = new Map<string, SlapgridError>();
  for (const { partitionId, ports } of open)
    if (each.ports !== null && ports > each.ports)
      closed.set(partitionId, tooMany('each', ports, each.ports, 'closed'));
  if (together.ports === null) return closed;
  const kept = open
    .filter(({ partitionId }) => !closed.has(partitionId))
    .toSorted((one, other) => (one.openedAt < other.openedAt ? -1 : 1));
  for (let all = sumOf(kept); all > together.ports; all = sumOf(kept)) {
    const newest = kept.pop();
    if (newest === undefined) break;
    closed.set(newest.partitionId, tooMany('together', all, together.ports, 'closed'));
  }
  return closed;
}

function sumOf(open: readonly OpenPorts[]): number {
  return open.reduce((sum, { ports }) => sum + ports, 0);
}

function tooMany(
  scope: 'each' | 'together',
  wanted: number,
  limit: number,
  state: 'unopened' | 'closed',
): SlapgridError {
  return new SlapgridError('port-limit', { scope, wanted, limit, state });
}
