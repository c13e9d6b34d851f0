/**
 * A partition to try: folders, a holder of its namespaces, and the host's `/usr` standing in for a software tree (its
 * `usr` is a link, its `etc` is empty).
 *
 * As root it has ids of its own, otherwise the user's. `outside` runs a program as the same user without any confinement, to
 * show that what fails inside is a real attempt.
 */
import type { ChildProcess } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { isOpen, resolverFile, routerOf, type Way } from '../../../agent/sandbox/egress.ts';
import { executePlan, payloadPid, startPlan } from '../../../agent/sandbox/execution.ts';
import { hostPrograms } from '../../../agent/sandbox/programs.ts';
import { createSandbox } from '../../../agent/sandbox/sandbox.ts';
import type { LaunchPlan, PartitionIdentity, SandboxSpec } from '../../../agent/sandbox/types.ts';

export const sandbox = createSandbox();
export const programs = hostPrograms();
export const isRoot = process.getuid?.() === 0;

const FIRST_TEST_ID = 0x6f00_0000 + process.pid * 16;
let partitions = 0;

export type TestPartition = {
  identity: PartitionIdentity;
  folder: string;
  conf: string;
  data: string;
  holder: number;
  spec(command: readonly string[], environment?: Readonly<Record<string, string>>): SandboxSpec;
  /** Runs a command inside to its end; returns what it printed. */
  inside(...command: string[]): Promise<string>;
  /** Runs a command as the same user with no confinement; returns what it printed. */
  outside(...command: string[]): Promise<string>;
  /** Starts a plan as a shim would. Ends with the partition. */
  start(plan: LaunchPlan): Promise<{ child: ChildProcess; payload: number; lines: () => string }>;
  close(): Promise<void>;
};

/** @param way out of it; null: none. */
export async function openPartition(way: Way | null = null): Promise<TestPartition> {
  const identity = isRoot ? ownIdentity(partitions) : usersIdentity();
  partitions += 1;
  // Root's partitions must be able to traverse it.
  const folder = await mkdtemp(path.join(tmpdir(), 'partition-'));
  await chmod(folder, 0o711);
  const tree = path.join(folder, 'tree');
  const conf = path.join(folder, 'conf');
  const data = path.join(folder, 'data');
  await mkdir(path.join(tree, 'etc'), { recursive: true });
  await symlink('/usr', path.join(tree, 'usr'));
  await mkdir(conf);
  await mkdir(data, { mode: 0o700 });
  await writeFile(path.join(conf, 'server.conf'), 'port 1');
  if (isRoot) await chown(data, identity.uid, identity.gid);

  const children = new Set<ChildProcess>();
  const startPlanAsChild = (plan: LaunchPlan): ChildProcess => {
    const child = startPlan(plan, programs);
    children.add(child);
    return child;
  };
  const start: TestPartition['start'] = async (plan) => {
    const child = startPlanAsChild(plan);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
    }
    const payload = await until(() => (child.pid === undefined ? null : payloadPid(child.pid)));
    return { child, payload, lines: () => said };
  };

  const openHolder = async (): Promise<number> => (await start(sandbox.planHolder(identity))).payload;
  const openRouter = async (out: Way): Promise<number> => {
    const { payload, lines } = await start(sandbox.planRouter(identity, out));
    await until(() => (lines().includes('ready') ? true : null));
    const router = await until(() => routerOf(payload));
    startPlanAsChild(sandbox.planWay(identity, router));
    await until(() => (isOpen(router) ? true : null));
    return payload;
  };

  const holder = await (way === null ? openHolder() : openRouter(way));
  const resolver = way === null ? undefined : path.join(folder, 'resolv.conf');
  if (way !== null) await writeFile(path.join(folder, 'resolv.conf'), resolverFile(way));
  const spec: TestPartition['spec'] = (command, environment = {}) => ({
    identity,
    tree,
    conf,
    data,
    command,
    environment,
    hostname: 'slappart0',
    resolver,
    namespaceHolder: holder,
  });

  return {
    identity,
    folder,
    conf,
    data,
    holder,
    spec,
    start,
    inside: async (...command) => (await sandbox.run(spec(command), { timeoutSeconds: 60 })).output.trim(),
    outside: async (...command) => {
      const plan: LaunchPlan = { argv: command, files: {}, payload: 'direct', identity };
      return (await executePlan(plan, programs, { timeoutSeconds: 60 })).output.trim();
    },
    close: async () => {
      for (const child of children) await kill(child);
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  child.kill('SIGKILL');
  await exit;
}

/** Waits for what `look` finds. */
export async function until<Found>(look: () => Found | null | Promise<Found | null>): Promise<Found> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > deadline) throw new Error('it did not happen in time');
    await pause(10);
  }
}

/** Ids that no other test process uses, and that are nobody's. */
function ownIdentity(index: number): PartitionIdentity {
  return { uid: FIRST_TEST_ID + index, gid: FIRST_TEST_ID + index };
}

function usersIdentity(): PartitionIdentity {
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}
