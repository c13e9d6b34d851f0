/**
 * Has an agent of this build running on the data folder: finds it, starts it, or replaces an older one. Instances are not
 * touched by any of these.
 */
import process from 'node:process';
import { text } from '../messages.ts';
import { pathsOf, type Paths } from '../paths.ts';
import {
  installRuntime,
  isInstalled,
  removeUnusedRuntimes,
  runtimeFor,
  type Runtime,
  type RuntimeSource,
} from '../runtime/install.ts';
import { programOf } from '../runtime/processes.ts';
import { compareVersions, readRelease } from '../runtime/release.ts';
import type { Sandbox } from '../sandbox/types.ts';
import { startService } from '../service/start-service.ts';
import type { UserManager } from '../service/user-manager.ts';
import { StartAtLogin } from '../settings/start-at-login.ts';
import { startAgent, waitForAgent, waitForEnd, type StartedAgent } from './agent-process.ts';
import { checkSpace, prepareDataFolder } from './data-folder.ts';
import type { Dialogue } from './dialogue.ts';
import { readDistribution } from './distribution.ts';
import { ensurePackages } from './ensure-packages.ts';
import { aptListsMissing } from './package-installation.ts';
import { findProgram } from './system-packages.ts';

/** What this needs of a connection to an agent. */
type AgentCalls = {
  state(): Promise<{ agent: { pid: number; version: string } }>;
  shutdown(): Promise<void>;
};

export type EnsureOptions<Connection extends AgentCalls> = {
  home: string;
  source: RuntimeSource;
  dialogue: Dialogue;
  sandbox: Pick<Sandbox, 'probe'>;
  /** Resolves to undefined when no agent listens. */
  connect: () => Promise<Connection | undefined>;
  /** The user's systemd, which then looks after the agent; null where there is none. */
  manager: () => Promise<UserManager | null>;
  now: () => number;
};

export type EnsuredAgent<Connection> = {
  connection: Connection;
  /** `newer`: an agent newer than this build runs, and was left alone. */
  outcome: 'found' | 'newer' | 'started' | 'replaced';
  /** Whether the person was told that nothing can be isolated here. */
  toldIsolation: boolean;
};

/** A first start makes a key, ten partitions and a database; a slow disk takes its time. */
const START_SECONDS = 60;
/** The agent leaves everything running and closes its database. */
const END_SECONDS = 30;

/**
 * @throws SlapgridError for each way in which set-up cannot be completed; nothing was started then.
 */
export async function ensureAgent<Connection extends AgentCalls>(
  options: EnsureOptions<Connection>,
): Promise<EnsuredAgent<Connection>> {
  const { home, source, connect } = options;
  const running = await connect();
  if (running === undefined) {
    const paths = await prepareDataFolder(home);
    const prepared = await prepare(paths, options);
    const connection = await launch(paths, prepared.runtime, options);
    return { connection, outcome: 'started', toldIsolation: prepared.toldIsolation };
  }
  const paths = pathsOf(home);
  const { agent } = await running.state();
  const wanted = await runtimeFor(paths, source);
  if ((await programOf(agent.pid)) === wanted.node) {
    return { connection: running, outcome: 'found', toldIsolation: false };
  }
  const release = await readRelease(source.agentFolder);
  if (compareVersions(agent.version, release.version) > 0) {
    options.dialogue.note(text('setup.agent.newer', { running: agent.version, ours: release.version }));
    return { connection: running, outcome: 'newer', toldIsolation: false };
  }
  const prepared = await prepare(paths, options);
  await running.shutdown();
  await waitForEnd(agent.pid, { timeoutSeconds: END_SECONDS, now: options.now });
  const connection = await launch(paths, prepared.runtime, options);
  return { connection, outcome: 'replaced', toldIsolation: prepared.toldIsolation };
}

/** Everything that can be found wrong before something is started. */
async function prepare(
  paths: Paths,
  options: Pick<EnsureOptions<AgentCalls>, 'source' | 'dialogue' | 'sandbox'>,
): Promise<{ runtime: Runtime; toldIsolation: boolean }> {
  const { source, dialogue, sandbox } = options;
  const distribution = await readDistribution();
  await ensurePackages(dialogue, {
    family: distribution.family,
    root: process.getuid?.() === 0,
    sudo: (await findProgram('sudo')) !== undefined,
    terminal: dialogue.interactive,
    listsMissing: await aptListsMissing(),
  });
  // A full disk is no reason to leave what runs here without its agent.
  if (!(await isInstalled(await runtimeFor(paths, source)))) await checkSpace(paths.home);
  const probe = await sandbox.probe();
  if (!probe.ok) {
    // Not a reason to refuse: what is here can still be looked at, stopped and exported.
    dialogue.note(text(`sandbox.probe.${probe.cause}`, { detail: probe.detail }));
    dialogue.note(text(`sandbox.probe.${probe.cause}.next`, { detail: probe.detail }));
  }
  return { runtime: await installRuntime(paths, source), toldIsolation: !probe.ok };
}

async function launch<Connection extends AgentCalls>(
  paths: Paths,
  runtime: Runtime,
  {
    connect,
    manager,
    dialogue,
    now,
  }: Pick<EnsureOptions<Connection>, 'connect' | 'manager' | 'dialogue' | 'now'>,
): Promise<Connection> {
  const started = await begin(paths, runtime, await manager(), dialogue);
  const connection = await waitForAgent(started, connect, { timeoutSeconds: START_SECONDS, now });
  await removeUnusedRuntimes(paths, runtime, now);
  return connection;
}

/** By the user's systemd where there is one. A systemd that cannot do it is no reason to do without an agent. */
async function begin(
  paths: Paths,
  runtime: Runtime,
  manager: UserManager | null,
  dialogue: Dialogue,
): Promise<StartedAgent> {
  if (manager === null) return startAgent(paths, runtime);
  try {
    // A unit that the person has installed goes first, and must not start an older agent.
    await new StartAtLogin(paths.home).refresh(runtime);
    return await startService(manager, paths, runtime);
  } catch (error) {
    const [said = ''] = (error instanceof Error ? error.message : String(error)).trim().split('\n').slice(-1);
    dialogue.note(text('setup.agent.detached', { said }));
    return startAgent(paths, runtime);
  }
}
