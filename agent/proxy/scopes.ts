/**
 * What each scope may ask of the master, whatever the wire: a person's client, a node, an instance. Ids must be the scope's own.
 *
 * | call                                  | person | computer              | partition |
 * | ------------------------------------- | ------ | --------------------- | --------- |
 * | full computer information             | all    | itself                |           |
 * | format, usage, software reports       |        | itself                |           |
 * | supply, rename                        | all    |                       |           |
 * | request                               | as one | as its busy partition | as itself |
 * | register (read a partition)           | all    | its partitions        | itself    |
 * | connection parameters, certificate    |        | its partitions        | itself    |
 * | instance reports                      |        | its partitions        |           |
 * | bang an instance                      | all    | its partitions        | itself    |
 * | bang a computer                       | all    | itself                |           |
 */
import { SlapError } from '../../slap/errors.ts';
import type { PartitionReference, SlapMaster } from '../../slap/master.ts';
import type { Scope } from './capabilities.ts';

/** @param isBusy a partition without an instance asks for nothing: its request would count as a person's (§7.2). */
export function scopedMaster(
  master: SlapMaster,
  scope: Scope,
  isBusy: (partition: PartitionReference) => boolean,
): SlapMaster {
  const isPerson = scope.kind === 'person';
  const isComputer = (computerId: string): boolean =>
    scope.kind === 'computer' && scope.computerId === computerId;
  const isPartition = (partition: PartitionReference): boolean =>
    isComputer(partition.computerId) ||
    (scope.kind === 'partition' &&
      scope.computerId === partition.computerId &&
      scope.partitionId === partition.partitionId);

  return {
    getFullComputerInformation(computerId) {
      permit(isPerson || isComputer(computerId));
      return master.getFullComputerInformation(computerId);
    },
    loadComputerConfiguration(document) {
      permit(isComputer(document.reference));
      return master.loadComputerConfiguration(document);
    },
    supply(url, computerId, state) {
      permit(isPerson);
      return master.supply(url, computerId, state);
    },
    reportSoftware(url, computerId, report) {
      permit(isComputer(computerId));
      return master.reportSoftware(url, computerId, report);
    },
    requestComputerPartition(request) {
      const { requester } = request;
      permit(requester === null ? isPerson : isPartition(requester) && isBusy(requester));
      return master.requestComputerPartition(request);
    },
    registerComputerPartition(partition) {
      permit(isPerson || isPartition(partition));
      return master.registerComputerPartition(partition);
    },
    setConnectionParameters(partition, connection, sharedReference) {
      permit(isPartition(partition));
      return master.setConnectionParameters(partition, connection, sharedReference);
    },
    reportInstance(partition, report) {
      permit(isComputer(partition.computerId));
      return master.reportInstance(partition, report);
    },
    bangInstance(partition, message) {
      permit(isPerson || isPartition(partition));
      return master.bangInstance(partition, message);
    },
    bangComputer(computerId, message) {
      permit(isPerson || isComputer(computerId));
      return master.bangComputer(computerId, message);
    },
    renameInstance(partition, newName) {
      permit(isPerson);
      return master.renameInstance(partition, newName);
    },
    softwareReleasesOfProduct(product) {
      return master.softwareReleasesOfProduct(product);
    },
    getPartitionCertificate(partition) {
      permit(isPartition(partition));
      return master.getPartitionCertificate(partition);
    },
    reportUsage(computerId, usage) {
      permit(isComputer(computerId));
      return master.reportUsage(computerId, usage);
    },
  };
}

function permit(isAllowed: boolean): void {
  if (!isAllowed) throw new SlapError('forbidden', 'This URL does not allow that.');
}
