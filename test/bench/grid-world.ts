/**
 * The real grid and the real local proxy on a real database, in this process; sandbox, supervisor and provider are stand-ins that count
 * what they are asked to do.
 */
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { createClassicClient } from '../../slap/classic/client.ts';
import { createClassicServer } from '../../slap/classic/server.ts';
import type { ComputerRecord } from '../../slap/master.ts';
import { createHttpTransport, createLocalTransport } from '../../slap/transport.ts';
import { CONTRACT_VERSION, LOCAL_MASTER } from '../../agent/api/contract.ts';
import { instancesOf } from '../../agent/cli/state-tree.ts';
import { systemClock } from '../../agent/clock.ts';
import { configurationSchema } from '../../agent/configuration.ts';
import { Database } from '../../agent/database.ts';
import { Grid } from '../../agent/grid/grid.ts';
import { InstalledSoftware } from '../../agent/grid/installed-software.ts';
import { SharedSoftware } from '../../agent/grid/shared-software.ts';
import {
  computerDocument,
  formatPartition,
  partitionLayouts,
  prepareInstances,
} from '../../agent/node/format.ts';
import { agentOwner } from '../../agent/node/owner.ts';
import { pathsOf } from '../../agent/paths.ts';
import { peerIsOwner } from '../../agent/gate/peer.ts';
import { Capabilities } from '../../agent/proxy/capabilities.ts';
import { LocalProxy } from '../../agent/proxy/local-proxy.ts';
import { ProxyServer } from '../../agent/proxy/server.ts';
import { openProxyDatabase } from '../../agent/proxy/open.ts';
import type { LaunchPlan, Sandbox } from '../../agent/sandbox/types.ts';
import { createProfileRenderer } from '../../agent/software/profile/renderer.ts';
import { createProfileSource } from '../../agent/software/profile/source.ts';
import type { InstalledTree, Provider } from '../../agent/software/types.ts';
import { StateStore } from '../../agent/state.ts';
import type { Supervisor, UnitSpec, UnitStatus } from '../../agent/supervisor/types.ts';
import { everythingRelease } from '../fakes/everything-release.ts';

export type World = {
  grid: Grid;
  computerId: string;
  /** The software that instances are of. */
  release: string;
  /** Where a node finds the master; null where the master is in this process alone. */
  url: string | null;
  ask(): Promise<ComputerRecord>;
  /** Requests so many instances and waits until each is started. */
  occupy(amount: number): Promise<void>;
  /** One text for each kind of effect; it changes when there was one. */
  traces(): Promise<string[]>;
  close(): Promise<void>;
};

