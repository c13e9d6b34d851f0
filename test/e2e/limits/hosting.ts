/**
 * Partitions as the agent has them (units of a supervisor: a holder, services in sandboxes), with what limits and freezes them. The
 * host's `/usr` stands in for a software tree. All of it is gone when a test ends.
 */
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { onTestFinished } from 'vitest';
import type { LendingLimits, Limits } from '../../../agent/api/contract-lending.ts';
import { systemClock } from '../../../agent/clock.ts';
import { freeOn } from '../../../agent/limits/free-space.ts';
import { PartitionLimits, type PartitionLimitsOptions } from '../../../agent/limits/partition-limits.ts';
import { type CgroupBackend, createCgroups } from '../../../agent/sandbox/cgroup.ts';
import { measure } from '../../../agent/sandbox/inside.ts';
import { createSandbox } from '../../../agent/sandbox/sandbox.ts';
import type { PartitionIdentity } from '../../../agent/sandbox/types.ts';
import { createSupervisor } from '../../../agent/supervisor/supervisor.ts';
import type { Supervisor, UnitStatus } from '../../../agent/supervisor/types.ts';
import { eventually } from '../supervisor/eventually.ts';
import { isLiving, processesNaming, statFields, treeOf } from '../supervisor/processes.ts';

const shimSource = path.resolve(import.meta.dirname, '../../../agent/supervisor/shim.sh');

export const isRoot = process.getuid?.() === 0;

/** What the kernel limits groups with on this machine; null: nothing, and the tests say what holds then. */
export async function groupsHere(): Promise<CgroupBackend | null> {
  return createCgroups({ scope: `test-${process.pid}` });
}

/** The same as if version 2 were not mounted; null where there is no version 1. */
export async function legacyGroupsHere(): Promise<CgroupBackend | null> {
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  const legacy = mounts.split('\n').filter((line) => !line.includes(' cgroup2 '));
  return createCgroups({ scope: `test-${process.pid}-legacy`, mounts: legacy.join('\n') });
}

export const NO_LIMITS: Limits = {
  cpus: null,
  memoryBytes: null,
  diskBytes: null,
  files: null,
  processes: null,
  ports: null,
  networkBytesPerSecond: null,
};

export const UNLIMITED: LendingLimits = { together: NO_LIMITS, each: NO_LIMITS };

export type RunningUnit = Extract<UnitStatus, { state: 'running' }>;

export type Hosting = {
  limits: PartitionLimits;
  supervisor: Supervisor;
  /** Another agent, which finds what this one has started; there may be groups by now. */
  next: (groups?: CgroupBackend) => Promise<{ supervisor: Supervisor; limits: PartitionLimits }>;
  /** Makes a partition and starts its holder; an earlier one of the name is found. */
  partition: (id: string, options?: { isHosted?: boolean }) => Promise<HostedPartition>;
};

export type HostedPartition = {
  id: string;
  data: string;
  identity: PartitionIdentity;
  holder: RunningUnit;
  start: (name: string, ...command: string[]) => Promise<RunningUnit>;
  /** What it printed. */
  run: (...command: string[]) => Promise<string>;
  /** Seconds of processor time of everything of it. */
  cpuSeconds: () => number;
  pids: () => number[];
  stop: () => Promise<void>;
};

let partitions = 0;

