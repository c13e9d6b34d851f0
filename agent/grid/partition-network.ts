/**
 * The network of a partition: its holder (namespaces with only `lo`) and its doors (published addresses).
 */
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeAtomically } from '../disk.ts';
import { SlapgridError } from '../errors.ts';
import type { PartitionLayout } from '../node/format.ts';
import { isOpen, resolverFile, routerOf } from '../sandbox/egress.ts';
import type { PublishedPort } from '../software/types.ts';
import type { UnitSpec, UnitStatus } from '../supervisor/types.ts';
import type { GridTools } from './tools.ts';
import type { InsideMaster } from './tools.ts';
import {
  doorUnit,
  holderUnit,
  innerDoorUnit,
  INNER_DOOR,
  nameOf,
  partitionOf,
  publicDoorUnit,
  publicPort,
  unitId,
  WAY,
  wayUnit,
} from './units.ts';

export type RunningUnit = Extract<UnitStatus, { state: 'running' }>;

/** The namespaces are there in milliseconds; a machine that needs longer has another problem. */
const HOLDER_DEADLINE_MS = 10_000;

const WAY_PATIENCE_MS = 2000;

/** Starts or finds the holder, and waits until its namespaces are ready. */
export async function openNetwork(
  layout: PartitionLayout,
  tools: GridTools,
  cgroup: readonly string[],
): Promise<RunningUnit> {
  const way = tools.ways?.wayOf(tools.owner) ?? null;
  const router =
    tools.ways === undefined || way === null
      ? null
      : { plan: tools.ways.planRouter(layout.identity, way), closed: way.closed };
  const status = await tools.supervisor.ensure(holderUnit(layout, tools.sandbox, cgroup, router));
  if (status.state !== 'running') throw new SlapgridError('partition-network', { partition: layout.id });
  const deadline = performance.now() + HOLDER_DEADLINE_MS;
  // The holder becomes `sleep` after it has made its namespaces and brought `lo` up.
  for (;;) {
    const name = await readFile(`/proc/${status.payloadPid}/comm`, 'utf8').catch(() => '');
    if (name.trim() === 'sleep') return status;
    if (name === '' || performance.now() > deadline)
      throw new SlapgridError('partition-network', { partition: layout.id });
    await delay(3);
  }
}

/**
 * Opens the way out, or closes it. A computer without a connection has none, and its services run all the same: they are not waited for
 * long, and find the way when there is one.
 * @returns the file that says whom to ask for names; undefined: nobody.
 */
export async function openWay(
  layout: PartitionLayout,
  tools: GridTools,
  cgroup: readonly string[],
  holder: RunningUnit,
): Promise<string | undefined> {
  const file = resolverFileOf(layout);
  const { ways } = tools;
  const way = ways?.wayOf(tools.owner) ?? null;
  const router = way === null ? null : routerOf(holder.payloadPid);
  if (ways === undefined || way === null || router === null) {
    const id = unitId(layout.id, WAY);
    if (tools.supervisor.status(id) !== undefined) await tools.supervisor.stop(id);
    await rm(file, { force: true });
    return undefined;
  }
  await writeAtomically(file, resolverFile(way), { mode: 0o644 });
  await tools.supervisor.ensure(wayUnit(layout, ways.planWay(layout.identity, router), cgroup, holder));
  const deadline = performance.now() + WAY_PATIENCE_MS;
  while (!isOpen(router) && performance.now() < deadline) await delay(5);
  return file;
}

/** Beside the partition’s folders, where nothing of the partition can write. */
export function resolverFileOf(layout: PartitionLayout): string {
  return path.join(layout.paths.root, 'resolv.conf');
}

/** Opens the doors that `published` asks for and closes those it does not. */
export async function openDoors(
  layout: PartitionLayout,
  tools: GridTools,
  cgroup: readonly string[],
  holder: RunningUnit,
  published: readonly PublishedPort[],
): Promise<void> {
  const wanted = published.flatMap((port, place) => {
    const door = doorUnit(layout, tools.sandbox, cgroup, holder, port);
    return [door, ...publicDoors(layout, tools, door, place)];
  });
  const ids = new Set(wanted.map((unit) => unit.id));
  for (const unit of tools.supervisor.list()) {
    const isDoor = partitionOf(unit.id) === layout.id && nameOf(unit.id).startsWith('.door-');
    if (isDoor && !ids.has(unit.id)) await tools.supervisor.stop(unit.id);
  }
  await Promise.all(wanted.map((unit) => tools.supervisor.ensure(unit)));
}

function publicDoors(layout: PartitionLayout, tools: GridTools, door: UnitSpec, place: number): UnitSpec[] {
  const port = publicPort(layout, place);
  if (port === null) return [];
  const addresses = tools.doors?.addressesOf(tools.owner) ?? [];
  return addresses.map((host) => publicDoorUnit(door, { host, port }));
}

/** Opens the door from inside to the master, or closes it when there is nobody inside who asks. */
export async function openInnerDoor(
  layout: PartitionLayout,
  tools: GridTools,
  cgroup: readonly string[],
  holder: RunningUnit,
  master: InsideMaster | null,
): Promise<void> {
  if (master === null) {
    const id = unitId(layout.id, INNER_DOOR);
    if (tools.supervisor.status(id) !== undefined) await tools.supervisor.stop(id);
    return;
  }
  const { port, socket } = master;
  await tools.supervisor.ensure(innerDoorUnit(layout, tools.sandbox, cgroup, holder, port, socket));
  const deadline = performance.now() + HOLDER_DEADLINE_MS;
  // Its network's own table of sockets (proc_net(5)).
  const listening = `:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A `;
  for (;;) {
    const table = await readFile(`/proc/${holder.payloadPid}/net/tcp`, 'latin1').catch(() => '');
    if (table.includes(listening)) return;
    if (performance.now() > deadline) throw new SlapgridError('partition-network', { partition: layout.id });
    await delay(3);
  }
}
