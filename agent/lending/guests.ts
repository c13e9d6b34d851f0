/** What is hosted for others now, and what all of it takes. */
import type { LendingView } from '../api/contract-lending.ts';
import type { AgentState, PartitionView } from '../api/contract.ts';
import type { CountedUse } from '../limits/counted-use.ts';

/** A partition with an instance that is not the person's own. */
export function isGuest({ instance }: PartitionView): boolean {
  return instance !== null && instance.owner.kind === 'other';
}

/** @param counted what usage does not tell. */
export function usedByGuests({ partitions, usage }: AgentState, counted: CountedUse): LendingView['used'] {
  const guests = partitions.filter(isGuest);
  const used = { cpus: 0, memoryBytes: 0, diskBytes: 0, processes: 0, partitions: guests.length, ...counted };
  for (const { id } of guests) {
    const one = usage[id];
    if (one === undefined) continue;
    used.cpus += one.cpu;
    used.memoryBytes += one.memoryBytes;
    used.diskBytes += one.diskBytes ?? 0;
    used.processes += one.processes;
  }
  used.cpus = Math.round(used.cpus * 100) / 100;
  return used;
}
