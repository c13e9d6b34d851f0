/**
 * Computers to be pictured: what runs on them, for whom, and how it is.
 */
import type { InstanceView } from '../../agent/api/contract.ts';
import { readyInstance, standInMaster, StandInAgentService } from '../fakes/agent-service.ts';
import { NOW, now } from './scene.ts';

export const LONG_NAME = `sessions-of-the-shop-${'that-has-a-rather-long-name-'.repeat(6)}7`;

export const LONG_WORD = 'Donaudampfschifffahrtsgesellschaftskapitän'.repeat(3);

export function empty(): StandInAgentService {
  return new StandInAgentService(10, now);
}

const notes: Partial<InstanceView> = {
  guid: 'SOFTINST-4',
  name: 'notes-db',
  softwareUrl: 'slapgrid:postgresql',
  softwareTitle: 'PostgreSQL',
  parameters: { database: 'notes', extensions: ['pg_trgm', 'unaccent'] },
  promises: [
    { name: 'port', state: 'kept', message: 'port 5432 answers', checkedAt: NOW },
    { name: 'query', state: 'kept', message: 'answers a query', checkedAt: NOW },
  ],
  services: [
    { name: 'postgres', state: 'running', pid: 4811, restarts: 0, nextStartAt: null, lastExitStatus: null },
  ],
  connection: [
    { key: 'url', value: 'postgresql://127.64.0.4:5432/notes', secret: false },
    { key: 'user', value: 'notes', secret: false },
    { key: 'password', value: 'mV7-qkQz2LpR', secret: true },
  ],
  changedAt: '2026-11-16T09:12:00.000Z',
};

const site: Partial<InstanceView> = {
  guid: 'SOFTINST-6',
  name: 'club-site',
  softwareUrl: 'slapgrid:nginx',
  softwareTitle: 'nginx',
  parameters: {},
  promises: [{ name: 'page', state: 'kept', message: 'the front page answers', checkedAt: NOW }],
  services: [
    { name: 'nginx', state: 'running', pid: 4911, restarts: 0, nextStartAt: null, lastExitStatus: null },
  ],
  connection: [{ key: 'url', value: 'http://127.64.0.6:8080/', secret: false }],
  changedAt: '2026-11-21T18:40:00.000Z',
};

const NOT_YET: Partial<InstanceView> = { connection: [], promises: [], services: [] };

export function running(): StandInAgentService {
  const service = empty();
  service.show(0, readyInstance());
  service.show(3, readyInstance(notes));
  service.show(5, readyInstance(site));
  service.write('cache', 'memcached', 'listening on 127.64.0.1:11211', 'authentication is on');
  service.write(
    'notes-db',
    'postgres',
    'starting PostgreSQL 17.6 on x86_64-pc-linux-gnu',
    'listening on IPv4 address "127.64.0.4", port 5432',
    'database system was shut down at 2026-11-16 09:11:58 UTC',
    'database system is ready to accept connections',
    'checkpoint starting: time',
    'checkpoint complete: wrote 41 buffers (1.0 %); write=4.012 s, sync=0.003 s, total=4.031 s',
    'ERROR:  relation "note" does not exist at character 15',
    'STATEMENT:  select * from note',
  );
  service.moveUsage(now());
  return service;
}

/** One service in each state that looks different. */
export function busy(): StandInAgentService {
  const service = running();
  service.show(
    1,
    readyInstance({
      guid: 'SOFTINST-2',
      name: 'job-queue',
      softwareUrl: 'slapgrid:redis',
      softwareTitle: 'Redis',
      state: 'stopped',
      requestedState: 'stopped',
      parameters: {},
      connection: [{ key: 'url', value: 'redis://127.64.0.2:6379', secret: false }],
    }),
  );
  service.show(
    2,
    readyInstance({
      ...NOT_YET,
      guid: 'SOFTINST-3',
      name: 'photos-db',
      softwareUrl: 'slapgrid:postgresql',
      softwareTitle: 'PostgreSQL',
      state: 'installing',
      parameters: { database: 'photos' },
      progress: { step: 'downloading', done: 41e6, total: 58e6, bytesPerSecond: 4.2e6 },
    }),
  );
  service.show(
    6,
    readyInstance({
      ...NOT_YET,
      guid: 'SOFTINST-7',
      name: 'family-site',
      softwareUrl: 'slapgrid:nginx',
      softwareTitle: 'nginx',
      state: 'failed',
      parameters: {},
      error: {
        code: 'no-package-source',
        sentence: 'None of this computer’s package sources answers. What is installed keeps working.',
        nextStep: 'Look at the network, then try again.',
      },
    }),
  );
  service.show(
    8,
    readyInstance({
      guid: 'SOFTINST-9',
      name: 'thumbnails',
      softwareUrl: 'slapgrid:memcached',
      state: 'restarting',
      promises: [
        { name: 'port', state: 'failed', message: 'nothing listens on port 11211', checkedAt: NOW },
        { name: 'authentication', state: 'unknown', message: '', checkedAt: null },
      ],
      services: [
        {
          name: 'memcached',
          state: 'restarting',
          pid: null,
          restarts: 4,
          nextStartAt: '2026-11-22T14:00:08.000Z',
          lastExitStatus: 71,
        },
      ],
    }),
  );
  service.moveUsage(now());
  return service;
}

