/**
 * Which units an instance consists of, and when one must be restarted.
 *
 * A partition has one holder (of its namespaces), one door per published port, one unit per service. A unit's `configuration` is a
 * digest of everything it was started with; the holder's identity is part of it, because a service or a door in another
 * network namespace is of no use.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { PartitionLayout } from '../node/format.ts';
import type { LaunchPlan, Sandbox, SandboxSpec } from '../sandbox/types.ts';
import type { InstalledTree, PublishedPort, RenderedService } from '../software/types.ts';
import type { UnitSpec, UnitStatus } from '../supervisor/types.ts';

export const HOLDER = '.holder';
/** What leads out of the partition. */
export const WAY = '.way';
/** The door from inside to the master. */
export const INNER_DOOR = '.slap';

export function unitId(partitionId: string, name: string): string {
  return `${partitionId}/${name}`;
}

export function doorName(published: string): string {
  return `.door-${published}`;
}

/** Ports on addresses that all partitions share begin here, so many for each. */
const FIRST_PUBLIC_PORT = 30_000;
const PUBLIC_PORTS = 16;
const LAST_PORT = 65_535;

/**
 * The port of a door on an address that is not the partition's alone: always the same one.
 * @param place of the port among those the partition publishes.
 * @returns null: there is none for it.
 */
export function publicPort(layout: Pick<PartitionLayout, 'index'>, place: number): number | null {
  const port = FIRST_PUBLIC_PORT + layout.index * PUBLIC_PORTS + place;
  return place < PUBLIC_PORTS && port <= LAST_PORT ? port : null;
}

/** The partition a unit belongs to. */
export function partitionOf(id: string): string {
  return id.slice(0, id.indexOf('/'));
}

/** The unit's name within its partition. */
export function nameOf(id: string): string {
  return id.slice(id.indexOf('/') + 1);
}

export function isService(id: string): boolean {
  return !nameOf(id).startsWith('.');
}

/** Whether it is the door of a published port; one on another address of this computer is the same port once more. */
export function isPublishedPort(id: string): boolean {
  return nameOf(id).startsWith('.door-') && !nameOf(id).includes('@');
}

function digest(of: unknown): string {
  return createHash('sha256').update(JSON.stringify(of)).digest('hex');
}

type RunningHolder = Extract<UnitStatus, { state: 'running' }>;

/** @param router how its namespaces are made where a way leads out of them, and what decides about that. */
export function holderUnit(
  layout: PartitionLayout,
  sandbox: Sandbox,
  cgroup: readonly string[],
  router: { plan: LaunchPlan; closed: readonly string[] } | null,
): UnitSpec {
  return {
    id: unitId(layout.id, HOLDER),
    runFolder: path.join(layout.paths.run, HOLDER),
    logFile: null,
    plan: { ...(router?.plan ?? sandbox.planHolder(layout.identity)), cgroup },
    stop: { signal: 'SIGKILL', timeoutSeconds: 5 },
    configuration: router === null ? 'holder-1' : digest({ closed: router.closed }),
    listen: null,
    // A new holder is a new network: the grid starts everything anew rather than the supervisor the holder alone.
    restart: false,
  };
}

/** @param plan leads on from the router beside the holder. */
export function wayUnit(
  layout: PartitionLayout,
  plan: LaunchPlan,
  cgroup: readonly string[],
  holder: RunningHolder,
): UnitSpec {
  return {
    id: unitId(layout.id, WAY),
    runFolder: path.join(layout.paths.run, WAY),
    logFile: null,
    plan: { ...plan, cgroup },
    stop: { signal: 'SIGTERM', timeoutSeconds: 5 },
    configuration: digest({ argv: plan.argv, holder: holderKey(holder) }),
    listen: null,
    restart: true,
  };
}

export function doorUnit(
  layout: PartitionLayout,
  sandbox: Sandbox,
  cgroup: readonly string[],
  holder: RunningHolder,
  published: PublishedPort,
): UnitSpec {
  return {
    id: unitId(layout.id, doorName(published.name)),
    runFolder: path.join(layout.paths.run, doorName(published.name)),
    logFile: null,
    plan: { ...sandbox.planDoor(layout.identity, holder.payloadPid, published.port), cgroup },
    stop: { signal: 'SIGTERM', timeoutSeconds: 5 },
    configuration: digest({ port: published.port, address: layout.address, holder: holderKey(holder) }),
    listen: { host: layout.address, port: published.port },
    restart: true,
  };
}

/** The same port once more, on an address that others than this computer may reach. */
export function publicDoorUnit(door: UnitSpec, listen: { host: string; port: number }): UnitSpec {
  return {
    ...door,
    id: `${door.id}@${listen.host}`,
    runFolder: `${door.runFolder}@${listen.host}`,
    configuration: digest({ door: door.configuration, listen }),
    listen,
  };
}

/** @param socket the Unix socket on which the master listens for this partition. */
export function innerDoorUnit(
  layout: PartitionLayout,
  sandbox: Sandbox,
  cgroup: readonly string[],
  holder: RunningHolder,
  port: number,
  socket: string,
): UnitSpec {
  return {
    id: unitId(layout.id, INNER_DOOR),
    runFolder: path.join(layout.paths.run, INNER_DOOR),
    logFile: null,
    plan: { ...sandbox.planInnerDoor(layout.identity, holder.payloadPid, port, socket), cgroup },
    stop: { signal: 'SIGTERM', timeoutSeconds: 5 },
    configuration: digest({ port, socket, holder: holderKey(holder) }),
    listen: null,
    restart: true,
  };
}

/** @param conf the folder below `conf` that this version of the configuration lives in. */
export function serviceUnit(
  layout: PartitionLayout,
  sandbox: Sandbox,
  cgroup: readonly string[],
  holder: RunningHolder,
  service: RenderedService,
  tree: InstalledTree,
  conf: string,
  resolver?: string,
  pki?: string,
): UnitSpec {
  const spec = sandboxSpec(layout, cgroup, holder, tree, conf, service, resolver, pki);
  return {
    id: unitId(layout.id, service.name),
    runFolder: path.join(layout.paths.run, service.name),
    logFile: path.join(layout.paths.log, `${service.name}.log`),
    plan: sandbox.plan(spec),
    stop: service.stop,
    configuration: digest({
      service,
      conf: path.basename(conf),
      tree: tree.digest,
      holder: holderKey(holder),
    }),
    listen: null,
    restart: true,
  };
}

/** How any program of the instance runs: services, set-up steps, promises. */
export function sandboxSpec(
  layout: PartitionLayout,
  cgroup: readonly string[],
  holder: RunningHolder,
  tree: InstalledTree,
  conf: string,
  program: { command: readonly string[]; environment: Readonly<Record<string, string>> },
  resolver?: string,
  pki?: string,
): SandboxSpec {
  return {
    identity: layout.identity,
    tree: tree.root,
    conf,
    data: layout.paths.data,
    pki,
    command: program.command,
    environment: program.environment,
    hostname: layout.id,
    resolver,
    namespaceHolder: holder.payloadPid,
    cgroup,
  };
}

function holderKey(holder: RunningHolder): string {
  return `${holder.payloadPid}@${holder.startedAt}`;
}
