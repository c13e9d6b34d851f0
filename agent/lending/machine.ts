/** What this machine holds of a partition, found out by trying it. */
import { statfs } from 'node:fs/promises';
import os from 'node:os';
import type { LendingView } from '../api/contract-lending.ts';
import { text } from '../messages.ts';
import type { Capability, WayProbe } from '../sandbox/types.ts';
import type { MachineFindings } from './lending.ts';
import type { Finding, Findings } from './protections.ts';

export type Surroundings = {
  capabilities(): Promise<readonly Capability[]>;
  /** Whether each partition has a user of its own. */
  ownUsers: boolean;
  /** How partitions are held still. */
  freeze: Finding;
  /** Tries what is not limited by groups, too. */
  limitsHeld(): Promise<Pick<MachineFindings, 'limitsHeld'> & { disk: Finding }>;
  egress(): Promise<Finding>;
  /** What limits partitions, by name. */
  backend: string;
  /** Data folder: what is free there can be lent. */
  home: string;
  used: () => LendingView['used'];
};

/** The disk in steps: what other programs write is no news of lending. */
const DISK_STEP_BYTES = 100_000_000;

export async function examineMachine(surroundings: Surroundings): Promise<MachineFindings> {
  const [capabilities, { limitsHeld, disk }, egress, room] = await Promise.all([
    surroundings.capabilities(),
    surroundings.limitsHeld(),
    surroundings.egress(),
    roomOf(surroundings),
  ]);
  const { ownUsers, freeze, backend } = surroundings;
  const found = (name: Capability['name']): Finding => ({
    held: capabilities.find((capability) => capability.name === name)?.held ?? 'none',
  });
  const protections: Findings = {
    isolation: found('isolation'),
    network: found('network'),
    seccomp: found('seccomp'),
    memory: found('memory'),
    cpu: found('cpu'),
    processes: found('processes'),
    disk,
    identity: { held: ownUsers ? 'kernel' : 'none' },
    freeze,
    egress,
  };
  return { protections, limitsHeld, backend, room };
}

async function roomOf({ home, used }: Surroundings): Promise<LendingView['room']> {
  const { bavail, bsize } = await statfs(home);
  const disk = bavail * bsize + used().diskBytes;
  return {
    cpus: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    diskBytes: Math.floor(disk / DISK_STEP_BYTES) * DISK_STEP_BYTES,
  };
}

/** What a try of a way out says. */
export function egressFinding(probe: WayProbe): Finding {
  if (probe.ok && probe.tried) return { held: 'kernel' };
  if (probe.ok) return { held: 'kernel', detail: text('lending.egress.offline') };
  const { cause, detail } = probe;
  return {
    held: 'none',
    detail: text(`lending.egress.${cause}`, { detail }),
    fixes: [text(`lending.egress.${cause}.fix`)],
  };
}
