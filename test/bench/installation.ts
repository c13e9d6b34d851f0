/**
 * The product as a person has it: a data folder of its own below the temporary folder, driven by the real command and the real
 * API. One for a whole run of the benchmarks, so that software is downloaded once.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { chmod, copyFile, mkdtemp, readFile, readdir, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { AgentState, InstanceView } from '../../agent/api/contract.ts';
import { connect, connectIfRunning } from '../../agent/cli/connect.ts';
import type { AgentConnection } from '../../agent/cli/connection.ts';
import { instanceNamed, instancesOf, statesOf } from '../../agent/cli/state-tree.ts';
import { partitionPaths, pathsOf, type PartitionPaths, type Paths } from '../../agent/paths.ts';
import { runtimeFor } from '../../agent/runtime/install.ts';
import { isRunning, processesUsing } from '../../agent/runtime/processes.ts';
import { payloadPid } from '../../agent/sandbox/execution.ts';
import type { PartitionIdentity } from '../../agent/sandbox/types.ts';
import { startAgent } from '../../agent/setup/agent-process.ts';
import { RunFolder } from '../../agent/supervisor/run-folder.ts';
import { descendantsOf } from './processes.ts';

export const root = path.join(import.meta.dirname, '..', '..');
const launcher = path.join(root, 'slapgrid');
const run = promisify(execFile);

const DEADLINE_MILLISECONDS = 120_000;

/** The processes of one unit: the service itself, and what is there because it runs in a partition. */
export type RunningUnit = { name: string; service: readonly number[]; overhead: readonly number[] };

/** A partition with an instance, as it is on disk and in the process table. */
export type OccupiedPartition = {
  identity: PartitionIdentity;
  paths: PartitionPaths;
  /** The rendered configuration in use. */
  conf: string;
  /** Root of the software tree. */
  tree: string;
  /** Pid of the process that holds the network. */
  holder: number;
  units: readonly RunningUnit[];
};

export class Installation {
  /** Holds the data folder, and what a benchmark makes beside it. */
  readonly folder: string;
  readonly paths: Paths;

  private constructor(folder: string) {
    this.folder = folder;
    this.paths = pathsOf(path.join(folder, 'data'));
  }

  static async make(): Promise<Installation> {
    const folder = await mkdtemp(path.join(await realpath(tmpdir()), 'slapgrid-bench-'));
    // Root's partition users must get through.
    await chmod(folder, 0o711);
    return new Installation(folder);
  }

  /** Runs the command to its end. @throws with what it printed when it fails. */
  async command(...args: string[]): Promise<string> {
    const environment = { ...process.env, SLAPGRID_HOME: this.paths.home };
    return (await run(launcher, args, { env: environment, maxBuffer: 64 << 20 })).stdout;
  }

  /** The API; the agent is started when none runs. */
  async api(): Promise<AgentConnection> {
    const running = await connectIfRunning(this.paths.home);
    if (running !== undefined) return running;
    await this.command('start', '--headless', '--detach');
    return connect(this.paths.home);
  }

  async agentPid(): Promise<number> {
    return (await (await this.api()).state()).agent.pid;
  }

  /** Ends the agent; its instances go on. */
  async endAgent(): Promise<void> {
    const connection = await connectIfRunning(this.paths.home);
    if (connection === undefined) return;
    const { agent } = await connection.state();
    await connection.shutdown();
    await soon(async () => !(await isRunning(agent.pid)) || undefined);
  }

  /** Starts the agent's process as the command does, from the installed runtime; resolves when it answers. */
  async launchAgent(): Promise<void> {
    const runtime = await runtimeFor(this.paths, {
      agentFolder: path.join(root, 'dist', 'agent'),
      node: process.execPath,
      nodeVersion: process.version,
    });
    (await startAgent(this.paths, runtime)).release();
    await soon(async () => (await connectIfRunning(this.paths.home))?.state());
  }

  /** Resolves when the state tree is as wanted. */
  async reaches(wanted: (state: AgentState) => boolean): Promise<void> {
    const connection = await this.api();
    const done = new AbortController();
    const signal = AbortSignal.any([done.signal, AbortSignal.timeout(DEADLINE_MILLISECONDS)]);
    try {
      for await (const state of statesOf(connection.changes(signal))) if (wanted(state)) return;
    } finally {
      done.abort();
    }
    throw new Error('the agent does not get there');
  }

