/**
 * Whether what a master says can be believed, before anything is done for it.
 */
import type { ComputerRecord } from '../../slap/master.ts';
import { SlapgridError } from '../errors.ts';

/** @throws SlapgridError `hosting-other-computer`, `hosting-twice`. */
export function checkAnswer(computer: ComputerRecord, computerId: string, master: string): void {
  const others = [computer.computerId, ...computer.partitions.map((each) => each.computerId)];
  const other = others.find((id) => id !== computerId);
  if (other !== undefined) throw new SlapgridError('hosting-other-computer', { master, computerId, other });
  const seen = new Set<string>();
  for (const { partitionId } of computer.partitions) {
    if (seen.has(partitionId)) throw new SlapgridError('hosting-twice', { master, partition: partitionId });
    seen.add(partitionId);
  }
}
