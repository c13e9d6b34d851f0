/**
 * The SLAP protocol for other programs (`slapgrid-desktop/slap`): ask a master for services, supply software, be a node.
 * `docs/slap-library.md` shows how.
 */
import { createClassicClient } from './classic/client.ts';
import { SlapError } from './errors.ts';
import type { SlapTransport } from './http.ts';
import { createJsonRpcClient, type JsonRpcClient } from './json-rpc/client.ts';
import type {
  ComputerDocument,
  ComputerPartitionRecord,
  ComputerRecord,
  IpPair,
  PartitionReference,
  RequestedState,
  SlapMaster,
  SlapValue,
} from './master.ts';
import { createHttpTransport, type HttpTransportOptions } from './transport.ts';

export { createClassicClient } from './classic/client.ts';
export { SlapError, type SlapErrorCode } from './errors.ts';
export { createHateoasClient, findHateoasUrl, type HateoasClient } from './hateoas/client.ts';
export type { SlapHandler, SlapRequest, SlapResponse, SlapTransport } from './http.ts';
export { createJsonRpcClient, type JsonRpcClient } from './json-rpc/client.ts';
export { readMarshal } from './marshal/read.ts';
export { writeMarshal } from './marshal/write.ts';
export type * from './master.ts';
export { createSlapServer } from './server.ts';
export { createHttpTransport, createLocalTransport, type HttpTransportOptions } from './transport.ts';

export type SlapClientOptions = (HttpTransportOptions | { transport: SlapTransport }) & {
  /** How requests and supplies travel. Default: `classic`, which every master speaks. */
  family?: 'classic' | 'json-rpc';
  /** The partition whose instance asks, so that what it requests are its children; left out by a person's program. Classic only. */
  requester?: PartitionReference;
  userAgent?: string;
};

export type RequestOptions = {
  /** URL of the software release. */
  software: string;
  /** The same name again is the same instance. */
  name: string;
  /** Default: `default`. */
  type?: string;
  parameters?: Readonly<Record<string, unknown>>;
  /** `json-in-xml`: the parameters travel as one JSON text, so that they keep their kinds. Default: `xml`, where all are texts. */
  serialisation?: 'xml' | 'json-in-xml';
  /** Default: as it is, and a new one starts; in the JSON-RPC family `started`. */
  state?: RequestedState;
  shared?: boolean;
  /** Where: `{ computer_guid: … }` and other filters of the master. */
  node?: Readonly<Record<string, string>>;
};

/** An instance, as its request is answered. */
export type Instance = {
  name: string;
  /** Empty for a shared instance in the classic family. */
  guid: string;
  state: string;
  software: string;
  type: string;
  shared: boolean;
  computer: string;
  partition: string;
  parameters: Readonly<Record<string, unknown>>;
  /** What the instance published: empty until it is ready. One JSON text (`_`) is read. */
  connection: Readonly<Record<string, unknown>>;
  addresses: readonly IpPair[];
};

export interface SlapClient {
  /** Asks for an instance, or changes it. @throws SlapError, `not-ready` when the master wants to be asked again. */
  request(options: RequestOptions): Promise<Instance>;
  /** Asks again until the instance published something. @throws SlapError `not-ready` when the time is over. */
  requestUntilReady(
    options: RequestOptions,
    waiting?: { timeoutMilliseconds?: number; intervalMilliseconds?: number; signal?: AbortSignal },
  ): Promise<Instance>;
  /** Has software installed on a computer. */
  supply(software: string, computer: string): Promise<void>;
  /** Has it removed. */
  remove(software: string, computer: string): Promise<void>;
  /** URLs of a product, best first. */
  product(name: string): Promise<readonly string[]>;
  computer(id: string): Computer;
}

/** What a node tells of its computer and is told about it; always in the classic family. */
export interface Computer {
  readonly id: string;
  information(): Promise<ComputerRecord>;
  format(document: Omit<ComputerDocument, 'reference'>): Promise<void>;
  bang(message: string): Promise<void>;
  softwareReport(
    software: string,
    report: { state: 'building' | 'available' | 'destroyed' } | { state: 'error'; log: string },
  ): Promise<void>;
  partition(id: string): Partition;
}

export interface Partition {
  readonly id: string;
  information(): Promise<ComputerPartitionRecord>;
  /** Replaces what the instance publishes, or a shared instance that it has. */
  publish(connection: Readonly<Record<string, SlapValue>>, sharedReference?: string): Promise<void>;
  report(
    report: { state: 'started' | 'stopped' | 'destroyed' } | { state: 'error'; log: string },
  ): Promise<void>;
  bang(message: string): Promise<void>;
  rename(name: string): Promise<void>;
}

const WAIT_MILLISECONDS = 10 * 60_000;
const INTERVAL_MILLISECONDS = 1000;

