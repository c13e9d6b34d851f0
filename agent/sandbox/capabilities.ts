/**
 * What this machine enforces of a partition's limits, said honestly: by the kernel, by watching, or not at all.
 */
import process from 'node:process';
import { text } from '../messages.ts';
import { createCgroups } from './cgroup.ts';
import type { Capability } from './types.ts';

/** Tries it, and leaves nothing of the trial. */
export async function machineCapabilities(isolated: boolean): Promise<Capability[]> {
  const groups = await createCgroups({ scope: `probe-${process.pid}` });
  await groups?.end();
  return capabilitiesWith(isolated, groups !== null);
}

/** @param limited whether partitions have control groups here. */
export function capabilitiesWith(isolated: boolean, limited: boolean): Capability[] {
  const capability = (name: Capability['name'], held: Capability['held']): Capability => ({
    name,
    held,
    detail: text(`sandbox.capability.${name}.${held}`),
  });
  const isolation = isolated ? 'kernel' : 'none';
  const byGroups = limited ? 'kernel' : 'none';
  return [
    capability('isolation', isolation),
    capability('network', isolation),
    capability('seccomp', isolation),
    capability('memory', byGroups),
    capability('cpu', byGroups),
    capability('processes', byGroups),
    // Measured as the partition's user; no quota of the file system is set.
    capability('disk', 'watched'),
  ];
}
