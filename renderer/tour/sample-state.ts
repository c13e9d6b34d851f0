/**
 * What the tour begins with: a laptop with ten partitions, four of them in use.
 */
import type {
  AgentState,
  CatalogueEntry,
  InstanceView,
  MasterView,
  PartitionView,
  Settings,
  SoftwareView,
  Usage,
} from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { CONTRACT_VERSION } from '../state/version.ts';
import { sampleConditions } from './sample-conditions.ts';
import { sampleLending } from './sample-lending.ts';

const PARTITIONS = 10;
const PORTS: Readonly<Record<string, number>> = {
  memcached: 11_211,
  nginx: 8080,
  postgresql: 5432,
  redis: 6379,
};

/** Partition → what lives there. */
const RESIDENTS: readonly [number: number, name: string, software: string, state: 'started' | 'stopped'][] = [
  [0, 'notes-db', 'postgresql', 'started'],
  [2, 'cache', 'memcached', 'started'],
  [4, 'club-site', 'nginx', 'started'],
  [7, 'job-queue', 'redis', 'stopped'],
];

/** What was hosted before the mode was set to Local: a visitor sees it by switching to Shared. */
const HOSTED: readonly [name: string, software: string, person: string][] = [
  ['choir-site', 'nginx', 'Ana'],
  ['choir-db', 'postgresql', 'Ana'],
  ['job-runner', 'redis', 'Lucas'],
];
const MASTER = 'sample';
const HOSTED_PARTITIONS = 5;

function sampleMaster(now: number): MasterView {
  return {
    id: MASTER,
    title: 'slap.neighbours.example',
    url: 'https://slap.neighbours.example/',
    webUrl: 'https://panel.neighbours.example/',
    computerName: 'laptop',
    computerId: 'COMP-1',
    joinedAt: new Date(now - 30 * 86_400_000).toISOString(),
    state: 'paused',
    error: null,
    answeredAt: new Date(now - 3_600_000).toISOString(),
    nextTryAt: null,
    certificateExpiresAt: new Date(now + 335 * 86_400_000).toISOString(),
    partitionAmount: HOSTED_PARTITIONS,
    reportsWaiting: 1,
  };
}

function hostedPartitions(catalogue: readonly CatalogueEntry[], now: number): PartitionView[] {
  return Array.from({ length: HOSTED_PARTITIONS }, (_, place) => {
    const partition = { ...freePartition(PARTITIONS + place), master: MASTER };
    const [name = '', software = '', person = ''] = HOSTED[place] ?? [];
    const entry = catalogue.find((each) => each.name === software);
    if (entry === undefined) return partition;
    const instance = readyInstance(partition, name, entry, now - 2 * 86_400_000);
    const owner = { kind: 'other' as const, name: person };
    // Its master still wants it: it starts again when the mode is Shared.
    return {
      ...partition,
      instance: { ...instance, ...stopped(instance), requestedState: 'started' as const, owner },
    };
  });
}

export function sampleState(catalogue: readonly CatalogueEntry[], now: number): AgentState {
  const partitions = Array.from({ length: PARTITIONS }, (_, number) => freePartition(number));
  for (const [number, name, software, state] of RESIDENTS) {
    const entry = catalogue.find((each) => each.name === software);
    const partition = partitions[number];
    if (entry === undefined || partition === undefined) continue;
    const instance = readyInstance(partition, name, entry, now - 6 * 86_400_000);
    partition.instance = { ...instance, ...(state === 'stopped' ? stopped(instance) : {}) };
  }
  partitions.push(...hostedPartitions(catalogue, now));
  return {
    revision: 0,
    agent: {
      version: '0',
      contractVersion: CONTRACT_VERSION,
      pid: 1,
      startedAt: new Date(now).toISOString(),
      home: HOME,
      computerId: 'local_computer',
      computer: { cpus: 8, memoryBytes: 16e9 },
      mode: 'local',
      firstRunDone: true,
      notifications: { ready: true, failed: true, dying: true, problem: true, master: true, update: true },
      notices: [],
    },
    masters: [sampleMaster(now)],
    lending: sampleLending(),
    conditions: sampleConditions(now),
    software: catalogue
      .filter(({ name }) => RESIDENTS.some((resident) => resident[2] === name))
      .map(installed),
    partitions,
    usage: sampleUsage(partitions, now),
  };
}

