/**
 * Node format: the partitions of this computer, their folders, owners and addresses. Idempotent; run at each start.
 *
 * What the agent writes or trusts (`conf`, `request.json`, …) is out of a payload's reach: it belongs to the agent and, for root's
 * agent, is readable to the partition's group alone.
 */
import { chmod, chown, mkdir } from 'node:fs/promises';
import process from 'node:process';
import type { ComputerDocument } from '../../slap/master.ts';
import type { Configuration } from '../configuration.ts';
import { diskError, removeUnfinished } from '../disk.ts';
import { partitionPaths, type PartitionPaths, type Paths } from '../paths.ts';
import type { PartitionIdentity } from '../sandbox/types.ts';
import { partitionAddress } from './addresses.ts';
import type { HostAddress } from './host-address.ts';
import { partitionIdentity } from './identities.ts';

export type PartitionLayout = {
  id: string;
  index: number;
  /** The loopback address its doors listen on. */
  address: string;
  identity: PartitionIdentity;
  paths: PartitionPaths;
};

/**
 * The partitions that `configuration` says there are; touches nothing.
 * @param range those of a master that was joined, which come after this computer's own.
 */
export function partitionLayouts(
  paths: Paths,
  configuration: Pick<Configuration, 'partitionAmount' | 'addressBlock' | 'identityBase'>,
  range = { first: 0, amount: configuration.partitionAmount },
): PartitionLayout[] {
  return Array.from({ length: range.amount }, (_, offset) => {
    const index = range.first + offset;
    return {
      id: `slappart${index}`,
      index,
      address: partitionAddress(configuration.addressBlock, index),
      identity: partitionIdentity(configuration.identityBase, index),
      paths: partitionPaths(paths, `slappart${index}`),
    };
  });
}

/** Makes the folders that hold partitions and runtimes: partition users pass through them, and list nothing. */
export async function prepareInstances(paths: Paths): Promise<void> {
  const root = process.getuid?.() === 0;
  await makeFolder(paths.instances, root ? 0o711 : 0o700);
  await makeFolder(paths.runtime, root ? 0o755 : 0o700);
}

/** Makes a partition's folders, or mends their modes and owners. Leaves what is inside alone, but records that a kill left half written. */
export async function formatPartition(layout: PartitionLayout): Promise<void> {
  const { paths, identity } = layout;
  const ownUser = process.getuid?.() !== 0;
  await makeFolder(paths.root, ownUser ? 0o700 : 0o710, { uid: process.getuid?.() ?? 0, gid: identity.gid });
  await makeFolder(paths.conf, ownUser ? 0o700 : 0o750, { uid: process.getuid?.() ?? 0, gid: identity.gid });
  for (const folder of [paths.data, paths.run, paths.log]) await makeFolder(folder, 0o700, identity);
  await removeUnfinished(paths.root);
}

async function makeFolder(folder: string, mode: number, owner?: PartitionIdentity): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode });
    if (owner !== undefined && process.getuid?.() === 0) await chown(folder, owner.uid, owner.gid);
    await chmod(folder, mode);
  } catch (error) {
    throw diskError(error, folder);
  }
}

/** Addresses besides the loopback's. */
export type ComputerAddresses = {
  /** The computer's own, under which others may reach it. */
  computer: HostAddress | null;
  /** Of IPv4: where doors of all these partitions listen, too. */
  doors: readonly string[];
};

/**
 * What format tells the master (§14.3 of the protocol): the reference, the address of the computer, and the partitions with theirs. Those of
 * a partition are where its doors listen and no others: of the loopback alone, nobody else reaches it, whatever addresses the computer has.
 */
export function computerDocument(
  configuration: Pick<Configuration, 'computerId'>,
  layouts: readonly PartitionLayout[],
  { computer, doors }: ComputerAddresses = { computer: null, doors: [] },
): ComputerDocument {
  return {
    reference: configuration.computerId,
    ...(computer ?? { address: '127.0.0.1', netmask: '255.0.0.0' }),
    partitions: layouts.map((layout) => ({
      reference: layout.id,
      interfaceName: 'lo',
      addresses: [layout.address, ...doors].map((address) => ({ address, netmask: '255.255.255.255' })),
    })),
  };
}