/** @param options.http the grid reaches its master as another node would: over HTTP. */
export async function makeWorld(
  folder: string,
  holder: number,
  partitions: number,
  options: { http: boolean } = { http: false },
): Promise<World> {
  const paths = pathsOf(path.join(folder, 'data'));
  const configuration = configurationSchema.parse({
    schema: 1,
    proxyPort: 20_000,
    pagePort: 20_001,
    addressBlock: '127.64.0',
    identityBase: process.getuid?.() === 0 ? 0x6f00_0000 : null,
  });
  await mkdir(paths.private, { recursive: true });
  await prepareInstances(paths);
  // More than a real computer can have: nothing listens on their addresses.
  const layouts = partitionLayouts(paths, { ...configuration, partitionAmount: partitions });
  for (const layout of layouts) await formatPartition(layout);

  const { database } = openProxyDatabase(paths.database);
  const observer = new Database(paths.database);
  const { computerId } = configuration;
  const proxy = new LocalProxy({ database, computerId });
  const server = options.http
    ? await ProxyServer.start({
        proxy,
        capabilities: new Capabilities(database),
        port: 0,
        peerIsOwner,
        onFault: (error) => {
          throw error;
        },
      })
    : null;
  const url = server?.url({ kind: 'computer', computerId }) ?? null;
  const transport =
    url === null ? createLocalTransport(createClassicServer(proxy)) : createHttpTransport({ url });
  const master = createClassicClient({ transport });
  await master.loadComputerConfiguration(computerDocument(configuration, layouts));

  const calls = { supervisor: 0, sandbox: 0, provider: 0 };
  const store = new StateStore({
    version: '0.0.0',
    contractVersion: CONTRACT_VERSION,
    pid: process.pid,
    startedAt: new Date().toISOString(),
    home: paths.home,
    computerId,
    computer: { cpus: 2, memoryBytes: 8e9 },
    mode: 'shared',
    firstRunDone: true,
    notifications: { ready: true, failed: true, dying: true, problem: true, master: true, update: true },
    notices: [],
  });
  const provider = countingProvider(folder, calls);
  const shared = new SharedSoftware(store);
  const grid = new Grid({
    layouts,
    provider,
    tools: {
      master,
      releases: {
        partition: async (partition) => proxy.releasePartition(partition),
        software: async (address) => proxy.releaseSoftware(address, computerId),
      },
      masterId: LOCAL_MASTER,
      computerId,
      owner: agentOwner(),
      supervisor: countingSupervisor(holder, calls),
      sandbox: countingSandbox(calls),
      software: new InstalledSoftware({
        folder: path.join(paths.private, 'software'),
        provider,
        profiles: createProfileSource({ catalogueFolder: folder }),
      }),
      shared,
      renderer: createProfileRenderer(),
      groups: null,
      files: { deleteContents: () => Promise.resolve(), exists: () => Promise.resolve(true) },
      store,
      clock: systemClock,
      onFault: (error) => {
        throw error;
      },
    },
  });
  await mkdir(path.join(paths.private, 'software'));
  shared.complete();
  await grid.start();
  const release = path.join(folder, 'software.yaml');
  // Nothing is checked again while it is measured.
  await writeFile(release, everythingRelease({ name: 'bench', promisePeriod: 86_400 }));

  return {
    grid,
    computerId,
    release,
    url,
    ask: async () => master.getFullComputerInformation(computerId),
    async occupy(amount) {
      if (amount === 0) return;
      proxy.supply(release, computerId, 'available');
      for (let index = 0; index < amount; index += 1) {
        proxy.requestComputerPartition({
          softwareUrl: release,
          softwareType: 'default',
          name: `instance-${index}`,
          state: 'started',
          parameters: { size: '3' },
          filter: {},
          shared: false,
          requester: null,
        });
      }
      await grid.synchronise();
      await grid.settled();
      // What was published is read once more.
      await grid.synchronise();
      await grid.settled();
      const other = instancesOf(store.snapshot()).find(({ state }) => state !== 'started');
      if (other !== undefined) throw new Error(`${other.name} is ${other.state}: ${other.error?.sentence}`);
    },
    traces: async () => [
      ...Object.values(calls).map(String),
      // Changes when another connection commits (sqlite.org/pragma.html).
      JSON.stringify(observer.one('PRAGMA data_version')),
      await filesText(paths.instances),
      await filesText(path.join(paths.private, 'software')),
      String(store.snapshot().revision),
    ],
    async close() {
      await grid.close();
      await server?.close();
      observer.close();
      database.close();
    },
  };
}

/** Names and times of everything below a folder. */
async function filesText(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.map((entry) => path.join(entry.parentPath, entry.name));
  const times = await Promise.all(files.map(async (file) => (await stat(file, { bigint: true })).ctimeNs));
  return files.map((file, index) => `${file} ${times[index]}`).join('\n');
}

type Calls = { supervisor: number; sandbox: number; provider: number };

/** Says that everything it is asked for runs, and runs nothing. */
function countingSupervisor(holder: number, calls: Calls): Supervisor {
  const units = new Map<string, UnitStatus>();
  return {
    adopt: () => Promise.resolve([]),
    ensure(spec: UnitSpec) {
      calls.supervisor += 1;
      const status: UnitStatus = {
        state: 'running',
        id: spec.id,
        shimPid: holder,
        payloadPid: holder,
        startedAt: '2026-01-01T00:00:00.000Z',
        configuration: spec.configuration,
        restarts: 0,
      };
      units.set(spec.id, status);
      return Promise.resolve(status);
    },
    stop(id) {
      calls.supervisor += 1;
      units.delete(id);
      return Promise.resolve(null);
    },
    status: (id) => units.get(id),
    list: () => [...units.values()],
    onChange: () => () => undefined,
    close: () => undefined,
  };
}

/** Plans nothing, and says that every command succeeds. */
function countingSandbox(calls: Calls): Sandbox {
  const plan: LaunchPlan = { argv: [], files: {}, payload: 'direct', identity: null };
  const planned = (): LaunchPlan => {
    calls.sandbox += 1;
    return plan;
  };
  return {
    probe: () => Promise.resolve({ ok: true, program: '', version: '' }),
    capabilities: () => Promise.resolve([]),
    plan: planned,
    planHolder: planned,
    planDoor: planned,
    planInnerDoor: planned,
    run() {
      calls.sandbox += 1;
      return Promise.resolve({ code: 0, signal: null, output: '', timedOut: false });
    },
  };
}

/** Has installed everything already. */
function countingProvider(folder: string, calls: Calls): Provider {
  const tree: InstalledTree = { digest: 'f'.repeat(64), root: folder, components: [] };
  const install = (): Promise<InstalledTree> => {
    calls.provider += 1;
    return Promise.resolve(tree);
  };
  return {
    kind: 'apt',
    install,
    upgrade: install,
    find: () => Promise.resolve(tree),
    collectGarbage() {
      calls.provider += 1;
      return Promise.resolve(0);
    },
    treeBytes: () => Promise.resolve(0),
  };
}
