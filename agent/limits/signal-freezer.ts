/**
 * Holds a partition still by signals, where there are no control groups: SIGSTOP to every process below its shims, parents first, and
 * again until none runs. What is stopped starts nothing, and a process that nobody outside reaches is let go by nobody but us.
 *
 * The holder of the network is stopped last and let go first. It never stops by itself, so it tells a later agent that the partition
 * is held still. The shims go on: they sleep until what they started ends.
 */
import { readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { HOLDER, nameOf, partitionOf, unitId } from '../grid/units.ts';
import { kernelText } from '../kernel-text.ts';
import { signal } from '../supervisor/leftovers.ts';
import { processStat } from '../supervisor/process-record.ts';
import type { Supervisor } from '../supervisor/types.ts';

const FREEZE_MILLISECONDS = 900;

/** Stopped, stopped by a tracer, ended. */
const STILL = new Set(['T', 't', 'Z', 'X', 'x']);

export class SignalFreezer {
  readonly #supervisor: Pick<Supervisor, 'list' | 'status' | 'onChange'>;
  /** What is started in them meanwhile is stopped as well. */
  readonly #held = new Set<string>();

  constructor(supervisor: Pick<Supervisor, 'list' | 'status' | 'onChange'>) {
    this.#supervisor = supervisor;
    supervisor.onChange(({ id, state }) => {
      if (state === 'running' && this.#held.has(partitionOf(id))) void this.freeze(partitionOf(id));
    });
  }

  /** @returns false: something did not stop in time, and nothing is held. */
  async freeze(partitionId: string): Promise<boolean> {
    this.#held.add(partitionId);
    const deadline = performance.now() + FREEZE_MILLISECONDS;
    // A process may lose its parent while it is looked for, so nothing is believed once.
    for (let quiet = 0; quiet < 2;) {
      quiet = this.#stopAll(partitionId) ? quiet + 1 : 0;
      if (performance.now() > deadline) {
        this.thaw(partitionId);
        return false;
      }
      if (quiet === 0) await pause(1);
    }
    return true;
  }

  thaw(partitionId: string): void {
    this.#held.delete(partitionId);
    for (const shim of this.#shims(partitionId).toReversed())
      for (const pid of descendants(shim)) signal(pid, 'SIGCONT');
  }

  isFrozen(partitionId: string): boolean {
    const holder = this.#supervisor.status(unitId(partitionId, HOLDER));
    return holder?.state === 'running' && processStat(holder.payloadPid)?.state === 'T';
  }

  /** Whether any of it may be held still. */
  isHolding(partitionId: string): boolean {
    return this.#held.has(partitionId) || this.isFrozen(partitionId);
  }

  /** @returns whether everything was still. */
  #stopAll(partitionId: string): boolean {
    let isStill = true;
    const visit = (pid: number): void => {
      const state = processStat(pid)?.state;
      if (state === undefined) {
        isStill = false;
        return;
      }
      if (!STILL.has(state)) {
        isStill = false;
        signal(pid, 'SIGSTOP');
      }
      for (const child of childrenOfAllThreads(pid)) visit(child);
    };
    for (const shim of this.#shims(partitionId)) for (const child of childrenOfAllThreads(shim)) visit(child);
    return isStill;
  }

  /** The holder’s last. */
  #shims(partitionId: string): number[] {
    return this.#supervisor
      .list()
      .filter((unit) => partitionOf(unit.id) === partitionId)
      .filter((unit) => unit.state === 'running' || unit.state === 'stopping')
      .toSorted((one, other) => Number(nameOf(one.id) === HOLDER) - Number(nameOf(other.id) === HOLDER))
      .map((unit) => unit.shimPid);
  }
}

/** All below a process, the nearest first. */
function descendants(pid: number): number[] {
  return childrenOfAllThreads(pid).flatMap((child) => [child, ...descendants(child)]);
}

/** Whichever of its threads started them. */
function childrenOfAllThreads(pid: number): number[] {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    // It has ended.
    return [];
  }
  return threads.flatMap((thread) =>
    (kernelText(`/proc/${pid}/task/${thread}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );
}