/** @throws TypeError when `url` is not an http or https URL, or the options contradict each other. */
export function createSlapClient(options: SlapClientOptions): SlapClient {
  const transport = 'transport' in options ? options.transport : createHttpTransport(options);
  const carried = {
    transport,
    ...(options.userAgent === undefined ? {} : { userAgent: options.userAgent }),
  };
  const master = createClassicClient(carried);
  const requester = options.requester ?? null;
  if (requester !== null && options.family === 'json-rpc') {
    throw new TypeError('who requests can be told in the classic family only');
  }
  const ways =
    options.family === 'json-rpc'
      ? overJsonRpc(createJsonRpcClient(carried))
      : overClassic(master, requester);
  return {
    ...ways,
    async requestUntilReady(request, waiting = {}) {
      const deadline = performance.now() + (waiting.timeoutMilliseconds ?? WAIT_MILLISECONDS);
      for (;;) {
        waiting.signal?.throwIfAborted();
        const instance = await unlessNotReady(ways.request(request));
        if (instance !== null && Object.keys(instance.connection).length > 0) return instance;
        if (performance.now() > deadline) {
          throw new SlapError('not-ready', `${request.name} published nothing in time`);
        }
        await pause(waiting.intervalMilliseconds ?? INTERVAL_MILLISECONDS, waiting.signal);
      }
    },
    async product(name) {
      return master.softwareReleasesOfProduct(name);
    },
    computer: (id) => computerOf(master, id),
  };
}

type Ways = Pick<SlapClient, 'request' | 'supply' | 'remove'>;

function overClassic(master: SlapMaster, requester: PartitionReference | null): Ways {
  return {
    async request(request) {
      const answer = await master.requestComputerPartition({
        softwareUrl: request.software,
        softwareType: request.type ?? 'default',
        name: request.name,
        state: request.state ?? null,
        parameters: sent(request),
        filter: request.node ?? {},
        shared: request.shared ?? false,
        requester,
      });
      return {
        name: request.name,
        guid: answer.guid,
        state: answer.requestedState,
        software: answer.softwareUrl,
        type: answer.softwareType,
        shared: answer.shared,
        computer: answer.computerId,
        partition: answer.partitionId,
        parameters: unwrapped(answer.parameters),
        connection: unwrapped(answer.connection),
        addresses: answer.ipList,
      };
    },
    async supply(software, computer) {
      await master.supply(software, computer, 'available');
    },
    async remove(software, computer) {
      await master.supply(software, computer, 'destroyed');
    },
  };
}

function overJsonRpc(client: JsonRpcClient): Ways {
  const supply = async (
    software: string,
    computer: string,
    state: 'available' | 'destroyed',
  ): Promise<void> => {
    await client.call('slapos.post.v0.software_installation', {
      software_release_uri: software,
      computer_guid: computer,
      state,
    });
  };
  return {
    async request(request) {
      const answer = await client.call('slapos.post.v0.software_instance', {
        title: request.name,
        software_release_uri: request.software,
        software_type: request.type ?? 'default',
        parameters: sent(request),
        shared: request.shared ?? false,
        sla_parameters: { ...request.node },
        ...(request.state === undefined ? {} : { state: request.state }),
      });
      if (!('software_release_uri' in answer)) {
        throw new SlapError('not-ready', `${request.name} is not allocated yet`);
      }
      return {
        name: answer.title,
        guid: answer.instance_guid,
        state: answer.state,
        software: answer.software_release_uri,
        type: answer.software_type,
        shared: answer.shared,
        computer: answer.computer_guid,
        partition: answer.compute_partition_id,
        parameters: unwrapped(answer.parameters),
        connection: unwrapped(answer.connection_parameters),
        addresses: answer.ip_list.map(([name = '', address = '']): IpPair => [name, address]),
      };
    },
    supply: (software, computer) => supply(software, computer, 'available'),
    remove: (software, computer) => supply(software, computer, 'destroyed'),
  };
}

function computerOf(master: SlapMaster, id: string): Computer {
  return {
    id,
    async information() {
      return master.getFullComputerInformation(id);
    },
    async format(document) {
      await master.loadComputerConfiguration({ ...document, reference: id });
    },
    async bang(message) {
      await master.bangComputer(id, message);
    },
    async softwareReport(software, report) {
      await master.reportSoftware(software, id, report);
    },
    partition: (partitionId) => partitionOf(master, { computerId: id, partitionId }),
  };
}

function partitionOf(master: SlapMaster, partition: PartitionReference): Partition {
  return {
    id: partition.partitionId,
    async information() {
      return master.registerComputerPartition(partition);
    },
    async publish(connection, sharedReference) {
      await master.setConnectionParameters(partition, connection, sharedReference ?? null);
    },
    async report(report) {
      await master.reportInstance(partition, report);
    },
    async bang(message) {
      await master.bangInstance(partition, message);
    },
    async rename(name) {
      await master.renameInstance(partition, name);
    },
  };
}

/** The parameters as they travel (§13.3). */
function sent({ parameters = {}, serialisation }: RequestOptions): Record<string, SlapValue> {
  if (serialisation === 'json-in-xml') return { _: JSON.stringify(parameters) };
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      name,
      typeof value === 'string' || value === null ? value : JSON.stringify(value),
    ]),
  );
}

/** A lone `_` holds JSON. */
function unwrapped(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { _: text, ...others } = given;
  if (typeof text !== 'string' || Object.keys(others).length > 0) return given;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : given;
  } catch {
    return given;
  }
}

async function unlessNotReady(request: Promise<Instance>): Promise<Instance | null> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof SlapError && error.code === 'not-ready') return null;
    throw error;
  }
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = (): void => {
    clearTimeout(timer);
    reject(signal?.reason instanceof Error ? signal.reason : new DOMException('', 'AbortError'));
  };
  const timer = setTimeout(() => {
    signal?.removeEventListener('abort', stop);
    resolve();
  }, milliseconds);
  signal?.addEventListener('abort', stop, { once: true });
  return promise;
}
