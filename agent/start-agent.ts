/**
 * Puts the parts together: the only place that knows all of them. In the order in which a failure costs least: the lock, the
 * configuration, the database, what listens, then the grid.
 */
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createClassicClient } from '../slap/classic/client.ts';
import { createClassicServer } from '../slap/classic/server.ts';
import { createLocalTransport } from '../slap/transport.ts';
import { createAccount } from './account/account.ts';
import { createMasterTransport } from './account/transport.ts';
import { Agent } from './agent.ts';
import { CONTRACT_VERSION, LOCAL_MASTER } from './api/contract.ts';
import { createPageServer } from './api/page-server.ts';
import { createUnixServer } from './api/unix-server.ts';
import { systemClock } from './clock.ts';
import { ClockWatch } from './clock-watch.ts';
import { digestOfHome, loadConfiguration, type Configuration } from './configuration.ts';
import { Conditions } from './conditions/conditions.ts';
import { FactRecord } from './conditions/fact-record.ts';
import { HostFacts } from './conditions/host-facts.ts';
import { sessionAddresses, systemAddresses } from './dbus/bus.ts';
import { DiskWatch } from './disk-watch.ts';
import { removeUnfinished } from './disk.ts';
import { followDoctor, runDoctor } from './doctor/doctor.ts';
import { SlapgridError } from './errors.ts';
import { peerIsOwner } from './gate/peer.ts';
import { Sessions } from './gate/sessions.ts';
import { loadToken } from './gate/token.ts';
import { Grid } from './grid/grid.ts';
import { InstalledSoftware } from './grid/installed-software.ts';
import { InstanceRecords } from './grid/instance-record.ts';
import { SharedSoftware } from './grid/shared-software.ts';
import type { GridTools } from './grid/tools.ts';
import { Lending } from './lending/lending.ts';
import { egressFinding, examineMachine } from './lending/machine.ts';
import { freeOn, RESERVED_BYTES } from './limits/free-space.ts';
import { problemOfLimits } from './limits/limit-problem.ts';
import { NetworkRates } from './limits/network-rates.ts';
import { ProjectQuotas } from './limits/project-quotas.ts';
import { PartitionLimits } from './limits/partition-limits.ts';
import { lockDataFolder } from './lock.ts';
import { HostedMasters } from './masters/hosted-masters.ts';
import { text } from './messages.ts';
import {
  computerDocument,
  formatPartition,
  partitionLayouts,
  prepareInstances,
  type PartitionLayout,
} from './node/format.ts';
import { globalAddress } from './node/host-address.ts';
import { softwareIdentity } from './node/identities.ts';
import { agentOwner } from './node/owner.ts';
import { socketPath, type Paths } from './paths.ts';
import { Capabilities, proxyScope } from './proxy/capabilities.ts';
import { Forwarding } from './proxy/forwarding.ts';
import { LocalProxy } from './proxy/local-proxy.ts';
import { loadOtherMasters } from './proxy/other-masters.ts';
import { openProxyDatabase } from './proxy/open.ts';
import { INSIDE_PORT } from './proxy/door.ts';
import { ProxyServer } from './proxy/server.ts';
import { readRelease } from './runtime/release.ts';
import { killAbandoned } from './sandbox/abandoned.ts';
import { capabilitiesWith } from './sandbox/capabilities.ts';
import { createCgroups } from './sandbox/cgroup.ts';
import { hostNetworks, wayFor } from './sandbox/egress.ts';
import { deleteContents, existsInside, measure } from './sandbox/inside.ts';
import { hostPrograms } from './sandbox/programs.ts';
import { createSandbox } from './sandbox/sandbox.ts';
import type { RoutedSandbox, Sandbox } from './sandbox/types.ts';
import { Lingering, lingeringSurroundings } from './service/lingering.ts';
import { serviceName } from './service/name.ts';
import { serviceHealth } from './service/health.ts';
import { isInService } from './service/surroundings.ts';
import { DataSize } from './settings/data-size.ts';
import { Preferences } from './settings/preferences.ts';
import { Settings } from './settings/settings.ts';
import { StartAtLogin } from './settings/start-at-login.ts';
import { openSecrets } from './secrets/open.ts';
import { prepareDataFolder } from './setup/data-folder.ts';
import { removeInstallation } from './setup/uninstall.ts';
import { createAptProvider } from './software/apt/provider.ts';
import { createProfileRenderer } from './software/profile/renderer.ts';
import { productsOf } from './software/products.ts';
import { createProfileSource } from './software/profile/source.ts';
import { StateStore } from './state.ts';
import { bootId } from './supervisor/process-record.ts';
import { createSupervisor } from './supervisor/supervisor.ts';
import { createGroupMeter } from './usage/group-meter.ts';
import { UsageHistory } from './usage/history.ts';
import { UsageLedger } from './usage/ledger.ts';
import { localZone } from './usage/local-days.ts';
import { networkBytes } from './usage/network-meter.ts';
import { UsageSampler } from './usage/sampler.ts';
import { createTreeMeter } from './usage/tree-meter.ts';

