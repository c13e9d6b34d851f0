/**
 * A stand-in of the agent for tests of what shows it: the real state tree and its stream, a catalogue like the real one, and
 * no software, sandbox or process behind it. Typed from the contract, so it cannot drift; tests move it by hand.
 */
import type {
  AgentService,
  AgentState,
  CatalogueEntry,
  ChangeEvent,
  CheckResult,
  ErrorView,
  InstanceView,
  PartitionView,
  Progress,
  RequestInput,
  RequestResult,
} from '../../agent/api/contract.ts';
import { SlapgridError } from '../../agent/errors.ts';
import { StateStore } from '../../agent/state.ts';

const AT = '2026-11-22T14:00:00.000Z';

export const standInCatalogue: CatalogueEntry[] = [
  {
    url: 'slapgrid:memcached',
    name: 'memcached',
    title: 'Memcached',
    description: 'A fast memory cache, shared by name.',
    category: 'cache',
    types: [
      {
        name: 'default',
        title: 'Memcached',
        parameters: {
          type: 'object',
          properties: {
            memory: {
              type: 'integer',
              title: 'Memory for values',
              'x-unit': 'MB',
              default: 64,
              minimum: 16,
              maximum: 2048,
            },
            connections: {
              type: 'integer',
              title: 'Connections at once',
              default: 256,
              minimum: 16,
              maximum: 4096,
            },
            evict: {
              type: 'boolean',
              title: 'Evict old values when full',
              description: 'Off: writing fails instead.',
              default: true,
            },
          },
          additionalProperties: false,
        },
      },
    ],
  },
  {
    url: 'slapgrid:redis',
    name: 'redis',
    title: 'Redis',
    description: 'Keeps values, lists and queues, on disk too.',
    category: 'cache',
    types: [
      {
        name: 'default',
        title: 'Redis',
        parameters: {
          type: 'object',
          properties: {
            durability: {
              type: 'string',
              title: 'Written to disk',
              enum: ['always', 'every second', 'never'],
              default: 'every second',
            },
          },
        },
      },
    ],
  },
  {
    url: 'slapgrid:postgresql',
    name: 'postgresql',
    title: 'PostgreSQL',
    description: 'The relational database. Password made for you.',
    category: 'database',
    types: [
      {
        name: 'default',
        title: 'PostgreSQL',
        parameters: {
          type: 'object',
          required: ['database'],
          properties: {
            database: {
              type: 'string',
              title: 'Database',
              description: 'Created at the first start.',
              minLength: 1,
              maxLength: 63,
              pattern: '^[a-z][a-z0-9_]*$',
            },
            extensions: {
              type: 'array',
              title: 'Extensions',
              description: 'Made available in the database.',
              items: { type: 'string', minLength: 1 },
              maxItems: 5,
            },
            shared_buffers: {
              type: 'integer',
              title: 'Shared buffers',
              'x-unit': 'MB',
              default: 32,
              minimum: 8,
              maximum: 1024,
            },
          },
        },
      },
    ],
  },
  {
    url: 'slapgrid:nginx',
    name: 'nginx',
    title: 'nginx',
    description: 'Serves files over HTTP.',
    category: 'web-server',
    types: [
      {
        name: 'default',
        title: 'Serve files',
        parameters: {
          type: 'object',
          properties: {
            page: {
              type: 'string',
              title: 'Front page',
              description: 'HTML that is served at “/”.',
              contentMediaType: 'text/html',
            },
          },
        },
      },
      {
        name: 'forward',
        title: 'Forward to another server',
        parameters: {
          type: 'object',
          required: ['target'],
          properties: { target: { type: 'string', title: 'Target', format: 'uri' } },
        },
      },
    ],
  },
];

/** An instance as the tree shows it once it is ready. */
export function readyInstance(over: Partial<InstanceView> = {}): InstanceView {
  return {
    guid: 'SOFTINST-1',
    name: 'cache',
    softwareUrl: 'slapgrid:memcached',
    softwareTitle: 'Memcached',
    softwareType: 'default',
    requestedState: 'started',
    state: 'started',
    progress: null,
    error: null,
    promises: [
      { name: 'port', state: 'kept', message: 'port 11211 answers', checkedAt: AT },
      { name: 'authentication', state: 'kept', message: 'asks for the password', checkedAt: AT },
    ],
    services: [
      {
        name: 'memcached',
        state: 'running',
        pid: 4711,
        restarts: 0,
        nextStartAt: null,
        lastExitStatus: null,
      },
    ],
    parameters: { memory: 64, connections: 256, evict: true },
    connection: [
      { key: 'address', value: '127.64.0.1:11211', secret: false },
      { key: 'user', value: 'slapgrid', secret: false },
      { key: 'password', value: 'k3-Zq8wXbTn', secret: true },
    ],
    changedAt: AT,
    ...over,
  };
}

/** What was asked of the stand-in: the procedure's name and what it was given. */
export type StandInCall = readonly [procedure: string, ...given: unknown[]];

export class StandInAgentService implements AgentService {
  readonly calls: StandInCall[] = [];
  readonly store: StateStore;
  /** What the next call of a procedure fails with. */
  readonly failures = new Map<string, Error>();
  /** How many streams of changes are open. */
  openStreams = 0;
  /** How many events those streams were asked for so far. */
  streamedEvents = 0;
  /** Where the links of {@link createLink} lead; set by a test that serves the page. */
  link: () => { url: string; expiresAt: string } = () => ({ url: 'http://127.0.0.1/', expiresAt: AT });