const HOME = '~/.local/share/slapgrid';

export function sampleSettings(): Settings {
  return {
    dataFolder: HOME,
    freeBytes: 212_000_000_000,
    startAtLogin: { supported: true, enabled: false, detail: text('page.tour.start-at-login') },
    lingering: { supported: false, enabled: false, decided: false, detail: '' },
    secrets: { kind: 'file', detail: text('page.tour.secrets') },
    version: '0',
    firstRunDone: true,
    partitionAmount: PARTITIONS,
  };
}

export function installed({ url, title, bytesToDownload }: CatalogueEntry): SoftwareView {
  return {
    url,
    title,
    requestedState: 'available',
    state: 'available',
    progress: null,
    error: null,
    bytes: 3 * (bytesToDownload ?? 0),
  };
}

function freePartition(number: number): PartitionView {
  return { id: `slappart${number}`, master: 'local', address: `127.64.0.${number + 1}`, instance: null };
}

export function readyInstance(
  { id, address }: PartitionView,
  name: string,
  { name: software, url, title }: CatalogueEntry,
  at: number,
): InstanceView {
  const time = new Date(at).toISOString();
  const port = PORTS[software] ?? 80;
  const where = `${address}:${port}`;
  const web = software === 'nginx';
  return {
    guid: `SOFTINST-${id}-${at}`,
    name,
    owner: { kind: 'me', name: text('page.overview.you') },
    softwareUrl: url,
    softwareTitle: title,
    softwareType: 'default',
    requestedState: 'started',
    state: 'started',
    progress: null,
    error: null,
    promises: [
      { name: 'answers', state: 'kept', message: text('page.tour.promise', { port }), checkedAt: time },
    ],
    services: [
      {
        name: software,
        state: 'running',
        pid: 4000 + port,
        restarts: 0,
        nextStartAt: null,
        lastExitStatus: null,
      },
    ],
    parameters: {},
    connection: [
      { key: web ? 'url' : 'address', value: web ? `http://${where}/` : where, secret: false },
      ...(web ? [] : [{ key: 'password', value: 'sample-password', secret: true }]),
    ],
    changedAt: time,
  };
}

/** What differs when it is stopped. */
export function stopped({ services }: InstanceView): Partial<InstanceView> {
  return {
    requestedState: 'stopped',
    state: 'stopped',
    progress: null,
    services: services.map((service) => ({ ...service, state: 'stopped' as const, pid: null })),
  };
}

export function sampleUsage(partitions: readonly PartitionView[], now: number): Record<string, Usage> {
  const used = partitions.flatMap(({ id, instance }) => (instance === null ? [] : [{ id, instance }]));
  return Object.fromEntries(
    used.map(({ id, instance }) => [id, usageOf(id, instance.state === 'started', now)]),
  );
}

/** Believable, and the same for the same moment: a slow swell with bursts on it. */
export function usageOf(id: string, running: boolean, now: number): Usage {
  const seed = Number(id.replaceAll(/\D/gu, '')) + 1;
  const diskBytes = 1e6 * (12 + ((seed * 97) % 500));
  if (!running) return { cpu: 0, memoryBytes: 0, diskBytes, processes: 0 };
  const seconds = now / 1000 + seed * 61;
  const burst = Math.max(0, Math.sin(seconds / 29) * Math.sin(seconds / 11)) ** 2;
  return {
    cpu: Math.round(100 * (0.01 + (0.05 + seed / 40) * burst)) / 100,
    memoryBytes: 1e5 * Math.round(10 * (20 + seed * 14 + 6 * burst)),
    diskBytes,
    processes: 4 + seed,
  };
}