export type RunningAgent = {
  /** Ends the agent; instances go on. Idempotent. */
  shutdown(): Promise<void>;
  /** Stops every instance, as the end of the computer wants it: what is requested stays requested. */
  stopInstances(): Promise<void>;
  /** Resolves when it has ended. */
  ended: Promise<void>;
};

type AgentOptions = { home: string; folder: string; log: (line: string) => void };

/**
 * @param options.folder what the build made: `shim.sh`, `page/`, `assets/software/`, `version.json`.
 * @param options.log one line for the agent's log.
 * @throws SlapgridError `agent-already-running` and what the data folder, the ports and the database can have wrong.
 */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const trials: Promise<unknown>[] = [];
  try {
    return await start(options, trials);
  } catch (error) {
    // Their processes would stay behind.
    await Promise.allSettled(trials);
    throw error;
  }
}

/** @param trials gets what was begun beside and must not be left alone. */
async function start(options: AgentOptions, trials: Promise<unknown>[]): Promise<RunningAgent> {
  const { folder, log } = options;
  const paths = await prepareDataFolder(options.home);
  const lock = lockDataFolder(paths.lock);
  killAbandoned();
  await removeUnfinished(paths.private);
  const configuration = await loadConfiguration(paths);
  const findingGroups = createCgroups({ scope: digestOfHome(paths.home).slice(0, 12) });
  trials.push(findingGroups);
  await prepareInstances(paths);
  const layouts = partitionLayouts(paths, configuration);
  await Promise.all(layouts.map((layout) => formatPartition(layout)));

  const release = await readRelease(folder);
  const preferences = await Preferences.open(paths);
  const store = new StateStore({
    version: release.version,
    contractVersion: CONTRACT_VERSION,
    pid: process.pid,
    startedAt: new Date().toISOString(),
    home: paths.home,
    computerId: configuration.computerId,
    computer: { cpus: os.availableParallelism(), memoryBytes: os.totalmem() },
    mode: preferences.mode,
    firstRunDone: preferences.firstRunDone,
    notifications: preferences.notifications,
    notices: [],
  });
  const { database, created, damaged } = openProxyDatabase(paths.database);
  const profiles = createProfileSource({ catalogueFolder: path.join(folder, 'assets', 'software') });
  const proxy = new LocalProxy({
    database,
    computerId: configuration.computerId,
    products: productsOf(profiles),
  });
  const master = createClassicClient({ transport: createLocalTransport(createClassicServer(proxy)) });
  const addresses = { computer: globalAddress(), doors: [] };
  await master.loadComputerConfiguration(computerDocument(configuration, layouts, addresses));

  const sandbox = createSandbox();
  const layoutOf = (partitionId: string): PartitionLayout | undefined =>
    layouts.find(({ id }) => id === partitionId) ?? masters.layout(partitionId);
  const measureData = async (
    partitionId: string,
    signal: AbortSignal,
  ): Promise<{ bytes: number; files: number }> => {
    const layout = layoutOf(partitionId);
    if (layout === undefined) throw new RangeError(partitionId);
    return measure(layout.identity, layout.paths.data, { signal });
  };
  const cgroups = await findingGroups;
  const supervisor = createSupervisor({ shim: path.join(folder, 'shim.sh'), stock: paths.stock });
  const rates = new NetworkRates({
    sandbox,
    supervisor,
    limits: store.lending.limits,
    onFault: (error) => log(faultText(error)),
  });
  const quotas = new ProjectQuotas({
    programs: hostPrograms(),
    folder: paths.instances,
    trialIdentity: softwareIdentity(configuration.identityBase),
    placeOf: (partitionId) => {
      const layout = layoutOf(partitionId);
      return layout && { data: layout.paths.data, identity: layout.identity };
    },
  });
  const limits = new PartitionLimits({
    backend: cgroups,
    supervisor,
    rates,
    quotas,
    limits: store.lending.limits,
    reserveBytes: RESERVED_BYTES,
    free: () => freeOn(paths.instances),
    measure: measureData,
    clock: systemClock,
    onFault: (error) => log(faultText(error)),
  });
  const isolation = isolationCheck(sandbox, store);
  const lending = await Lending.begin({
    files: {
      record: path.join(paths.private, 'lending.json'),
      audit: path.join(paths.private, 'audit.log'),
    },
    store,
    clock: systemClock,
    examine: () =>
      examineMachine({
        capabilities: async () => capabilitiesWith((await isolation.examine()) === null, cgroups !== null),
        ownUsers: process.getuid?.() === 0,
        freeze: limits.freezing(),
        egress: async () => egressFinding(await sandbox.probeWay()),
        limitsHeld: async () => {
          await Promise.all([rates.examine(), quotas.examine()]);
          return { limitsHeld: limits.held(), disk: limits.disk() };
        },
        backend: limits.backend,
        home: paths.home,
        used: () => store.lending.used,
      }),
    problemOf: problemOfLimits,
    applyLimits: (lent) => limits.apply(lent),
    counted: () => limits.counted(),
    onFault: (error) => log(faultText(error)),
  });
  // Trying the machine is waiting for other processes; meanwhile the rest is made ready.
  const tried = lending.ready.then(() => limits.apply(store.lending.limits));
  trials.push(tried);
  // Waited for below, unless something else fails first.
  tried.catch(() => undefined);
  const { tools, provider } = await makeTools({
    paths,
    configuration,
    profiles,
    store,
    sandbox,
    master,
    supervisor,
    limits,
    rates,
    admission: {
      refusal: (applicant) => lending.refusal(applicant, conditions.refusal(applicant)),
      softwareRefusal: (software) => lending.softwareRefusal(software, conditions.softwareRefusal(software)),
    },
    lending,
    releases: {
      partition: async (partition) => proxy.releasePartition(partition),
      software: async (url) => proxy.releaseSoftware(url, configuration.computerId),
    },
    log,
  });
  await restore({ proxy, configuration, software: tools.software, layouts, store, created, damaged });

  const clockWatch = new ClockWatch(
    () => Date.now(),
    // Goes on while the computer sleeps.
    () => os.uptime() * 1000,
  );
  const grid = new Grid({
    // What is hosted for another master reaches that one instead.
    tools: { ...tools, inside: (layout) => masterInside(layout) },
    layouts,
    provider,
  });
  const history = UsageHistory.open(path.join(paths.private, 'usage.sqlite'), systemClock.now());
  const masters = new HostedMasters(
    {
      paths,
      configuration,
      tools,
      provider,
      transport: (joined) => createMasterTransport(joined),
      hours: (prefix, from, to) => history.book.hoursOf(prefix, from, to),
      settleUsage: () => usage.settle(),
      random: Math.random,
      address: globalAddress,
    },
    preferences.mode,
  );
  lending.onAdmission(() => masters.reconsider());
  const usage = new UsageSampler({
    store,
    units: tools.supervisor,
    meter: cgroups === null ? createTreeMeter() : createGroupMeter(cgroups),
    history,
    measureDisk: async (partitionId, signal) => (await measureData(partitionId, signal)).bytes,
    networkBytes,
    clock: systemClock,
    uptime: () => Number(process.hrtime.bigint() / 1_000_000n),
    sinceBoot: () => os.uptime() * 1000,
    boot: bootId(),
    onFault: (error) => log(faultText(error)),
  });
  const runtime = { node: process.execPath, agent: path.join(folder, 'agent.mjs') };
  const startAtLogin = new StartAtLogin(paths.home);
  await startAtLogin.refresh(runtime).catch((error: unknown) => log(faultText(error)));
  const secrets = openSecrets(paths, folder);
  secrets.settle().catch((error: unknown) => log(faultText(error)));
  const settings = new Settings({
    home: paths.home,
    version: release.version,
    partitionAmount: configuration.partitionAmount,
    runtime,
    preferences,
    startAtLogin,
    lingering: new Lingering(lingeringSurroundings(await isInService(serviceName(paths.home)))),
    secrets,
    dataSize: new DataSize(paths, () => performance.now()),
    softwareKey: () =>
      tools.software
        .records()
        .map(({ treeDigest }) => treeDigest)
        .join(),
    instanceBytes: () => usage.dataBytes(),
  });
  const diskWatch = new DiskWatch({ home: paths.home, store, clock: systemClock });
  proxy.onChange(() => {
    noticeClockJump(clockWatch, store);
    grid.wake();
  });

  const others = await loadOtherMasters(path.join(paths.private, 'forwarding.json'));
  const forwarding = new Forwarding(proxy, database, others);
  const proxyServer = await ProxyServer.start({
    port: configuration.proxyPort,
    proxy,
    ...(others.length === 0 ? {} : { request: (request) => forwarding.request(request) }),
    capabilities: new Capabilities(database),
    peerIsOwner,
    onFault: (error) => log(faultText(error)),
  });
  const account = createAccount({
    folder: paths.masters,
    localPartitions: configuration.partitionAmount,
    nodes: masters,
    store,
    preferences,
    clock: systemClock,
    onFault: tools.onFault,
  });
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const doctorContext = {
    paths,
    sandbox,
    portsAreOurs: true,
    service: () => serviceHealth(paths.home),
    now: () => Date.now(),
    lending: async () => {
      await lending.examine();
      return store.lending;
    },
  };
  const masterInside: NonNullable<GridTools['inside']> = async (layout) => {
    const socket = path.join(layout.paths.root, 'slap.sock');
    const { computerId } = configuration;
    const scope = { kind: 'partition', computerId, partitionId: layout.id } as const;
    return {
      url: await proxyServer.openInside(scope, socket, layout.identity),
      port: INSIDE_PORT,
      socket,
    };
  };
  const suspendAll = async (): Promise<void> => {
    await Promise.all([grid.suspend(), masters.suspend()]);
  };
  // A clock that goes on while the computer sleeps, in milliseconds.
  const uptime = (): number => os.uptime() * 1000;
  const conditions = await Conditions.open({
    file: path.join(paths.private, 'conditions.json'),
    store,
    host: new HostFacts({
      proc: '/proc',
      sys: '/sys',
      buses: { system: systemAddresses(), session: sessionAddresses() },
      home: paths.home,
      processors: os.availableParallelism(),
      ours: () => Object.values(store.snapshot().usage).reduce((sum, { cpu }) => sum + cpu, 0),
      now: () => systemClock.now(),
      uptime,
    }),
    record: FactRecord.open(path.join(paths.private, 'facts'), systemClock.now()),
    carryOut: async ({ own, why, ...order }) => {
      await Promise.all([
        masters.hold(order.others === null ? null : { action: order.others, why }),
        own === null ? grid.thaw() : grid.freeze({ action: own, why }),
      ]);
    },
    told: (kind, sentence) => lending.record(kind, sentence),
    clock: systemClock,
    uptime,
    onFault: tools.onFault,
  });
  conditions.onAdmission(() => masters.reconsider());
  const agent = new Agent({
    computerId: configuration.computerId,
    layouts,
    layoutOf,
    suspendAll,
    proxy,
    grid,
    store,
    software: tools.software,
    profiles,
    renderer: tools.renderer,
    usage,
    settings,
    account,
    lending,
    conditions,
    ledger: new UsageLedger({ book: history.book, usage, masters, now: () => Date.now(), zone: localZone }),
    isolationProblem: () => isolation.problem(),
    doctor: () => runDoctor(doctorContext),
    checks: () => followDoctor(doctorContext),
    createLink: () => pageServer.createLink(),
    createDownload: (open) => pageServer.createDownload(open),
    masterUrl: (scope) => proxyServer.url(proxyScope(scope, configuration.computerId)),
    rotateMasterUrl: () => proxyServer.rotate(),
    onFault: tools.onFault,
    uninstall: async (keepData) => {
      try {
        await Promise.all([pageServer.endDownloads(), proxyServer.close()]);
        await suspendAll();
        await Promise.all([usage.close(), tools.software.cancelAll()]);
        return (await removeInstallation(paths.home, keepData, { startAtLogin, secrets })).kept;
      } finally {
        endSoon();
      }
    },
    shutdown: async () => endSoon(),
  });
  // The caller hears the answer before its connection ends.
  const endSoon = (): void => {
    setImmediate(() => void shutdown());
  };
  const pageServer = await createPageServer({
    port: configuration.pagePort,
    service: agent,
    assetsFolder: path.join(folder, 'page'),
    sessions: await Sessions.open(path.join(paths.private, 'sessions.json')),
    log,
  });
  let ending: Promise<void> | null = null;
  const shutdown = (): Promise<void> => {
    ending ??= (async () => {
      await Promise.all([pageServer.close(), unixServer.close(), proxyServer.close()]);
      diskWatch.close();
      await conditions.close();
      await lending.close();
      await Promise.all([grid.close(), masters.close()]);
      await Promise.all([usage.close(), limits.close()]);
      tools.supervisor.close();
      database.close();
      lock.release();
      end();
    })();
    return ending;
  };

  // What is paused stays so: before anything is started.
  await conditions.start();
  await grid.start();
  // Nothing is hosted before it is known what holds it.
  await tried;
  await account.load();
  // Only now: software that the joined masters alone want must not go.
  tools.shared.complete();
  grid.wake();
  usage.start();
  await diskWatch.start();
  // Last: who gets an answer gets the whole truth.
  const unixServer = await createUnixServer({
    socketPath: socketPath(paths, digestOfHome(paths.home)),
    token: await loadToken(paths.token),
    service: agent,
    answerDownload: pageServer.answerDownload,
    log,
  });
  return { shutdown, stopInstances: suspendAll, ended };
}