  constructor(partitions = 10) {
    this.store = new StateStore({
      version: '0.1.0',
      pid: 4242,
      startedAt: AT,
      home: '/var/lib/slapgrid',
      computerId: 'local_computer',
      notices: [],
    });
    for (let number = 0; number < partitions; number += 1) this.store.setPartition(freePartition(number));
  }

  /** Puts an instance into a partition, or empties it. */
  show(partition: number, instance: InstanceView | null): void {
    this.store.setPartition({ ...freePartition(partition), instance });
  }

  /** Changes the instance of a name. */
  change(name: string, over: Partial<InstanceView>): void {
    const partition = this.#partitionOf(name);
    this.store.setPartition({ ...partition, instance: { ...this.#instanceOf(partition), ...over } });
  }

  progress(name: string, progress: Progress): void {
    const installing = ['starting', 'checking'].includes(progress.step) ? 'starting' : 'installing';
    this.change(name, { state: installing, progress });
  }

  fail(name: string, error: ErrorView): void {
    this.change(name, { state: 'failed', error, progress: null });
  }

  state(): AgentState {
    return this.store.snapshot();
  }

  async *changes(options: { lastEventId: string | null; signal: AbortSignal }): AsyncGenerator<ChangeEvent> {
    this.openStreams += 1;
    try {
      for await (const event of this.store.changes(options)) {
        this.streamedEvents += 1;
        yield event;
      }
    } finally {
      this.openStreams -= 1;
    }
  }

  catalogue(): Promise<CatalogueEntry[]> {
    this.#called('catalogue');
    return Promise.resolve(standInCatalogue);
  }

  async request(input: RequestInput): Promise<RequestResult> {
    this.#called('request', input);
    const entry = standInCatalogue.find(({ name, url }) => name === input.software || url === input.software);
    if (entry === undefined) throw new SlapgridError('not-found');
    const free = this.store.snapshot().partitions.find(({ instance }) => instance === null);
    if (free === undefined) throw new SlapgridError('not-found');
    const waiting = readyInstance({
      guid: `SOFTINST-${free.id}`,
      name: input.name,
      softwareUrl: entry.url,
      softwareTitle: entry.title,
      softwareType: input.softwareType,
      state: 'waiting',
      progress: { step: 'waiting', done: 0, total: 0 },
      parameters: input.parameters ?? {},
      promises: [],
      services: [],
      connection: [],
    });
    this.store.setPartition({ ...free, instance: waiting });
    return { partition: free.id, guid: waiting.guid, outcome: 'created', softwareReplaced: false };
  }

  async cancel(name: string): Promise<void> {
    this.#called('cancel', name);
    this.#empty(name);
  }

  async start(name: string): Promise<void> {
    this.#called('start', name);
    this.change(name, { requestedState: 'started', state: 'started', error: null });
  }

  async stop(name: string): Promise<void> {
    this.#called('stop', name);
    this.change(name, { requestedState: 'stopped', state: 'stopped' });
  }

  async destroy(name: string): Promise<void> {
    this.#called('destroy', name);
    this.#empty(name);
  }

  async bang(name: string): Promise<void> {
    this.#called('bang', name);
  }

  async supply(software: string): Promise<{ url: string }> {
    this.#called('supply', software);
    return { url: `slapgrid:${software}` };
  }

  async remove(software: string): Promise<{ url: string }> {
    this.#called('remove', software);
    return { url: `slapgrid:${software}` };
  }

  async stopAll(): Promise<void> {
    this.#called('stopAll');
  }

  async *logs(
    options: Parameters<AgentService['logs']>[0],
  ): AsyncGenerator<{ service: string; line: string }> {
    const { signal, ...given } = options;
    this.#called('logs', given);
    for (let number = 1; number <= options.lines; number += 1) {
      if (signal.aborted) return;
      yield { service: 'memcached', line: `line ${number}` };
    }
  }

  async exportData(name: string, file: string): Promise<{ bytes: number }> {
    this.#called('exportData', name, file);
    return { bytes: 1024 };
  }

  async doctor(): Promise<CheckResult[]> {
    this.#called('doctor');
    return [{ id: 'isolation', title: 'Isolation', passed: true, detail: 'held by the kernel', fixes: [] }];
  }

  async createLink(): Promise<{ url: string; expiresAt: string }> {
    this.#called('createLink');
    return this.link();
  }

  async masterUrl(scope: 'person' | 'computer'): Promise<{ url: string }> {
    this.#called('masterUrl', scope);
    return { url: `http://127.0.0.1:1/slapcap_${scope}` };
  }

  async rotateMasterUrl(): Promise<void> {
    this.#called('rotateMasterUrl');
  }

  async shutdown(): Promise<void> {
    this.#called('shutdown');
  }

  #called(...call: [string, ...unknown[]]): void {
    this.calls.push(call);
    const [procedure] = call;
    const failure = this.failures.get(procedure);
    this.failures.delete(procedure);
    if (failure !== undefined) throw failure;
  }

  #empty(name: string): void {
    this.store.setPartition({ ...this.#partitionOf(name), instance: null });
  }

  #partitionOf(name: string): PartitionView {
    const found = this.store.snapshot().partitions.find(({ instance }) => instance?.name === name);
    if (found === undefined) throw new SlapgridError('not-found');
    return found;
  }

  #instanceOf(partition: PartitionView): InstanceView {
    if (partition.instance === null) throw new SlapgridError('not-found');
    return partition.instance;
  }
}

function freePartition(number: number): PartitionView {
  return { id: `slappart${number}`, address: `127.64.0.${number + 1}`, instance: null };
}
