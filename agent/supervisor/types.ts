/**
 * Processes that outlive the agent. One shim (`shim.sh`) per unit is the parent of its payload: it survives the agent,
 * forwards the stop signal, records the exit, and takes the sandbox with it when killed.
 */
import type { ErrorView } from '../errors.ts';
import type { LaunchPlan } from '../sandbox/types.ts';

export type UnitSpec = {
  /** Unique: `slappart0/redis`, `slappart0/.door-redis`, `slappart0/.holder`. */
  id: string;
  /** The unit's run folder (`run/<unit>/`), created by the supervisor with the identity's ownership. */
  runFolder: string;
  /** Output of the payload, appended; rotated by the supervisor. null: discarded. */
  logFile: string | null;
  plan: LaunchPlan;
  stop: { signal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGKILL'; timeoutSeconds: number };
  /** Changes when the unit must be restarted to follow its configuration; recorded with the running shim. */
  configuration: string;
  /** Listening socket to hand to the payload as descriptor 3: made by the supervisor on the host when the unit starts. */
  listen: { host: string; port: number } | null;
  /** Whether a payload that ends is started again (with growing delay). */
  restart: boolean;
};

export type ExitRecord = {
  /** Exit status as a shell says it: 0–255, 128 + n when killed by signal n. */
  status: number;
  /** The shim was asked to stop it. */
  requested: boolean;
  /** ISO 8601, UTC. */
  at: string;
};

export type UnitStatus =
  | {
      state: 'running';
      id: string;
      shimPid: number;
      payloadPid: number;
      startedAt: string;
      configuration: string;
      restarts: number;
    }
  | {
      state: 'restarting';
      id: string;
      restarts: number;
      nextStartAt: string;
      lastExit: ExitRecord;
      /** Why the last attempt could not even start it (its port is taken, the disk is full). */
      problem?: ErrorView;
    }
  | { state: 'stopping'; id: string; shimPid: number }
  | { state: 'stopped'; id: string; lastExit: ExitRecord | null };

export type StopOptions = { withinSeconds?: number };

export interface Supervisor {
  /**
   * Finds what runs from an earlier agent below `runFolders` (every `<folder>/*` with a state record) and adopts it.
   * A record is believed only if pid, start time (`/proc/PID/stat` 22) and boot id agree and the process is no zombie.
   */
  adopt(runFolders: readonly { unitPrefix: string; folder: string }[]): Promise<UnitStatus[]>;
  /** Starts the unit, or leaves it when it runs with the same configuration, or stops and starts it. Idempotent. */
  ensure(spec: UnitSpec): Promise<UnitStatus>;
  /**
   * Stops with the unit's signal, then SIGKILL after its time-out, or after `withinSeconds` where that is sooner. Resolves when nothing
   * of it is left. Idempotent.
   */
  stop(id: string, options?: StopOptions): Promise<ExitRecord | null>;
  status(id: string): UnitStatus | undefined;
  list(): UnitStatus[];
  /** Called after each change of state of a unit (never during `ensure`'s synchronous part). Returns the unsubscriber. */
  onChange(listener: (status: UnitStatus) => void): () => void;
  /** Stops watching; leaves everything running. */
  close(): void;
}
