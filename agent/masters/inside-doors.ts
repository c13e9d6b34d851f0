/**
 * A joined master as the instances that it has here reach it from inside their partitions: a Unix socket and a capability for each. What
 * comes in by it is asked of the master over a way of the partition's own, so that no instance takes the way of another, or the node's.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { Server } from 'node:http';
import path from 'node:path';
import type { SlapHandler, SlapTransport } from '../../slap/http.ts';
import { InstanceRecords } from '../grid/instance-record.ts';
import type { InsideMaster } from '../grid/tools.ts';
import type { PartitionLayout } from '../node/format.ts';
import { newCapability } from '../proxy/capabilities.ts';
import { endServer, INSIDE_HOST, INSIDE_PORT, openInside } from '../proxy/door.ts';
import type { Rate } from '../proxy/token-bucket.ts';
import { instanceCalls } from './instance-calls.ts';

export type InsideDoorsOptions = {
  /** What this computer is called there. */
  computerId: string;
  /** How the master is called. */
  master: string;
  /** A new way to the master. */
  transport: () => SlapTransport;
  /** References of the shared instances that the instance of a partition hosts. */
  hosted: (partitionId: string) => readonly string[];
  onFault: (error: unknown) => void;
};

/** Of one instance: a large tree is asked for at once, and the master is somebody else's. */
const RATE: Rate = { atOnce: 300, perSecond: 3 };

export class InsideDoors {
  readonly #options: InsideDoorsOptions;
  readonly #servers = new Map<string, Promise<Server>>();

  constructor(options: InsideDoorsOptions) {
    this.#options = options;
  }

  /** Lets the instance that is in a partition reach its master. Idempotent. */
  async open(layout: PartitionLayout): Promise<InsideMaster> {
    const socket = path.join(layout.paths.root, 'slap.sock');
    const records = new InstanceRecords(layout.paths);
    const capability = await keptCapability(records);
    let opened = this.#servers.get(layout.id);
    if (opened === undefined) {
      const { onFault } = this.#options;
      const handler = this.#handler(layout.id);
      opened = openInside(socket, layout.identity, {
        handlerOf: async (presented) => ((await isCapability(presented, records)) ? handler : null),
        rate: RATE,
        onFault,
      });
      this.#servers.set(layout.id, opened);
      opened.catch(() => this.#servers.delete(layout.id));
    }
    await opened;
    return { url: `http://${INSIDE_HOST}/${capability}/`, port: INSIDE_PORT, socket };
  }

  async close(): Promise<void> {
    const servers = [...this.#servers.values()];
    this.#servers.clear();
    await Promise.all(servers.map(async (server) => endServer(await server)));
  }

  #handler(partitionId: string): SlapHandler {
    const { computerId, master, transport, hosted } = this.#options;
    let way: SlapTransport | undefined;
    return instanceCalls({
      partition: { computerId, partitionId },
      master,
      // Only when it is used: with many authorities it takes a while to make.
      transport: (request) => (way ??= transport())(request),
      hosted: () => hosted(partitionId),
    });
  }
}

/** Beside the secrets of the instance, because it ends with it; no profile can give a secret such a name. */
const KEPT_AS = '.slap';

async function keptCapability(records: InstanceRecords): Promise<string> {
  const secrets = await records.readSecrets();
  const known = secrets[KEPT_AS];
  if (known !== undefined) return known;
  const capability = newCapability();
  await records.writeSecrets({ ...secrets, [KEPT_AS]: capability });
  return capability;
}

/** Whether it is the one of the instance that is there now. */
async function isCapability(presented: string, records: InstanceRecords): Promise<boolean> {
  const known = (await records.readSecrets())[KEPT_AS];
  return (
    known !== undefined &&
    timingSafeEqual(hash('sha256', presented, 'buffer'), hash('sha256', known, 'buffer'))
  );
}
