/** What the answers of a master about one partition mean for it. Pure. */
import type { ComputerPartitionRecord, RequestedState } from '../../slap/master.ts';
import { SlapgridError } from '../errors.ts';
import { isBusy, requestedState, type BusyTarget } from './instance-view.ts';

/** Neither stopped, destroyed nor free. */
export function wantsToRun(target: ComputerPartitionRecord): boolean {
  return isBusy(target) && requestedState(target.requestedState) === 'started';
}

/** Whether processing `after` would do nothing that processing `before` did not. Publication does not count. */
export function sameTarget(before: ComputerPartitionRecord, after: ComputerPartitionRecord): boolean {
  return (
    before.instanceGuid === after.instanceGuid &&
    before.software?.url === after.software?.url &&
    before.requestedState === after.requestedState &&
    before.timestamp === after.timestamp
  );
}

/** Whether people would see the same of both, as far as the master tells it. */
export function looksAlike(before: ComputerPartitionRecord, after: ComputerPartitionRecord): boolean {
  return visibleText(before) === visibleText(after);
}

function visibleText(record: ComputerPartitionRecord): string {
  const { instanceGuid, instanceTitle, softwareType, parameters, connection } = record;
  return JSON.stringify([instanceGuid, instanceTitle, softwareType, parameters, connection]);
}

/** Those of the tree below `target` that are on this computer; none when it is not the root. */
export function childrenOf(
  target: BusyTarget,
  partitions: readonly ComputerPartitionRecord[],
): ComputerPartitionRecord[] {
  if (target.instanceTitle !== target.rootInstanceTitle) return [];
  return partitions.filter(
    (other) =>
      isBusy(other) &&
      other.partitionId !== target.partitionId &&
      other.rootInstanceTitle === target.rootInstanceTitle &&
      other.instanceTitle !== other.rootInstanceTitle,
  );
}

/** @throws SlapgridError `unknown-state`: what nobody understands starts, stops and above all destroys nothing. */
export function knownState(target: BusyTarget): RequestedState {
  switch (target.requestedState) {
    case 'started':
    case 'stopped':
    case 'destroyed':
      return target.requestedState;
    default:
      throw new SlapgridError('unknown-state', { name: target.instanceTitle, state: target.requestedState });
  }
}
