/**
 * What this machine enforces of a partition's limits, said honestly: by the kernel, by watching, or not at all.
 */
import { text } from '../messages.ts';
import { createCgroups } from './cgroup.ts';
import type { Capability } from './types.ts';

export async function machineCapabilities(isolated: boolean): Promise<Capability[]> {
  const groups = await createCgroups({ scope: 'probe' });
  const capability = (name: Capability['name'], held: Capability['held']): Capability => ({
    name,
    held,
    detail: text(`sandbox.capability.${name}.${held}`),
  });
  const isolation = isolated ? 'kernel' : 'none';
  const limited = groups === null ? 'none' : 'kernel';
  return [
    capability('isolation', isolation),
    capability('network', isolation),
    capability('seccomp', isolation),
    capability('memory', limited),
    capability('cpu', limited),
    capability('processes', limited),
    // Measured as the partition's user; no quota of the file system is set.
    capability('disk', 'watched'),
  ];
}