async function makeTools(given: {
  paths: Paths;
  configuration: Configuration;
  profiles: ReturnType<typeof createProfileSource>;
  store: StateStore;
  sandbox: RoutedSandbox;
  master: GridTools['master'];
  releases: GridTools['releases'];
  supervisor: GridTools['supervisor'];
  limits: PartitionLimits;
  rates: NetworkRates;
  admission: NonNullable<GridTools['admission']>;
  lending: Pick<Lending, 'egress' | 'doors'>;
  log: (line: string) => void;
}): Promise<{
  tools: GridTools;
  provider: ReturnType<typeof createAptProvider>;
}> {
  const { paths, configuration, profiles, store, sandbox, master, releases, admission, log } = given;
  const { supervisor, limits, rates, lending } = given;
  const provider = createAptProvider({
    folder: paths.software,
    identity: softwareIdentity(configuration.identityBase),
    ...(configuration.mirror === undefined ? {} : { mirror: configuration.mirror }),
  });
  await provider.prepare();
  const software = new InstalledSoftware({
    folder: path.join(paths.private, 'software'),
    provider,
    profiles,
  });
  await software.load();
  const tools: GridTools = {
    master,
    releases,
    admission,
    ways: {
      wayOf: ({ kind }) => (kind === 'me' ? null : wayFor(lending.egress, hostNetworks())),
      planRouter: (identity, way) => sandbox.planRouter(identity, way),
      planWay: (identity, router) => sandbox.planWay(identity, router),
    },
    doors: lending.doors,
    shared: new SharedSoftware(store),
    masterId: LOCAL_MASTER,
    computerId: configuration.computerId,
    owner: agentOwner(),
    supervisor,
    sandbox,
    software,
    renderer: createProfileRenderer(),
    groups: limits,
    freezer: limits,
    ports: limits,
    rates,
    overuse: limits,
    files: { deleteContents, exists: existsInside },
    store,
    clock: systemClock,
    onFault: (error) => log(faultText(error)),
  };
  return { tools, provider };
}

