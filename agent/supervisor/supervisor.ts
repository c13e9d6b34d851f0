/**
 * All units of this agent: started by it, or found running and adopted.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode } from '../errors.ts';
import { type Backoff, doublingBackoff } from './backoff.ts';
import { type Clock, systemClock } from '../clock.ts';
import { LifelineMaker } from './lifeline.ts';
import { LogRotation } from './log-rotation.ts';
import { RunFolder } from './run-folder.ts';
import type { Supervisor, UnitStatus } from './types.ts';
import { Unit, type UnitTools } from './unit.ts';

export type SupervisorOptions = {
  /** Absolute path of the installed `shim.sh`; every partition's user must be able to read it. */
  shim: string;
  /** A folder of the agent's own, on the file system of the run folders, for what is made ahead of starts; made when it is needed. */
  stock?: string;
  clock?: Clock;
  backoff?: Backoff;
};

export function createSupervisor({
  shim,
  stock,
  clock = systemClock,
  backoff = doublingBackoff,
}: SupervisorOptions): Supervisor {
  const units = new Map<string, Unit>();
  const listeners = new Set<(status: UnitStatus) => void>();
  const logs = new LogRotation(clock);
  let closed = false;
  const tools: UnitTools = {
    shim,
    lifelines: new LifelineMaker(stock ?? null),
    clock,
    backoff,
    logs,
    changed: (status) => {
      for (const listener of listeners) {
        // On its own, so that a listener's failure is not taken for the unit's.
        queueMicrotask(() => {
          if (!closed) listener(status);
        });
      }
    },
  };

  const unitOf = (id: string, runFolder: string): Unit => {
    const known = units.get(id);
    if (known !== undefined) return known;
    const unit = new Unit(id, runFolder, tools);
    units.set(id, unit);
    return unit;
  };

  return {
    async adopt(runFolders) {
      const found = await Promise.all(
        runFolders.map(({ unitPrefix, folder }) => recordedUnits(unitPrefix, folder)),
      );
      const outcomes = await Promise.allSettled(
        found.flat().map(({ id, folder }) => unitOf(id, folder).recover()),
      );
      // One that could not be told yet is asked again when it is ensured or stopped; it must not hide the others.
      return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    },
    ensure: (spec) => unitOf(spec.id, spec.runFolder).ensure(spec),
    stop: async (id, options) => (await units.get(id)?.stop(options)) ?? null,
    status: (id) => units.get(id)?.status,
    list: () => [...units.values()].map((unit) => unit.status),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      closed = true;
      for (const unit of units.values()) unit.close();
      logs.close();
    },
  };
}

/** The units that were ever started below `folder`: one for each run folder in it that has a record. */
async function recordedUnits(prefix: string, folder: string): Promise<{ id: string; folder: string }[]> {
  let names: string[];
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
  const candidates = names.map((name) => ({ id: `${prefix}/${name}`, folder: path.join(folder, name) }));
  const recorded = await Promise.all(candidates.map((each) => new RunFolder(each.folder).hasRecord()));
  return candidates.filter((_, index) => recorded[index]);
}