export function longNames(): StandInAgentService {
  const service = empty();
  service.show(0, readyInstance({ name: LONG_NAME, softwareTitle: LONG_WORD }));
  service.show(1, readyInstance({ guid: 'SOFTINST-2', name: LONG_WORD }));
  service.show(2, readyInstance({ guid: 'SOFTINST-3', name: '<b onclick="alert(1)">&amp; שלום עולם</b>' }));
  service.fail(LONG_WORD, { code: 'x', sentence: `${LONG_WORD} could not be read.`, nextStep: LONG_WORD });
  service.moveUsage(now());
  return service;
}

export function newcomer(): StandInAgentService {
  const service = empty();
  service.shownSettings = { ...service.shownSettings, firstRunDone: false };
  return service;
}

const queue: Partial<InstanceView> = {
  guid: 'SOFTINST-12',
  name: 'job-queue',
  softwareUrl: 'slapgrid:redis',
  softwareTitle: 'Redis',
  owner: { kind: 'other', name: 'Lucas' },
  parameters: {},
};

/** Own services, and three for two people of a master. */
export function hosting(over: Parameters<typeof standInMaster>[0] = {}): StandInAgentService {
  const service = running();
  const ana = { owner: { kind: 'other', name: 'Ana' } } as const;
  const master = standInMaster({
    title: 'slap.neighbours.example',
    partitionAmount: 6,
    answeredAt: NOW,
    ...over,
  });
  service.join(
    master,
    { ...site, ...ana, guid: 'SOFTINST-10', name: 'choir-site' },
    { ...notes, ...ana, guid: 'SOFTINST-11', name: 'choir-db' },
    queue,
  );
  service.moveUsage(now());
  return service;
}

export const SILENT = {
  state: 'failing',
  answeredAt: '2026-11-22T13:48:00.000Z',
  nextTryAt: '2026-11-22T14:00:40.000Z',
  reportsWaiting: 2,
  error: {
    code: 'master-unreachable',
    sentence: 'slap.neighbours.example does not answer.',
    nextStep: 'What runs keeps running; it is asked again by itself.',
  },
} as const;

export function local(): StandInAgentService {
  const service = hosting({ state: 'paused' });
  service.store.setMode('local');
  for (const name of ['choir-site', 'choir-db', 'job-queue'])
    service.change(name, { state: 'stopped', requestedState: 'started' });
  service.moveUsage(now());
  return service;
}

/** On battery, and busy: what is hosted is frozen. */
export function paused(): StandInAgentService {
  const service = hosting();
  const facts = service.store.conditions.facts.map((fact) => {
    if (fact.condition === 'battery') return { ...fact, sentence: 'on battery, 64 %', pauses: true };
    return fact.condition === 'activity'
      ? { ...fact, sentence: 'you were active 2 min ago and other programs use 71 %', pauses: true }
      : fact;
  });
  const because = { until: null, action: 'freeze' } as const;
  service.halt(
    [
      { cause: 'battery', sentence: 'on battery', ends: 'ends when plugged in', ...because },
      { cause: 'activity', sentence: 'you are busy', ends: 'ends after 10 quiet minutes', ...because },
      {
        cause: 'schedule',
        sentence: 'outside your schedule',
        ends: 'resumes at 18:00',
        until: '2026-11-22T18:00:00.000Z',
        action: 'freeze',
      },
    ],
    { facts, until: '2026-11-22T18:00:00.000Z' },
  );
  service.moveUsage(now());
  return service;
}

export function pausedByPerson(): StandInAgentService {
  const service = hosting();
  const until = '2026-11-22T15:10:00.000Z';
  service.halt([{ cause: 'person', sentence: 'by you', ends: 'ends at 15:10', until, action: 'freeze' }], {
    until,
    said: { kind: 'pause', until },
  });
  return service;
}
