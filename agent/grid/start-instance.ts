/**
 * From a request to kept promises: the ordered steps that make an instance run. Each step is idempotent and safe after a crash at
 * any point; doing all of them again on an instance that runs changes nothing and starts nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ComputerPartitionRecord } from '../../slap/master.ts';
import type { Progress } from '../api/contract.ts';
import { SlapgridError } from '../errors.ts';
import type { PartitionLayout } from '../node/format.ts';
import type { InstallProgress, PublishedPort, RenderedInstance } from '../software/types.ts';
import type { UnitSpec } from '../supervisor/types.ts';
import { removeOtherConfigurations, writeConfiguration } from './configuration-folder.ts';
import type { InstallationLog } from './installation-log.ts';
import type { ReadySoftware } from './installed-software.ts';
import type { InstanceRecords } from './instance-record.ts';
import { executablePromises } from './executable-promises.ts';
import { openDoors, openInnerDoor, openNetwork, openWay } from './partition-network.ts';
import { checkPlugin, pluginPromises, type PluginPromise, type PluginResult } from './plugin-promises.ts';
import { checkPromise, type PromiseContext, type PromiseResult } from './promises.ts';
import { publishedParameters } from './serialisation.ts';
import { certificateInside, prepareCertificateFolder } from './partition-certificate.ts';
import { hostedInstances, parametersWithShared } from './shared-instances.ts';
import type { GridTools, InsideMaster } from './tools.ts';
import { isService, partitionOf, publicPort, sandboxSpec, serviceUnit } from './units.ts';

/** What the steps say while they go on. */
export type Told = {
  progress(progress: Progress): void;
  rendered(rendered: RenderedInstance): void;
  promise(name: string, result: PromiseResult): void;
  /** A plug-in ran. */
  plugin(plugin: PluginPromise, result: PluginResult): void;
  log: InstallationLog;
};

/** What a started instance is watched with. */
export type StartedInstance = {
  rendered: RenderedInstance;
  promiseContext: PromiseContext;
  software: ReadySoftware;
};

const KEEPING_DEADLINE_MS = 90_000;

/**
 * @param signal aborts between steps and inside the long ones; what was started stays started.
 * @throws SlapgridError of the step that failed.
 */
export async function startInstance(
  layout: PartitionLayout,
  target: ComputerPartitionRecord & { software: { url: string } },
  records: InstanceRecords,
  tools: GridTools,
  told: Told,
  signal: AbortSignal,
): Promise<StartedInstance> {
  const software = await tools.software.ensure(target.software.url, {
    signal,
    onProgress: (progress) => {
      told.log.progress(progress);
      told.progress(installing(progress));
    },
  });
  told.log.ready(software.tree);
  signal.throwIfAborted();
  told.progress(step('preparing'));
  const { rendered, published, inside } = await renderInstance(layout, target, records, tools, software);
  told.rendered(rendered);
  const isHosted = tools.owner.kind === 'other';
  const refusal = tools.ports?.refusal(layout.id, isHosted, published.length) ?? null;
  if (refusal !== null) throw refusal;
  const cgroup = (await tools.groups?.ensure(layout.id, isHosted)) ?? [];
  // Neither needs the other, and each takes its time: files are flushed, and a network is a handful of processes.
  const [conf, holder] = await both(
    writeConfiguration(layout, rendered.files),
    openNetwork(layout, tools, cgroup),
  );
  signal.throwIfAborted();
  const resolver = await openWay(layout, tools, cgroup, holder);
  const pki = tools.certificateOf === undefined ? undefined : await prepareCertificateFolder(layout);
  if (isHosted) await tools.rates?.hold(layout.id, layout.identity, holder.payloadPid);
  const programSpec: PromiseContext['spec'] = (program) =>
    sandboxSpec(layout, cgroup, holder, software.tree, conf, program, resolver, pki);
  const units = rendered.services.map((service) =>
    serviceUnit(layout, tools.sandbox, cgroup, holder, service, software.tree, conf, resolver, pki),
  );
  const runs = units.every((unit) => runsAsWanted(unit, tools));
  if (!runs) {
    // Set-up steps may touch the data: nothing that is about to change may run meanwhile.
    await stopServicesBut(layout, units, tools);
    await runSetup(layout, target, rendered, tools, programSpec, told.log, signal);
    told.log.starting(rendered.services.map(({ name }) => name));
  }

  told.progress(step('starting'));
  await openDoors(layout, tools, cgroup, holder, published);
  await openInnerDoor(layout, tools, cgroup, holder, inside);
  // In the profile's order: a later service may need an earlier one.
  for (const unit of units) await tools.supervisor.ensure(unit);
  await removeOtherConfigurations(layout, conf);
  signal.throwIfAborted();

  told.progress(step('checking'));
  const promiseContext: PromiseContext = {
    holderPid: holder.payloadPid,
    sandbox: tools.sandbox,
    spec: programSpec,
    slap: { computer: target.computerId, partition: target.partitionId },
  };
  await waitForPromises(
    target.instanceTitle,
    await promisesToKeep(layout, rendered, promiseContext, told),
    signal,
  );
  if (!runs) told.log.started();
  return { rendered, promiseContext, software };
}

