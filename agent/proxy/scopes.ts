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
 * | list computers                        | all    |                       |           |
 * | read a computer, its software         | all    | itself                |           |
 * | list and read instances               | all    | in its partitions     | its tree  |
 * | a computer's certificate              |        | itself                |           |
 *
 * A shared instance counts as in its host's partition, and as in the tree that asked for it.
 */
import { SlapError } from '../../slap/errors.ts';
import type { InstanceQuery, InstanceRecord, PartitionReference, ServedMaster } from '../../slap/master.ts';
import type { Scope } from './capabilities.ts';

/**
 * @param rootOf name of the root of the tree whose instance is in a partition. null: it has none, so it asks for nothing, because
 * its request would count as a person's (§7.2).
 * @param request where requests go that are allowed; left out: to `master`.
 */
export function scopedMaster(
  master: ServedMaster,
  scope: Scope,
  rootOf: (partition: PartitionReference) => string | null,
  request: ServedMaster['requestComputerPartition'] = (asked) => master.requestComputerPartition(asked),
): ServedMaster {
  const isPerson = scope.kind === 'person';
  const isComputer = (computerId: string): boolean =>
    scope.kind === 'computer' && scope.computerId === computerId;
  const isPartition = (partition: PartitionReference): boolean =>
    isComputer(partition.computerId) ||
    (scope.kind === 'partition' &&
      scope.computerId === partition.computerId &&
      scope.partitionId === partition.partitionId);

  const isInOwnTree = (instance: InstanceRecord): boolean =>
    scope.kind === 'partition' && rootOf(scope) === treeOf(instance);
  const maySee = (instance: InstanceRecord): boolean =>
    isPerson || isPartition(instance) || isInOwnTree(instance);
  const mayList = (query: InstanceQuery): boolean => {
    switch (query.of) {
      case 'computer':
        return isPerson || isComputer(query.computerId);
      case 'host':
        return isPerson || isPartition(query.partition);
      case 'tree':
        return isPerson || (scope.kind === 'partition' && rootOf(scope) === query.root);
      default:
        return isPerson;
    }
  };
  /** What `all` is to who asks. */
  const narrowed = (query: InstanceQuery): InstanceQuery => {
    if (query.of !== 'all' || isPerson) return query;
    if (scope.kind === 'computer') return { of: 'computer', computerId: scope.computerId };
    const root = scope.kind === 'partition' ? rootOf(scope) : null;
    permit(root !== null);
    return { of: 'tree', root: root ?? '' };
  };

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
    requestComputerPartition(asked) {
      const { requester } = asked;
      permit(requester === null ? isPerson : isPartition(requester) && rootOf(requester) !== null);
      return request(asked);
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
    listComputers() {
      permit(isPerson);
      return master.listComputers();
    },
    getComputer(computerId) {
      permit(isPerson || isComputer(computerId));
      return master.getComputer(computerId);
    },
    listSoftware(computerId) {
      permit(isPerson || isComputer(computerId));
      return master.listSoftware(computerId);
    },
    listInstances(query) {
      const own = narrowed(query);
      permit(mayList(own));
      return master.listInstances(own);
    },
    async getInstance(guid) {
      const instance = await master.getInstance(guid);
      permit(maySee(instance));
      return instance;
    },
    async getInstanceOfPartition(partition) {
      permit(isPerson || isPartition(partition));
      return master.getInstanceOfPartition(partition);
    },
    getComputerStatus(computerId) {
      permit(isPerson || isComputer(computerId));
      return master.getComputerStatus(computerId);
    },
    generateComputerCertificate(computerId) {
      permit(isComputer(computerId));
      return master.generateComputerCertificate(computerId);
    },
    revokeComputerCertificate(computerId) {
      permit(isComputer(computerId));
      return master.revokeComputerCertificate(computerId);
    },
  };
}

/** A shared instance that a person asked for is in no tree, whatever its name. */
function treeOf(instance: InstanceRecord): string | undefined {
  if (instance.requestedBy !== '') return instance.requestedBy;
  return instance.shared ? undefined : instance.name;
}

function permit(isAllowed: boolean): void {
  if (!isAllowed) throw new SlapError('forbidden', 'This URL does not allow that.');
}
