/**
 * Holds a partition still by signals, where there are no control groups: SIGSTOP to every process below its shims, parents first, and
 * again until none runs and none is new. What is stopped starts nothing, and nobody inside is left to let it go.
 *
 * bubblewrap and its init start nothing and are stopped after all else: until then the init buries what ends, and the list of those
 * that live stays short enough to be quicker than a process that lives only to begin the next.
 *
 * The holder of the network is stopped last and let go first. It never stops by itself, so it tells a later agent that the partition
 * is held still. The shims go on: they sleep until what they started ends.
 */
import { readdirSync } from 'node:fs';
import { setImmediate as immediately, setTimeout as pause } from 'node:timers/promises';
import { HOLDER, nameOf, partitionOf, unitId } from '../grid/units.ts';
import { kernelText } from '../kernel-text.ts';
import { signal } from '../supervisor/leftovers.ts';
import { processStat } from '../supervisor/process-record.ts';
import type { Supervisor } from '../supervisor/types.ts';

const FREEZE_MILLISECONDS = 900;

/** Looked at so often before anything else of this process has its turn. */
const LOOKS_AT_ONCE = 5;
/** bubblewrap, its init, and then what is confined. */
const PAYLOAD_DEPTH = 2;

/** Stopped, stopped by a tracer, ended. */
const STILL = new Set(['T', 't', 'Z', 'X', 'x']);

/** For a disk, or for a child that is still to become another program (vfork(2)) and is stopped itself. The signal waits for its return. */
const WAITS_IN_KERNEL = 'D';

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
    let before = '';
    for (const depth of [PAYLOAD_DEPTH, 0]) {
      for (let looks = 1; ; looks += 1) {
        const found = this.#stopAll(partitionId, depth);
        if (found !== null && found === before) break;
        // The first look for bubblewrap and its init finds them running, and what is below them as it was.
        before = found ?? (looks === 1 ? before : '');
        if (performance.now() > deadline) {
          this.thaw(partitionId);
          return false;
        }
        // All that are to be frozen get their signals first: what still runs of them takes the processors from whoever looks.
        if (looks === 1) await immediately();
        else if (looks % LOOKS_AT_ONCE === 0) await pause(1);
      }
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

  /**
   * Stops what is so deep below a shim or deeper.
   * @returns the pids that were found; null when one of them was not still.
   */
  #stopAll(partitionId: string, depth: number): string | null {
    const found: number[] = [];
    let isStill = true;
    const visit = (pid: number, at: number): void => {
      found.push(pid);
      if (at >= depth) {
        const state = processStat(pid)?.state;
        if (state === undefined || !STILL.has(state)) {
          signal(pid, 'SIGSTOP');
          if (state !== WAITS_IN_KERNEL) isStill = false;
        }
      }
      // The youngest is the one that may be gone soon.
      for (const child of childrenOfAllThreads(pid).toReversed()) visit(child, at + 1);
    };
    for (const shim of this.#shims(partitionId))
      for (const child of childrenOfAllThreads(shim)) visit(child, 0);
    return isStill ? found.join() : null;
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
export function descendants(pid: number): number[] {
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
