/**
 * A shim that lives and what it started: how it is found, and how it is ended.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { SlapgridError } from '../errors.ts';
import type { Clock } from '../clock.ts';
import type { Launched } from './launch.ts';
import { kill, removeLeftovers, signal } from './leftovers.ts';
import type { Lifeline } from './lifeline.ts';
import {
  type ProcessRecord,
  bootId,
  childrenOf,
  isAlive,
  processStat,
  processUid,
  sessionMembers,
} from './process-record.ts';
import type { Order, RunFolder, ShimState } from './run-folder.ts';

export type Run = {
  order: Order;
  shim: ProcessRecord;
  /** The shim's child: the payload itself, or bwrap. */
  root: ProcessRecord;
  /** In a sandbox: its init and the payload. */
  inside: readonly ProcessRecord[];
  payloadPid: number;
  lifeline: Lifeline;
  /** Resolves when the shim and everything of it is gone. */
  ended: Promise<void>;
};

/** A healthy start takes some tens of milliseconds; this is for a machine that swaps. */
const START_DEADLINE_MILLISECONDS = 10_000;
const LONGEST_PAUSE_MILLISECONDS = 20;
/** Looking again may cost so much of the time that it took anyway. */
const PAUSE_SHARE = 0.1;
/** For the shim to write the end it saw, after its payload was killed. */
const RECORD_MILLISECONDS = 2000;

type Told = { shim: ProcessRecord; root: ProcessRecord; owner: number };

/**
 * Waits until the shim that holds `lifeline` has told its pid and its child's, and until the payload is there; then watches
 * it. The shim may have been started a moment ago, by an agent that was killed right after.
 * @param launched when it is a shim of this agent.
 * @returns null when it has ended meanwhile and nothing of it is left.
 * @throws SlapgridError `unit-start-unfinished`; `unit-start-failed` when a shim of this agent ended before its payload.
 */
export async function findRun(
  unit: string,
  folder: RunFolder,
  lifeline: Lifeline,
  order: Order,
  launched: Launched | null,
): Promise<Run | null> {
  const deadline = performance.now() + START_DEADLINE_MILLISECONDS;
  const late = (): boolean => performance.now() > deadline;
  let told: Told | null;
  try {
    told = await whatShimTells(unit, folder, lifeline, launched, late);
  } catch (error) {
    // Node has not reaped it while it holds its lifeline, so its number is its own.
    if (launched !== null && lifeline.isHeld()) signal(launched.pid, 'SIGKILL');
    lifeline.close();
    throw error;
  }
  if (told === null) {
    lifeline.close();
    return null;
  }
  const { shim, root, owner } = told;
  const inside = order.payload === 'direct' ? [] : await findInside(root, late);
  const gone = Promise.withResolvers<void>();
  lifeline.watch(() => gone.resolve(removeLeftovers(shim, [root, ...(inside ?? [])], owner)));
  if (inside !== null) {
    // For an agent that finds neither the shim nor bwrap alive, but what they held still ending.
    if (inside.length > 0) await folder.noteInside(inside);
    const payloadPid = inside.at(-1)?.pid ?? root.pid;
    return { order, shim, root, inside, payloadPid, lifeline, ended: gone.promise };
  }
  const stuck = isAlive(root) && late();
  if (stuck) killAll({ shim });
  await gone.promise;
  lifeline.close();
  if (stuck) throw new SlapgridError('unit-start-unfinished', { unit });
  return null;
}

/** What the shim's record says, once it is complete and true; null when an earlier agent's shim has ended. */
async function whatShimTells(
  unit: string,
  folder: RunFolder,
  lifeline: Lifeline,
  launched: Launched | null,
  late: () => boolean,
): Promise<Told | null> {
  const began = performance.now();
  for (;;) {
    // Asked before reading, so that what a shim wrote just before it ended is seen.
    const held = lifeline.isHeld();
    const state = await folder.readState();
    const owner = await folder.owner();
    const isShims = state !== null && owner !== null && (!held || isTrue(state, owner));
    if (isShims && state.root !== null) return { shim: state.shim, root: state.root, owner };
    if (!held) {
      if (launched === null) return null;
      throw new SlapgridError('unit-start-failed', { unit, status: await launched.exited });
    }
    if (late()) throw new SlapgridError('unit-start-unfinished', { unit });
    await pause(pauseSince(began));
  }
}

/** What is waited for is seen soon after it is there, however long it takes, and a slow machine is not asked all the time. */
function pauseSince(began: number): number {
  const share = (performance.now() - began) * PAUSE_SHARE;
  return Math.min(Math.max(share, 1), LONGEST_PAUSE_MILLISECONDS);
}

/** A record is believed when it is of this boot and its process lives, began then, and is the folder's owner's. */
function isTrue(state: ShimState, owner: number): boolean {
  return state.boot === bootId() && isAlive(state.shim) && processUid(state.shim.pid) === owner;
}

/** A sandbox's init and its payload, awaited while it is being made; null when it ended before or is late. */
async function findInside(root: ProcessRecord, late: () => boolean): Promise<ProcessRecord[] | null> {
  const began = performance.now();
  while (isAlive(root) && !late()) {
    const init = firstChild(root.pid);
    const payload = init === null ? null : firstChild(init.pid);
    if (init !== null && payload !== null) return [init, payload];
    await pause(pauseSince(began));
  }
  return null;
}

function firstChild(parent: number): ProcessRecord | null {
  const pid = childrenOf(parent)[0];
  const stat = pid === undefined ? null : processStat(pid);
  return stat === null ? null : { pid: stat.pid, start: stat.start };
}

/**
 * Asks the payload to stop and resolves when nothing of the run is left: SIGKILL to the payload after the time-out, SIGKILL
 * to everything when even that is not followed.
 * @param withinSeconds the longest time-out, whatever the unit's own is.
 */
export async function endRun(run: Run, clock: Clock, withinSeconds = Infinity): Promise<void> {
  const { signal: stopSignal } = run.order.stop;
  const timeoutSeconds = Math.min(run.order.stop.timeoutSeconds, withinSeconds);
  const cancels: (() => void)[] = [];
  const escalate = (): void => {
    killPayload(run);
    cancels.push(clock.after(RECORD_MILLISECONDS, () => killAll(run)));
  };
  if (stopSignal === 'SIGKILL') escalate();
  else {
    cancels.push(clock.after(timeoutSeconds * 1000, escalate));
    if (isAlive(run.shim)) signal(run.shim.pid, 'SIGTERM');
  }
  await run.ended;
  cancels.forEach((cancel) => cancel());
}

/** Killing the sandbox's init kills all that is in it, and bwrap still tells the shim. */
function killPayload({ root, inside }: Run): void {
  kill(inside[0] ?? root);
}

function killAll({ shim }: Pick<Run, 'shim'>): void {
  sessionMembers(shim).forEach(kill);
  kill(shim);
}