/** Parameters, secrets and addresses turned into files, commands and connection parameters. Starts nothing. */
export async function renderInstance(
  layout: PartitionLayout,
  target: ComputerPartitionRecord,
  records: InstanceRecords,
  tools: GridTools,
  software: Pick<ReadySoftware, 'record'>,
): Promise<{
  rendered: RenderedInstance;
  published: { name: string; port: number }[];
  inside: InsideMaster | null;
}> {
  const type = tools.renderer.typeOf(software.record.profile, target.softwareType);
  const shared = hostedInstances(type, target, tools.renderer);
  const parameter = tools.renderer.parameters(type, parametersWithShared(type, target, shared));
  const secret = await keepSecrets(records, tools, type);
  const published = tools.renderer.publishedPorts(type, parameter);
  const address = Object.fromEntries(
    published.map((port) => [port.name, { host: layout.address, port: port.port }]),
  );
  const inside = (tools.renderer.asksMaster(type) ? await tools.inside?.(layout) : null) ?? null;
  const context: Parameters<typeof tools.renderer.render>[1] = {
    instance: {
      name: target.instanceTitle,
      guid: target.instanceGuid,
      partition: layout.id,
      type: target.softwareType,
    },
    parameter,
    secret,
    address,
    ...(inside === null
      ? {}
      : {
          slap: {
            url: inside.url,
            computer: target.computerId,
            partition: target.partitionId,
            ...certificateInside(layout),
          },
        }),
    shared,
  };
  const rendered = tools.renderer.render(type, context);
  const reached = publicAddresses(layout, tools, published);
  if (reached === null) return { rendered, published, inside };
  const told = tools.renderer.render(type, { ...context, address: reached });
  return { rendered: { ...rendered, connection: told.connection, shared: told.shared }, published, inside };
}

/** Where clients elsewhere reach what is published; null: nowhere. Only they are told: the software and its promises stay with the loopback. */
function publicAddresses(
  layout: PartitionLayout,
  tools: GridTools,
  published: readonly PublishedPort[],
): Record<string, { host: string; port: number }> | null {
  const host = tools.doors?.publishedOf(tools.owner) ?? null;
  if (host === null) return null;
  const ends = published.map(({ name, port }, place) => {
    const outside = publicPort(layout, place);
    return [name, outside === null ? { host: layout.address, port } : { host, port: outside }] as const;
  });
  return Object.fromEntries(ends);
}

/** What both come to, when neither goes on. @throws what the first of them threw that failed. */
async function both<One, Other>(one: Promise<One>, other: Promise<Other>): Promise<[One, Other]> {
  await Promise.allSettled([one, other]);
  return Promise.all([one, other]);
}

async function keepSecrets(
  records: InstanceRecords,
  tools: GridTools,
  type: Parameters<GridTools['renderer']['secrets']>[0],
): Promise<Record<string, string>> {
  const before = await records.readSecrets();
  const secrets = tools.renderer.secrets(type, before);
  if (Object.keys(secrets).some((name) => !(name in before)))
    await records.writeSecrets({ ...before, ...secrets });
  return secrets;
}

async function runSetup(
  layout: PartitionLayout,
  target: ComputerPartitionRecord,
  rendered: RenderedInstance,
  tools: GridTools,
  spec: PromiseContext['spec'],
  log: InstallationLog,
  signal: AbortSignal,
): Promise<void> {
  for (const setup of rendered.setup) {
    if (setup.unless !== null && (await tools.files.exists(layout.paths.data, setup.unless))) continue;
    const result = await tools.sandbox.run(spec(setup), { timeoutSeconds: setup.timeoutSeconds, signal });
    signal.throwIfAborted();
    if (result.code !== 0)
      throw new SlapgridError('setup-failed', {
        name: target.instanceTitle,
        step: setup.name,
        output: result.output.trim().slice(-500),
      });
    log.setup(setup.name, result.output);
  }
}

