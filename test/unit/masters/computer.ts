/**
 * A computer on which nothing really runs: real folders, records, state and grids; its supervisor, sandbox and provider count what
 * they are asked for. Time passes when told.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { JoinedMaster } from '../../../agent/account/types.ts';
import { CONTRACT_VERSION, LOCAL_MASTER, type MasterView, type Mode } from '../../../agent/api/contract.ts';
import type { InstanceView, PartitionView, SoftwareView } from '../../../agent/api/contract.ts';
import { configurationSchema, type Configuration } from '../../../agent/configuration.ts';
import { Grid } from '../../../agent/grid/grid.ts';
import { InstalledSoftware } from '../../../agent/grid/installed-software.ts';
import { SharedSoftware } from '../../../agent/grid/shared-software.ts';
import { HostedMasters } from '../../../agent/masters/hosted-masters.ts';
import type { LeavingOptions, LeavingOutcome } from '../../../agent/masters/leaving.ts';
import { SlapgridError } from '../../../agent/errors.ts';
import type { Overuse } from '../../../agent/grid/tools.ts';
import type { NodeSurroundings } from '../../../agent/masters/joined-node.ts';
import { agentOwner } from '../../../agent/node/owner.ts';
import { formatPartition, partitionLayouts, prepareInstances } from '../../../agent/node/format.ts';
import { pathsOf, type Paths } from '../../../agent/paths.ts';
import { LocalProxy } from '../../../agent/proxy/local-proxy.ts';
import { openProxyDatabase } from '../../../agent/proxy/open.ts';
import type { Database } from '../../../agent/database.ts';
import type { LaunchPlan, Sandbox } from '../../../agent/sandbox/types.ts';
import { createProfileRenderer } from '../../../agent/software/profile/renderer.ts';
import { createProfileSource } from '../../../agent/software/profile/source.ts';
import type { InstalledTree, Provider } from '../../../agent/software/types.ts';
import { StateStore } from '../../../agent/state.ts';
import type { Supervisor, UnitSpec, UnitStatus } from '../../../agent/supervisor/types.ts';
import { UsageHistory } from '../../../agent/usage/history.ts';
import { createClassicClient } from '../../../slap/classic/client.ts';
import { createClassicServer } from '../../../slap/classic/server.ts';
import { computerDocument } from '../../../agent/node/format.ts';
import type { HostAddress } from '../../../agent/node/host-address.ts';
import { UnreachableError } from '../../../slap/unreachable.ts';
import { createHttpTransport, createLocalTransport } from '../../../slap/transport.ts';
import { setTimeout as pause } from 'node:timers/promises';
import { ManualClock } from '../../e2e/supervisor/manual-clock.ts';
import { everythingRelease } from '../../fakes/everything-release.ts';
import type { StandInMaster } from '../../fakes/slap-master/master.ts';

type SharedTools = NodeSurroundings['tools'];

export class StandInComputer {
  readonly clock = new ManualClock();
  readonly faults: unknown[] = [];
  readonly calls = { started: 0, stopped: 0, ran: 0, installed: 0, collected: 0 };
  /** How long a master may take to answer. */
  timeoutMilliseconds = 20_000;
  /** Paths of calls that get lost on their way to a master. */
  readonly lostCalls = new Set<string>();
  /** Those of which the master hears, and its answers get lost. */
  readonly lostAnswers = new Set<string>();
  /** Why nothing may be hosted; null: it may. */
  refusal: SlapgridError | null = null;
  /** Those who want to be told of partitions that take too much. */
  readonly followers = new Set<Parameters<Overuse['follow']>[0]>();
  /** How many ports each may publish; null: as many as it wants. */
  portLimit: number | null = null;
  /** The computer's own. */
  address: HostAddress | null = null;
  /** Addresses on which doors of others listen besides the loopback, of those that were chosen. */
  openAddresses: string[] = [];
  chosenAddress: string | null = null;
  /** Partitions that were let go before they were stopped. */
  readonly thawed: string[] = [];
  /** Whether promises of the profile, and set-up steps, succeed. */
  wellBehaved = true;
  /** What any program in a sandbox prints. */
  printed = 'what it printed';
  /** Partitions that are frozen: they stay so without an agent. */
  readonly frozen = new Set<string>();
  /** Whether anything can be. */
  canFreeze = true;
  store: StateStore;
  masters: HostedMasters;
  /** Usage by the hour. */
  history: UsageHistory;
  readonly paths: Paths;
  readonly #folder: string;
  readonly #configuration: Configuration;
  readonly #sleeper: ChildProcess;
  /** What runs goes on without an agent. */
  readonly #units = new Map<string, UnitStatus>();
  readonly #listeners = new Set<(status: UnitStatus) => void>();
  #tools: SharedTools;
  #local: { proxy: LocalProxy; grid: Grid; database: Database } | null = null;

  private constructor(folder: string) {
    this.#folder = folder;
    this.paths = pathsOf(path.join(folder, 'data'));
    this.#configuration = configurationSchema.parse({
      schema: 1,
      partitionAmount: 2,
      proxyPort: 20_000,
      pagePort: 20_001,
      addressBlock: '127.64.0',
      identityBase: process.getuid?.() === 0 ? 0x6f00_0000 : null,
    });
    // The grid waits for a network holder to become this program.
    this.#sleeper = spawn('sleep', ['infinity'], { stdio: 'ignore' });
    this.store = this.#newStore('shared');
    this.#tools = this.#newTools();
    this.history = UsageHistory.open(':memory:', this.clock.now());
    this.masters = this.#newMasters('shared');
  }

  static async start(): Promise<StandInComputer> {
    const folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-masters-'));
    await chmod(folder, 0o711);
    const computer = new StandInComputer(folder);
    await mkdir(path.join(computer.paths.private, 'software'), { recursive: true });
    await prepareInstances(computer.paths);
    computer.complete();
    await writeFile(path.join(folder, 'software.yaml'), everythingRelease());
    await writeFile(path.join(folder, 'other.yaml'), everythingRelease({ name: 'other' }));
    return computer;
  }

  /** URLs of software releases that can be installed. */
  get release(): string {
    return path.join(this.#folder, 'software.yaml');
  }

  get otherRelease(): string {
    return path.join(this.#folder, 'other.yaml');
  }

  /** What registration would have kept. */
  join(master: StandInMaster, options: { first?: number; amount?: number } = {}): JoinedMaster {
    const id = `master-${options.first ?? 10}`;
    const computerId = `COMP-${options.first ?? 10}`;
    master.registration.computers.set(id, computerId);
    const pair = master.authority.issue({ commonName: computerId });
    return {
      id,
      url: master.url,
      webUrl: master.webUrl,
      computerName: 'test',
      computerId,
      joinedAt: '2026-01-01T00:00:00.000Z',
      certificate: pair.certificate,
      key: pair.key,
      authorities: master.authority.certificate,
      partitions: { first: options.first ?? 10, amount: options.amount ?? 3 },
    };
  }

  /** This computer's own master and its grid, beside the others. */
  async startLocal(): Promise<{ proxy: LocalProxy; grid: Grid }> {
    const { computerId } = this.#configuration;
    const { database } = openProxyDatabase(this.paths.database);
    const proxy = new LocalProxy({ database, computerId });
    const layouts = partitionLayouts(this.paths, this.#configuration);
    for (const layout of layouts) await formatPartition(layout);
    const master = createClassicClient({ transport: createLocalTransport(createClassicServer(proxy)) });
    await master.loadComputerConfiguration(computerDocument(this.#configuration, layouts));
    const grid = new Grid({
      layouts,
      provider: { treeBytes: () => Promise.resolve(0) },
      tools: {
        ...this.#tools,
        master,
        releases: {
          partition: async (partition) => proxy.releasePartition(partition),
          software: async (url) => proxy.releaseSoftware(url, computerId),
        },
        masterId: LOCAL_MASTER,
        computerId,
        owner: agentOwner(),
      },
    });
    proxy.onChange(() => grid.wake());
    await grid.start();
    this.#local = { proxy, grid, database };
    return { proxy, grid };
  }

  /** As the account does it. */
  leave(id: string, force: boolean, options: Partial<LeavingOptions> = {}): Promise<LeavingOutcome> {
    return this.masters.remove(id, { force, isBegun: false, begins: () => Promise.resolve(), ...options });
  }

  /** Every grid is there. */
  complete(): void {
    this.#tools.shared.complete();
  }

  /** The agent ends; what runs goes on. Another one begins, which knows what is on the disk. */
  async restartAgent(mode: Mode = 'shared'): Promise<void> {
    await this.masters.close();
    await this.#closeLocal();
    this.store = this.#newStore(mode);
    this.#tools = this.#newTools();
    await this.#tools.software.load();
    this.complete();
    this.masters = this.#newMasters(mode);
  }

  async #closeLocal(): Promise<void> {
    await this.#local?.grid.close();
    this.#local?.database.close();
    this.#local = null;
  }

  /** A service ends by itself, and is started again later. */
  serviceEnds(id = 'slappart10/service'): void {
    const before = this.#units.get(id);
    if (before?.state !== 'running') throw new Error(`${id} does not run`);
    const at = new Date(this.clock.now()).toISOString();
    const lastExit = { status: 1, requested: false, at };
    const status: UnitStatus = { state: 'restarting', id, restarts: 1, nextStartAt: at, lastExit };
    this.#units.set(id, status);
    for (const listener of this.#listeners) queueMicrotask(() => listener(status));
  }

  /** Service → how it stands. */
  stateOf(id = 'slappart10/service'): UnitStatus['state'] | undefined {
    return this.#units.get(id)?.state;
  }

  /** As after the computer was switched off. */
  loseProcesses(): void {
    this.#units.clear();
  }

  async stop(): Promise<void> {
    await this.masters.close();
    await this.#closeLocal();
    this.#sleeper.kill('SIGKILL');
    this.history.close();
    await rm(this.#folder, { recursive: true });
    if (this.faults.length > 0) throw this.faults[0];
  }

  /** Ids of the doors that are open. */
  get doors(): string[] {
    return [...this.#units.keys()].filter((id) => id.includes('/.door-')).sort();
  }

  /** Ids of the services that run. */
  get running(): string[] {
    return [...this.#units.keys()].filter((id) => !id.includes('/.')).sort();
  }

  master(id = 'master-10'): MasterView | undefined {
    return this.store.snapshot().masters.find((each) => each.id === id);
  }

  partition(id = 'slappart10'): PartitionView | undefined {
    return this.store.partition(id);
  }

  instance(id = 'slappart10'): InstanceView | null {
    return this.partition(id)?.instance ?? null;
  }

  software(url: string): SoftwareView | undefined {
    return this.store.software(url);
  }

  async masterIs(state: MasterView['state'], id?: string): Promise<void> {
    await until(
      () => this.master(id)?.state === state,
      () => `${state}: ${JSON.stringify(this.master(id))}`,
    );
  }

  /** Lets time pass until the master is asked with success. */
  async recovers(id?: string): Promise<void> {
    await until(
      async () => {
        this.clock.pass(800_000);
        await this.masters.settled();
        return this.master(id)?.state === 'connected';
      },
      () => JSON.stringify(this.master(id)),
    );
  }

  async instanceIs(state: InstanceView['state'] | 'free', id?: string): Promise<void> {
    await until(
      () => (this.instance(id)?.state ?? 'free') === state,
      () => `${state}: ${JSON.stringify(this.instance(id))} ${this.faults.join()}`,
    );
  }

  /** Lets the next turn come. */
  async nextTurn(master: StandInMaster): Promise<void> {
    const before = asked(master);
    this.clock.pass(80_000);
    await until(
      () => asked(master) > before,
      () => 'asked again',
    );
    await this.masters.settled();
  }

  data(partition = 'slappart10'): string {
    return path.join(this.paths.instances, partition, 'data');
  }

  async filesIn(folder: string): Promise<string[]> {
    return (await readdir(folder)).sort();
  }

  #newStore(mode: Mode): StateStore {
    return new StateStore({
      version: '0.0.0',
      contractVersion: CONTRACT_VERSION,
      pid: process.pid,
      startedAt: '2026-01-01T00:00:00.000Z',
      home: this.paths.home,
      computerId: 'local_computer',
      computer: { cpus: 2, memoryBytes: 8e9 },
      mode,
      firstRunDone: true,
      notifications: { ready: true, failed: true, dying: true, problem: true, master: true, update: true },
      notices: [],
    });
  }

  #newTools(): SharedTools {
    const provider = this.#provider();
    return {
      supervisor: this.#supervisor(),
      sandbox: this.#sandbox(),
      software: new InstalledSoftware({
        folder: path.join(this.paths.private, 'software'),
        provider,
        profiles: createProfileSource({ catalogueFolder: this.#folder }),
      }),
      shared: new SharedSoftware(this.store),
      admission: {
        refusal: ({ owner }) => (owner.kind === 'me' ? null : this.refusal),
        softwareRefusal: ({ owner }) => (owner.kind === 'me' ? null : this.refusal),
      },
      renderer: createProfileRenderer(),
      groups: null,
      freezer: {
        freeze: (partitionId) => {
          if (this.canFreeze) this.frozen.add(partitionId);
          return Promise.resolve(this.canFreeze);
        },
        thaw: (partitionId) => {
          this.frozen.delete(partitionId);
          this.thawed.push(partitionId);
          return Promise.resolve();
        },
      },
      ports: {
        refusal: (_partitionId, isHosted, wanted) =>
          isHosted && this.portLimit !== null && wanted > this.portLimit
            ? new SlapgridError('port-limit', {
                scope: 'each',
                wanted,
                limit: this.portLimit,
                state: 'unopened',
              })
            : null,
      },
      doors: {
        addressesOf: () => this.openAddresses,
        publishedOf: () => this.chosenAddress,
      },
      overuse: {
        follow: (follower) => {
          this.followers.add(follower);
          return () => this.followers.delete(follower);
        },
      },
      files: {
        async deleteContents(_identity, folders) {
          for (const folder of folders)
            for (const name of await readdir(folder)) await rm(path.join(folder, name), { recursive: true });
        },
        exists: () => Promise.resolve(false),
      },
      store: this.store,
      clock: this.clock,
      onFault: (error) => {
        this.faults.push(error);
      },
    };
  }

  #newMasters(mode: Mode): HostedMasters {
    return new HostedMasters(
      {
        paths: this.paths,
        configuration: this.#configuration,
        tools: this.#tools,
        provider: { treeBytes: () => Promise.resolve(0) },
        transport: ({ url, certificate, key, authorities }) => {
          const tls = { cert: certificate, key, ...(authorities === null ? {} : { ca: authorities }) };
          return async (call) => {
            if (this.lostCalls.has(call.path))
              throw new UnreachableError('interrupted', 'lost on the way', { wasSent: false });
            const send = createHttpTransport({
              url,
              timeoutMilliseconds: this.timeoutMilliseconds,
              tls,
            });
            const answer = await send(call);
            if (this.lostAnswers.has(call.path))
              throw new UnreachableError('interrupted', 'lost on the way back');
            return answer;
          };
        },
        hours: (prefix, from, to) => this.history.book.hoursOf(prefix, from, to),
        settleUsage: () => this.clock.now(),
        random: () => 0.5,
        address: () => this.address,
      },
      mode,
    );
  }

  #supervisor(): Supervisor {
    const pid = this.#sleeper.pid ?? 0;
    const changed = (status: UnitStatus): void => {
      for (const listener of this.#listeners) queueMicrotask(() => listener(status));
    };
    return {
      adopt: () => Promise.resolve([...this.#units.values()]),
      ensure: (spec: UnitSpec) => {
        const before = this.#units.get(spec.id);
        if (before?.state === 'running' && before.configuration === spec.configuration)
          return Promise.resolve(before);
        this.calls.started += 1;
        const status: UnitStatus = {
          state: 'running',
          id: spec.id,
          shimPid: pid,
          payloadPid: pid,
          startedAt: '2026-01-01T00:00:00.000Z',
          configuration: spec.configuration,
          restarts: 0,
        };
        this.#units.set(spec.id, status);
        changed(status);
        return Promise.resolve(status);
      },
      stop: (id) => {
        if (this.#units.delete(id)) {
          this.calls.stopped += 1;
          changed({ state: 'stopped', id, lastExit: null });
        }
        return Promise.resolve(null);
      },
      status: (id) => this.#units.get(id),
      list: () => [...this.#units.values()],
      onChange: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      close: () => undefined,
    };
  }

  #sandbox(): Sandbox {
    const plan: LaunchPlan = { argv: [], files: {}, payload: 'direct', identity: null };
    return {
      probe: () => Promise.resolve({ ok: true, program: '', version: '' }),
      capabilities: () => Promise.resolve([]),
      plan: () => plan,
      planHolder: () => plan,
      planDoor: () => plan,
      planInnerDoor: () => plan,
      run: () => {
        this.calls.ran += 1;
        const code = this.wellBehaved ? 0 : 1;
        return Promise.resolve({ code, signal: null, output: this.printed, timedOut: false });
      },
    };
  }

  #provider(): Provider {
    const tree: InstalledTree = { digest: 'f'.repeat(64), root: this.#folder, components: [] };
    const install = (): Promise<InstalledTree> => {
      this.calls.installed += 1;
      return Promise.resolve(tree);
    };
    return {
      kind: 'apt',
      install,
      upgrade: install,
      find: () => Promise.resolve(tree),
      collectGarbage: () => {
        this.calls.collected += 1;
        return Promise.resolve(0);
      },
      treeBytes: () => Promise.resolve(0),
    };
  }
}

const DEADLINE_MILLISECONDS = 10_000;

/** Waits for a condition by asking again and again. */
export async function until(ask: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MILLISECONDS;
  while (!(await ask())) {
    if (performance.now() > deadline) throw new Error(`never came true: ${what()}`);
    await pause(5);
  }
}

/** How often the master was asked for everything. */
export function asked(master: StandInMaster): number {
  return master.calls('/getFullComputerInformation').length;
}

/** What the master was told of partitions: `startedComputerPartition slappart10`. */
export function told(master: StandInMaster): string[] {
  return master.exchanges
    .filter(({ path: called }) =>
      /^\/(?:(?:started|stopped|destroyed)ComputerPartition|softwareInstanceError)$/.test(called),
    )
    .map(
      ({ path: called, body }) =>
        `${called.slice(1)} ${new URLSearchParams(body).get('computer_partition_id')}`,
    );
}

/** Asks the master for an instance, as a person would. */
export function request(
  master: StandInMaster,
  softwareUrl: string,
  wishes: {
    name?: string;
    state?: 'started' | 'stopped' | 'destroyed';
    parameters?: Record<string, string>;
    computerId?: string;
    requester?: { computerId: string; partitionId: string } | null;
  } = {},
): string {
  return master.proxy.requestWithOutcome({
    softwareUrl,
    softwareType: 'default',
    name: wishes.name ?? 'cache',
    state: wishes.state ?? 'started',
    parameters: wishes.parameters ?? {},
    filter: { computer_guid: wishes.computerId ?? 'COMP-10' },
    shared: false,
    requester: wishes.requester ?? null,
  }).instance.partitionId;
}
