/**
 * Isolation of a partition. What the supervisor starts is a {@link LaunchPlan}; what makes one is the sandbox.
 */

import type { Way } from './egress.ts';

/** Ids of a partition as seen from the host; never 0. Ordinary user: the user's own. Root: one pair per partition. */
export type PartitionIdentity = { uid: number; gid: number };

/** What a shim executes. No secret may be in `argv`: long or secret arguments go through `files`. */
export type LaunchPlan = {
  /** Absolute program and arguments. Started with an empty environment but for PATH, LANG and the pid of who started it ({@link PARENT}). */
  argv: readonly string[];
  /** Files the shim opens before it starts `argv`: descriptor number → content, written 0600 into the unit's run folder. */
  files: Readonly<Record<number, Uint8Array>>;
  /**
   * `sandbox`: argv ends in bwrap; the payload is the child of bwrap's first child and gets the stop signal.
   * `direct`: argv becomes the payload itself.
   */
  payload: 'sandbox' | 'direct';
  identity: PartitionIdentity | null;
  /** Files of control groups that the process writes 0 to, and is in them, while it is still root and before it becomes `identity`. */
  cgroup?: readonly string[];
};

export type SandboxSpec = {
  identity: PartitionIdentity;
  /** Root of the software tree (`InstalledTree.root`); only it is visible besides the partition's folders. */
  tree: string;
  /** Host folder shown read-only as `/srv/conf`. */
  conf: string;
  /** Host folder shown writable as `/srv/data`, the payload's HOME and working directory. */
  data: string;
  /** Host folder shown read-only as `/srv/pki`; left out: there is none. */
  pki?: string | undefined;
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
  /** Host name inside. */
  hostname: string;
  /** Host file shown as `/etc/resolv.conf`; left out: names are not resolved. */
  resolver?: string | undefined;
  /** Pid (host) of the process that holds the partition's network and user namespace. */
  namespaceHolder: number;
  /** What joins the groups of the partition, if it has any; becomes {@link LaunchPlan.cgroup}. */
  cgroup?: readonly string[];
};

export type ProbeResult =
  | { ok: true; program: string; version: string }
  /** `cause` is a message key under `sandbox.probe.<cause>` with `.next`; `detail` is what the program said. */
  | {
      ok: false;
      cause:
        | 'missing'
        | 'too-old'
        | 'apparmor'
        | 'userns-disabled'
        | 'no-proxyd'
        | 'no-util-linux'
        | 'no-bash'
        | 'architecture'
        | 'unknown';
      detail: string;
    };

/** What this machine enforces; shown by name and used to decide how far it may be shared. */
export type Capability = {
  name: 'isolation' | 'network' | 'seccomp' | 'memory' | 'cpu' | 'processes' | 'disk';
  held: 'kernel' | 'watched' | 'none';
  detail: string;
};

export interface Sandbox {
  /** Tries a real sandbox on this machine. Cheap (tens of ms); never throws. */
  probe(): Promise<ProbeResult>;
  capabilities(): Promise<Capability[]>;
  /** A program inside the partition's sandbox. */
  plan(spec: SandboxSpec): LaunchPlan;
  /**
   * A process that makes and holds the partition's namespaces (user + network, `lo` up) and prints `ready`. As with every
   * `sandbox` plan the payload is the child of bubblewrap's first child: its pid is `SandboxSpec.namespaceHolder`, and when
   * it exists the namespaces are complete.
   */
  planHolder(identity: PartitionIdentity): LaunchPlan;
  /**
   * The door: accepts on the listening socket it inherits as descriptor 3 (host's side) and connects to
   * `127.0.0.1:port` inside the holder's network namespace.
   */
  planDoor(identity: PartitionIdentity, namespaceHolder: number, port: number): LaunchPlan;
  /**
   * A door the other way: listens on `127.0.0.1:port` inside the holder's network namespace and connects to a Unix socket of the host,
   * which no network namespace hides, and which only the partition's user may open.
   */
  planInnerDoor(
    identity: PartitionIdentity,
    namespaceHolder: number,
    port: number,
    socket: string,
  ): LaunchPlan;
  /**
   * Runs one command in the sandbox to its end as the partition's user (set-up steps, promises, measuring, deleting).
   * @returns its exit status and the last 64 KiB of its output.
   */
  run(
    spec: SandboxSpec,
    options: { timeoutSeconds: number; signal?: AbortSignal },
  ): Promise<{ code: number | null; signal: string | null; output: string; timedOut: boolean }>;
}

/** `tried`: false where this computer has no connection now, so that the last part could not be tried. */
export type WayProbe =
  | { ok: true; tried: boolean }
  | { ok: false; cause: 'no-pasta' | 'no-ip' | 'no-tun' | 'unknown'; detail: string };

export type RateProbe = { ok: true } | { ok: false; cause: 'no-tc' | 'unknown'; detail: string };

/** A sandbox whose partitions may have a way out (`egress.ts`). */
export interface RoutedSandbox extends Sandbox {
  /** As {@link Sandbox.planHolder}, beside a router that is held by the payload's only child. */
  planRouter(identity: PartitionIdentity, way: Pick<Way, 'closed'>): LaunchPlan;
  /** The way on from the router. @param router pid (host) of what holds it. */
  planWay(identity: PartitionIdentity, router: number): LaunchPlan;
  /** Tries to open a way. Never throws; sends no packet. */
  probeWay(): Promise<WayProbe>;
  /** How fast bytes pass through a partition's network (`rate.ts`). @throws SlapgridError `rate-failed`. */
  limitRate(identity: PartitionIdentity, holder: number, bytesPerSecond: number | null): Promise<void>;
  /** Tries to hold a rate. Never throws. */
  probeRate(): Promise<RateProbe>;
}