/**
 * The database learns what the instances on disk say of themselves: all of it when it is new, and at every start those that it
 * does not know (its newest changes were lost, or the agent was killed before it had learnt them). What is on disk is never
 * deleted because the database does not know it.
 */
async function restore(given: {
  proxy: LocalProxy;
  configuration: Configuration;
  software: InstalledSoftware;
  layouts: readonly PartitionLayout[];
  store: StateStore;
  created: boolean;
  damaged: { keptAs: string } | null;
}): Promise<void> {
  const { proxy, configuration, software, layouts, store, created, damaged } = given;
  const { computerId } = configuration;
  const records = await Promise.all(layouts.map((layout) => new InstanceRecords(layout.paths).readRequest()));
  const unknown = records
    .filter((record) => record !== null)
    .filter(({ partitionId }) => !proxy.isBusy({ computerId, partitionId }));
  const { restored } = proxy.restore(unknown);
  if (created) for (const record of software.records()) proxy.supply(record.url, computerId, 'available');
  const found = restored.length;
  if (damaged !== null)
    store.notice('database', new SlapgridError('database-damaged', { file: damaged.keptAs, found }).toView());
  else if (found > 0) store.notice('database', new SlapgridError('database-incomplete', { found }).toView());
}

/** Whether partitions are isolated here, and the notice while they are not. */
function isolationCheck(
  sandbox: Sandbox,
  store: StateStore,
): {
  /** Tries it, anew each time; calls meanwhile are the same try. */
  examine(): Promise<SlapgridError | null>;
  /** Asks the machine until it says yes; a no is asked again, because a person may have mended it. */
  problem(): Promise<SlapgridError | null>;
} {
  let hasWorked = false;
  let examining: Promise<SlapgridError | null> | null = null;
  const tried = async (): Promise<SlapgridError | null> => {
    const probe = await sandbox.probe();
    if (probe.ok) {
      hasWorked = true;
      store.withdrawNotice('isolation');
      return null;
    }
    const problem = new SlapgridError('isolation-unavailable', {
      cause: text(`sandbox.probe.${probe.cause}`, { detail: probe.detail }),
      fix: text(`sandbox.probe.${probe.cause}.next`, { detail: probe.detail }),
    });
    if (!hasWorked) store.notice('isolation', problem.toView());
    return problem;
  };
  const examine = (): Promise<SlapgridError | null> =>
    (examining ??= tried().finally(() => {
      examining = null;
    }));
  return { examine, problem: async () => (hasWorked ? null : examine()) };
}

/** For the agent's log only: where it happened. */
function faultText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function noticeClockJump(watch: ClockWatch, store: StateStore): void {
  const moved = watch.jump();
  if (moved === 0) return;
  const minutes = Math.round(Math.abs(moved) / 60_000);
  store.notice('clock', new SlapgridError('clock-jump', { minutes }).toView());
}