function runsAsWanted(unit: UnitSpec, tools: GridTools): boolean {
  const status = tools.supervisor.status(unit.id);
  return status?.state === 'running' && status.configuration === unit.configuration;
}

/** Stops what runs with another configuration, or is no longer part of the software; last started first. */
async function stopServicesBut(
  layout: PartitionLayout,
  wanted: readonly UnitSpec[],
  tools: GridTools,
): Promise<void> {
  const right = new Set(wanted.filter((unit) => runsAsWanted(unit, tools)).map((unit) => unit.id));
  for (const unit of tools.supervisor.list().toReversed()) {
    const isMine = partitionOf(unit.id) === layout.id && isService(unit.id);
    if (isMine && !right.has(unit.id)) await tools.supervisor.stop(unit.id);
  }
}

/** A promise as it is waited for. */
type PromiseToKeep = {
  name: string;
  /** Between two checks, at most. */
  pauseMs: number;
  /** @returns null: it says nothing about a start. */
  check(): Promise<PromiseResult | null>;
  told(result: PromiseResult): void;
};

/** The profile's, and those that the software put into its partition. */
async function promisesToKeep(
  layout: PartitionLayout,
  rendered: RenderedInstance,
  context: PromiseContext,
  told: Told,
): Promise<PromiseToKeep[]> {
  const own = rendered.promises.map(({ name }) => name);
  const executables = await executablePromises(layout, own);
  const plugins = await pluginPromises(layout, [...own, ...executables.map(({ name }) => name)]);
  return [
    ...[...rendered.promises, ...executables].map((promise) => ({
      name: promise.name,
      pauseMs: promise.check.kind === 'command' ? 1000 : 250,
      check: () => checkPromise(promise, context),
      told: (result: PromiseResult) => told.promise(promise.name, result),
    })),
    ...plugins.map((plugin) => ({
      name: plugin.name,
      pauseMs: 1000,
      check: async () => {
        const result = await checkPlugin(plugin, 'test', context);
        told.plugin(plugin, result);
        return result.isDecided ? result : null;
      },
      told: (result: PromiseResult) => told.promise(plugin.name, result),
    })),
  ];
}

/**
 * Every promise is checked, also when one before it is not kept in time (§17.4).
 * @throws SlapgridError `promise-failed` with the first of them.
 */
async function waitForPromises(
  name: string,
  promises: readonly PromiseToKeep[],
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + KEEPING_DEADLINE_MS;
  let failure: SlapgridError | null = null;
  for (const promise of promises) {
    let pause = 10;
    for (;;) {
      const result = await promise.check();
      signal.throwIfAborted();
      const isLate = performance.now() > deadline;
      if (result !== null && (result.kept || isLate)) promise.told(result);
      if (result === null || result.kept) break;
      if (isLate) {
        failure ??= new SlapgridError('promise-failed', {
          name,
          promise: promise.name,
          message: result.message,
        });
        break;
      }
      await delay(pause, undefined, { signal });
      pause = Math.min(pause * 1.5, promise.pauseMs);
    }
  }
  if (failure !== null) throw failure;
}

function step(name: Progress['step']): Progress {
  return { step: name, done: 0, total: 0 };
}

/** The provider's progress as the contract says it. */
export function installing(progress: InstallProgress): Progress {
  switch (progress.step) {
    case 'resolving':
      return step('resolving');
    case 'downloading':
      return {
        step: 'downloading',
        done: progress.doneBytes,
        total: progress.totalBytes,
        bytesPerSecond: progress.bytesPerSecond,
      };
    case 'verifying':
    case 'unpacking':
      return { step: progress.step, done: progress.done, total: progress.total };
  }
}

/** Tells the master what the instance publishes, when that changed. */
export async function publish(
  target: ComputerPartitionRecord,
  started: StartedInstance,
  tools: GridTools,
): Promise<void> {
  const parameters = publishedParameters(started.software.record.profile, started.rendered.connection);
  if (JSON.stringify(sorted(parameters)) === JSON.stringify(sorted(target.connection))) return;
  await tools.master.setConnectionParameters(
    { computerId: target.computerId, partitionId: target.partitionId },
    parameters,
    null,
  );
}

function sorted(parameters: Readonly<Record<string, string | null>>): [string, string | null][] {
  return Object.entries(parameters).sort(([one], [other]) => (one < other ? -1 : 1));
}
