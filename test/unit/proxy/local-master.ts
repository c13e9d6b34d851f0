/**
 * A local master on a database of its own, with a clock that the test holds.
 */
import { onTestFinished } from 'vitest';
import { Database } from '../../../agent/database.ts';
import type { ProxyChange } from '../../../agent/proxy/changes.ts';
import { LocalProxy } from '../../../agent/proxy/local-proxy.ts';
import { migrate } from '../../../agent/proxy/schema.ts';
import type { InstanceRequest } from '../../../slap/master.ts';

export const COMPUTER = 'local_computer';
export const SOFTWARE = 'http://example.org/software.yaml';

export function place(index: number): { computerId: string; partitionId: string } {
  return { computerId: COMPUTER, partitionId: `slappart${index}` };
}

/** A person's request for an instance, with what the test is about in `changes`. */
export function asking(name: string, changes: Partial<InstanceRequest> = {}): InstanceRequest {
  return {
    name,
    softwareUrl: SOFTWARE,
    softwareType: 'default',
    state: null,
    parameters: {},
    filter: {},
    shared: false,
    requester: null,
    ...changes,
  };
}

export type LocalMaster = {
  proxy: LocalProxy;
  database: Database;
  clock: { now: number };
  /** What was told since the last look. */
  changes: () => ProxyChange[];
  format: (partitions: number, computerId?: string) => void;
};

export function localMaster(options: { partitions?: number } = {}): LocalMaster {
  const database = new Database(':memory:');
  onTestFinished(() => database.close());
  migrate(database, ':memory:');
  const clock = { now: 1_795_354_148_101 };
  const proxy = new LocalProxy({ database, computerId: COMPUTER, clock: () => clock.now });
  const told: ProxyChange[] = [];
  const format = (partitions: number, computerId = COMPUTER): void => {
    proxy.loadComputerConfiguration({
      reference: computerId,
      address: '127.0.0.1',
      netmask: '255.0.0.0',
      partitions: Array.from({ length: partitions }, (_, index) => ({
        reference: `slappart${index}`,
        interfaceName: 'lo',
        addresses: [{ address: `127.64.0.${index + 1}`, netmask: '255.255.255.255' }],
      })),
    });
  };
  format(options.partitions ?? 3);
  proxy.onChange((change) => told.push(change));
  return { proxy, database, clock, changes: () => told.splice(0), format };
}