export function hosting(
  backend: CgroupBackend | null,
  limits: LendingLimits = UNLIMITED,
  more: Partial<PartitionLimitsOptions> = {},
): Hosting {
  const root = mkdtempSync(path.join(tmpdir(), 'slapgrid-limits-'));
  chmodSync(root, 0o711);
  const shim = path.join(root, 'shim.sh');
  copyFileSync(shimSource, shim);
  chmodSync(shim, 0o755);
  const tree = path.join(root, 'tree');
  mkdirSync(path.join(tree, 'etc'), { recursive: true });
  symlinkSync('/usr', path.join(tree, 'usr'));
  const conf = path.join(root, 'conf');
  mkdirSync(conf);
  const sandbox = createSandbox();
  const supervisors: Supervisor[] = [];
  const made = new Set<string>();
  const identities = new Map<string, PartitionIdentity>();
  const opened: PartitionLimits[] = [];
  const faults: unknown[] = [];
  const open = (groups = backend): { supervisor: Supervisor; limits: PartitionLimits } => {
    const supervisor = createSupervisor({ shim });
    supervisors.push(supervisor);
    const partitionLimits = new PartitionLimits({
      backend: groups,
      supervisor,
      limits,
      reserveBytes: 0,
      free: () => freeOn(root),
      measure: (id, signal) =>
        measure(identities.get(id) ?? usersIdentity(), path.join(root, id, 'data'), { signal }),
      clock: systemClock,
      onFault: (error) => faults.push(error),
      ...more,
    });
    opened.push(partitionLimits);
    return { supervisor, limits: partitionLimits };
  };
  const first = open();

  onTestFinished(async () => {
    for (const one of opened) await one.close();
    for (const id of made) await first.limits.thaw(id);
    for (const { id } of first.supervisor.list()) await first.supervisor.stop(id);
    for (const supervisor of supervisors) supervisor.close();
    for (const id of made) await first.limits.remove(id);
    await eventually(() => processesNaming(root).filter(isLiving).length === 0);
    rmSync(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  });

  const partition: Hosting['partition'] = async (id, { isHosted = true } = {}) => {
    made.add(id);
    partitions += 1;
    const identity = isRoot ? testIdentity(partitions) : usersIdentity();
    identities.set(id, identity);
    const data = path.join(root, id, 'data');
    mkdirSync(data, { recursive: true });
    chmodSync(path.dirname(data), 0o711);
    chmodSync(data, 0o700);
    if (isRoot) chownSync(data, identity.uid, identity.gid);
    const cgroup = await first.limits.ensure(id, isHosted);
    const unit = { logFile: null, configuration: '1', listen: null, restart: false } as const;
    const runFolder = (name: string): string => path.join(root, id, 'run', name);
    const holder = running(
      await first.supervisor.ensure({
        ...unit,
        id: `${id}/.holder`,
        runFolder: runFolder('.holder'),
        plan: { ...sandbox.planHolder(identity), cgroup },
        stop: { signal: 'SIGKILL', timeoutSeconds: 5 },
      }),
    );
    const spec = (command: readonly string[]): Parameters<typeof sandbox.plan>[0] => ({
      identity,
      tree,
      conf,
      data,
      command,
      environment: {},
      hostname: id,
      namespaceHolder: holder.payloadPid,
      cgroup,
    });
    const shims = (): number[] =>
      first.supervisor
        .list()
        .flatMap((one) => (one.id.startsWith(`${id}/`) && one.state === 'running' ? [one.shimPid] : []));
    return {
      id,
      data,
      identity,
      holder,
      start: async (name, ...command) =>
        running(
          await first.supervisor.ensure({
            ...unit,
            id: `${id}/${name}`,
            runFolder: runFolder(name),
            plan: sandbox.plan(spec(command)),
            stop: { signal: 'SIGTERM', timeoutSeconds: 1 },
          }),
        ),
      run: async (...command) => (await sandbox.run(spec(command), { timeoutSeconds: 100 })).output.trim(),
      cpuSeconds: () => backend?.usage(id)?.cpuSeconds ?? treesSeconds(shims()),
      pids: () => shims().flatMap(treeOf),
      stop: async () => {
        const units = first.supervisor.list().filter((one) => one.id.startsWith(`${id}/`));
        for (const one of units.toReversed()) await first.supervisor.stop(one.id);
      },
    };
  };
  const next: Hosting['next'] = async (groups) => {
    first.supervisor.close();
    const second = open(groups);
    await second.supervisor.adopt(
      [...made].map((id) => ({ unitPrefix: id, folder: path.join(root, id, 'run') })),
    );
    first.supervisor = second.supervisor;
    first.limits = second.limits;
    return second;
  };
  return { ...first, next, partition };
}

/** Ids that no other test process uses, and that are nobody's. */
function testIdentity(index: number): PartitionIdentity {
  const id = 0x6c00_0000 + (process.pid % 0x10_0000) * 16 + (index % 16);
  return { uid: id, gid: id };
}

function usersIdentity(): PartitionIdentity {
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}

function running(status: UnitStatus): RunningUnit {
  if (status.state !== 'running') throw new Error(JSON.stringify(status));
  return status;
}

/** Of living processes: user and system time, fields 14 and 15 of `/proc/PID/stat`. */
function treesSeconds(shims: readonly number[]): number {
  const ticks = shims.flatMap(treeOf).map((pid) => {
    const fields = statFields(pid);
    return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  });
  return ticks.reduce((sum, one) => sum + one, 0) / 100;
}