  /** Installs software of the catalogue and keeps it. */
  async install(software: string): Promise<void> {
    const { url } = await (await this.api()).supply(software);
    await this.reaches(({ software: list }) =>
      list.some((each) => each.url === url && each.state === 'available'),
    );
  }

  /** Requests an instance and waits for its address. */
  async request(name: string, software: string): Promise<InstanceView> {
    await (await this.api()).request({ name, software, softwareType: 'default' });
    let view: InstanceView | undefined;
    await this.reaches((state) => {
      view = instanceNamed(state, name);
      if (view?.state === 'failed') throw new Error(view.error?.sentence);
      return view?.state === 'started' && view.connection.length > 0;
    });
    if (view === undefined) throw new Error(`${name} is gone`);
    return view;
  }

  /** Destroys an instance and waits until its partition is free. */
  async destroy(name: string): Promise<void> {
    await (await this.api()).destroy(name);
    await this.reaches((state) => instanceNamed(state, name) === undefined);
  }

  /** Has exactly `amount` instances running, all of memcached. @returns their names. */
  async withInstances(amount: number): Promise<string[]> {
    const wanted = Array.from({ length: amount }, (_, index) => `idle-${index}`);
    const present = instancesOf(await (await this.api()).state()).map(({ name }) => name);
    for (const name of present) if (!wanted.includes(name)) await this.destroy(name);
    if (amount > 0) await this.install('memcached');
    for (const name of wanted) await this.request(name, 'memcached');
    return wanted;
  }

  async occupied(name: string): Promise<OccupiedPartition> {
    const { partitions } = await (await this.api()).state();
    const id = partitions.find((partition) => partition.instance?.name === name)?.id;
    if (id === undefined) throw new Error(`no instance named ${name}`);
    const paths = partitionPaths(this.paths, id);
    const { uid, gid } = await stat(paths.data);
    const processed = await readFile(path.join(paths.root, 'processed.json'), 'utf8');
    const { treeDigest } = JSON.parse(processed) as { treeDigest: string };
    const [conf = ''] = await readdir(paths.conf);
    return {
      identity: { uid, gid },
      paths,
      conf: path.join(paths.conf, conf),
      tree: path.join(this.paths.software, 'trees', treeDigest, 'root'),
      holder: payloadOf(await rootOf(path.join(paths.run, '.holder'))),
      units: await Promise.all((await readdir(paths.run)).map((unit) => runningUnit(paths.run, unit))),
    };
  }

  /** A Node whose pages no other process shares: what the agent's memory is compared with. */
  async ownNode(): Promise<string> {
    const copy = path.join(this.folder, 'node');
    await copyFile(process.execPath, copy, constants.COPYFILE_FICLONE);
    await chmod(copy, 0o755);
    return copy;
  }

  /** Ends everything and leaves nothing. */
  async remove(): Promise<void> {
    if ((await connectIfRunning(this.paths.home)) !== undefined) await this.command('stop', '--all');
    // There is nothing to uninstall when the agent was never started.
    await this.command('uninstall', '--yes').catch(() => undefined);
    for (const pid of await processesUsing(this.folder)) process.kill(pid, 'SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Looks every millisecond, so that what is measured is not the looking. */
export async function soon<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
  const deadline = performance.now() + DEADLINE_MILLISECONDS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`it does not happen: ${String(look)}`);
    await delay(1);
  }
}

/** The shim's child. */
async function rootOf(runFolder: string): Promise<{ shim: number; root: number }> {
  const state = await new RunFolder(runFolder).readState();
  if (state === null || state.root === null) throw new Error(`nothing runs in ${runFolder}`);
  return { shim: state.shim.pid, root: state.root.pid };
}

function payloadOf({ root: bubblewrap }: { root: number }): number {
  const payload = payloadPid(bubblewrap);
  if (payload === null) throw new Error(`${bubblewrap} has no payload`);
  return payload;
}

/** Of the holder and of a door everything is overhead; of a service, what is above the service. */
async function runningUnit(folder: string, name: string): Promise<RunningUnit> {
  const processes = await rootOf(path.join(folder, name));
  const all = [processes.shim, ...descendantsOf(processes.shim)];
  if (name.startsWith('.')) return { name, service: [], overhead: all };
  const payload = payloadOf(processes);
  const service = [payload, ...descendantsOf(payload)];
  return { name, service, overhead: all.filter((pid) => !service.includes(pid)) };
}
