/**
 * What the pictures show: every screen, and every state of one that a person should be able to recognize.
 */
import type { Page } from '@playwright/test';
import type { Protection } from '../../agent/api/contract-lending.ts';
import { CONTRACT_VERSION, type InstanceView } from '../../agent/api/contract.ts';
import { SlapgridError } from '../../agent/errors.ts';
import type { StandInAgent } from '../e2e/gates/stand-in-agent.ts';
import {
  readyInstance,
  standInCertificate,
  standInMaster,
  StandInAgentService,
} from '../fakes/agent-service.ts';
import { needyChecks, wellChecks } from '../fakes/checks.ts';

/** The moment of every picture. */
export const NOW = '2026-11-22T14:00:00.000Z';

const now = (): number => Date.parse(NOW);

export type Scene = {
  /** The beginning of the name of its pictures. */
  name: string;
  /** The address: `#/partitions`. */
  screen: string;
  service: () => StandInAgentService;
  /** Without the link that lets the page in. */
  stranger?: true;
  /** What is asked for is not answered, which is what is to be seen. */
  unanswered?: true;
  /** Brings about what is to be seen, and waits for it. */
  act?: (page: Page, agent: StandInAgent) => Promise<void>;
};

const LONG_NAME = `sessions-of-the-shop-${'that-has-a-rather-long-name-'.repeat(6)}7`;
const LONG_WORD = 'Donaudampfschifffahrtsgesellschaftskapitän'.repeat(3);

function empty(): StandInAgentService {
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

function running(): StandInAgentService {
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
function busy(): StandInAgentService {
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

function longNames(): StandInAgentService {
  const service = empty();
  service.show(0, readyInstance({ name: LONG_NAME, softwareTitle: LONG_WORD }));
  service.show(1, readyInstance({ guid: 'SOFTINST-2', name: LONG_WORD }));
  service.show(2, readyInstance({ guid: 'SOFTINST-3', name: '<b onclick="alert(1)">&amp; שלום עולם</b>' }));
  service.fail(LONG_WORD, { code: 'x', sentence: `${LONG_WORD} could not be read.`, nextStep: LONG_WORD });
  service.moveUsage(now());
  return service;
}

function newcomer(): StandInAgentService {
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
function hosting(over: Parameters<typeof standInMaster>[0] = {}): StandInAgentService {
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

const SILENT = {
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

function local(): StandInAgentService {
  const service = hosting({ state: 'paused' });
  service.store.setMode('local');
  for (const name of ['choir-site', 'choir-db', 'job-queue'])
    service.change(name, { state: 'stopped', requestedState: 'started' });
  service.moveUsage(now());
  return service;
}

/** On battery, and busy: what is hosted is frozen. */
function paused(): StandInAgentService {
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

function pausedByPerson(): StandInAgentService {
  const service = hosting();
  const until = '2026-11-22T15:10:00.000Z';
  service.halt([{ cause: 'person', sentence: 'by you', ends: 'ends at 15:10', until, action: 'freeze' }], {
    until,
    said: { kind: 'pause', until },
  });
  return service;
}

/** A computer that has nothing to hold what it would host. */
function unlendable(): StandInAgentService {
  const service = running();
  const missing = (
    name: Protection['name'],
    title: string,
    danger: string,
    fix: string,
    refuses: Protection['refuses'] = 'people',
  ): Protection => ({ name, title, held: 'none', detail: '', refuses, danger, fixes: [fix] });
  service.store.setLending({
    ...service.store.lending,
    sharing: 'me',
    verdict: 'me',
    protections: [
      {
        ...missing(
          'isolation',
          'A wall around each partition',
          'Other programs could read your files.',
          'Turn on user namespaces: sudo sysctl kernel.unprivileged_userns_clone=1',
        ),
        detail: 'Programs cannot be isolated here, because user namespaces are turned off.',
      },
      missing(
        'network',
        'A network of its own',
        'Others could reach your printer or router.',
        'Install it: sudo apt install passt',
      ),
      missing(
        'memory',
        'Memory that is held, not only watched',
        'One program could slow this computer.',
        'Log in again, so that limits are delegated.',
      ),
      missing(
        'disk',
        'A disk quota',
        'One program could fill the disk.',
        'Put the data folder on a disk with quotas.',
        'everyone',
      ),
    ],
  });
  return service;
}

function longLending(): StandInAgentService {
  const service = hosting({ title: `${'a-very-long-name'.repeat(4)}.example` });
  const { protections } = service.store.lending;
  service.store.setLending({
    ...service.store.lending,
    verdict: 'me',
    limits: {
      ...service.store.lending.limits,
      together: { ...service.store.lending.limits.together, files: 9e14, cpus: null },
    },
    protections: protections.map((each) => ({
      ...each,
      title: LONG_WORD,
      danger: `${LONG_WORD} ${LONG_NAME}`,
      refuses: 'people' as const,
      fixes: [`${LONG_WORD}: sudo ${LONG_NAME}`],
    })),
  });
  service.shownAudit = [
    { at: NOW, kind: 'refused', sentence: `“<b>${LONG_WORD}</b> שלום” was refused.`, ...ABOUT_NONE },
  ];
  return service;
}

const ABOUT_NONE = { master: null, partition: null, instance: null };

function uncertain(): StandInAgentService {
  const service = hosting();
  service.shownReports = [
    {
      master: 'master-1',
      title: 'slap.neighbours.example',
      acknowledgedUntil: '2026-11-22T13:00:00.000Z',
      waiting: 1,
      uncertain: [{ period: '2026-11-22T12-13', sentAt: '2026-11-22T13:01:00.000Z' }],
    },
  ];
  return service;
}

function manyUsers(): StandInAgentService {
  const service = hosting();
  service.shownUsers = [
    { name: '', kind: 'me', instances: ['notes'], cpus: 0.2, memoryBytes: 1e8, diskBytes: 1e9, since: 0 },
    ...Array.from({ length: 50 }, (_, place) => ({
      name: place === 3 ? LONG_WORD : place === 4 ? '<b>שלום עולם</b>' : `Person ${place + 1}`,
      kind: 'other' as const,
      instances: ['one'],
      cpus: 1 / (2 + place),
      memoryBytes: 4e8 / (1 + place),
      diskBytes: 5e8,
      since: place / 60,
    })),
  ];
  return service;
}

async function fillJoin(page: Page): Promise<void> {
  await page.locator('#join-token').fill('20261122-7Q4KP2MD91XA');
  await page.getByLabel('Name of this computer').fill('attic');
  await page.getByLabel('Address of the master').fill('https://slap.neighbours.example');
}

async function tryToJoin(page: Page): Promise<void> {
  await fillJoin(page);
  await page.getByRole('button', { name: 'Join', exact: true }).click();
}

function withChecks(checks: StandInAgentService['shownChecks']): StandInAgentService {
  const service = running();
  service.shownChecks = checks;
  return service;
}

function ofContract(version: number): StandInAgentService {
  const service = running();
  service.contractVersion = version;
  return service;
}

function never(): Promise<never> {
  return new Promise(() => {});
}

function waitingFor(text: string | RegExp): (page: Page) => Promise<void> {
  return (page) => page.getByText(text).first().waitFor();
}

function pressing(button: string | RegExp, dialog: string | RegExp): (page: Page) => Promise<void> {
  return async (page) => {
    await page.getByRole('button', { name: button }).first().click();
    await page.getByRole('dialog', { name: dialog }).waitFor();
  };
}

/** In the order of a person who comes to know it. */
export const scenes: readonly Scene[] = [
  { name: 'first-run', screen: '#/', service: newcomer },
  { name: 'join', screen: '#/join', service: newcomer },
  { name: 'join-another', screen: '#/join', service: hosting },
  {
    name: 'join-wrong',
    screen: '#/join',
    service: newcomer,
    act: async (page) => {
      await page.locator('#join-token').fill('-----BEGIN PRIVATE KEY-----');
      await page.getByLabel('Name of this computer').fill('');
      await page.getByLabel('Address of the master').fill('http://slap.example.org');
      await page.getByRole('button', { name: 'Join', exact: true }).click();
      await page.getByText('over http').first().waitFor();
    },
  },
  {
    name: 'join-looking',
    unanswered: true,
    screen: '#/join',
    service: () => {
      const service = newcomer();
      service.masterAnswers = never;
      return service;
    },
    act: async (page) => {
      await tryToJoin(page);
      await page.getByText('who it is').first().waitFor();
    },
  },
  {
    name: 'join-compare',
    screen: '#/join',
    service: () => {
      const service = newcomer();
      const [host, panel] = ['slap.neighbours.example:443', 'panel.neighbours.example:443'];
      service.shownCertificates = [
        standInCertificate({ host, subject: 'slap.neighbours.example' }),
        standInCertificate({ host: panel, subject: 'panel.neighbours.example' }),
      ];
      return service;
    },
    act: async (page) => {
      await tryToJoin(page);
      await page.getByRole('heading', { name: 'Is this the right master?' }).waitFor();
    },
  },
  {
    name: 'join-refused',
    screen: '#/join',
    service: () => {
      const service = newcomer();
      service.failures.set('inspectMaster', new SlapgridError('not-found'));
      return service;
    },
    act: async (page) => {
      await tryToJoin(page);
      await page.locator('.note.problem').waitFor();
    },
  },
  {
    name: 'joined',
    screen: '#/join',
    service: newcomer,
    act: async (page) => {
      await tryToJoin(page);
      await page.getByRole('heading', { name: /^Joined/u }).waitFor();
    },
  },
  {
    name: 'tour',
    screen: '#/',
    service: newcomer,
    act: async (page) => {
      await page.getByRole('button', { name: /Look around/u }).click();
      await page.getByRole('heading', { level: 1, name: /^Running/u }).waitFor();
    },
  },

  { name: 'overview-empty', screen: '#/', service: empty },
  { name: 'overview', screen: '#/', service: running },
  { name: 'overview-busy', screen: '#/', service: busy },
  { name: 'overview-hosting', screen: '#/', service: hosting },
  {
    name: 'overview-ready',
    screen: '#/',
    service: () => {
      const service = empty();
      service.join(standInMaster({ title: 'slap.neighbours.example', partitionAmount: 10 }));
      return service;
    },
  },
  { name: 'overview-master-silent', screen: '#/', service: () => hosting(SILENT) },
  { name: 'overview-local', screen: '#/', service: local },
  {
    name: 'overview-went-local',
    screen: '#/',
    service: hosting,
    act: async (page) => {
      await page.getByText('Local', { exact: true }).first().click();
      await page.getByRole('button', { name: 'Undo' }).waitFor();
    },
  },
  { name: 'overview-long-names', screen: '#/', service: longNames },
  { name: 'overview-500', screen: '#/', service: () => StandInAgentService.crowded(500, now) },
  {
    name: 'overview-loading',
    unanswered: true,
    screen: '#/',
    service: () => {
      const service = running();
      service.changes = async function* () {
        yield await never();
      };
      return service;
    },
  },
  {
    name: 'agent-away',
    screen: '#/',
    service: running,
    act: async (page, agent) => {
      await page.getByText('Running 3 services').first().waitFor();
      await agent.stop();
      await page.getByRole('alert').getByText('The agent does not answer.').waitFor();
    },
  },
  {
    name: 'agent-refused',
    screen: '#/',
    service: empty,
    act: async (page) => {
      const slapgrid = {
        code: 'disk-full',
        sentence: 'The disk is full: /home/ana/.local/share/slapgrid could not be written. Nothing was lost.',
        nextStep: 'Free some space, then try again.',
      };
      await page.route('**/trpc/**', (route) =>
        route.fulfill({ status: 503, json: { error: { message: '', code: -32_603, data: { slapgrid } } } }),
      );
      await page.reload();
      await page.getByText('Code: disk-full').waitFor();
    },
  },
  { name: 'agent-older', screen: '#/', service: () => ofContract(CONTRACT_VERSION - 1) },
  { name: 'agent-newer', screen: '#/', service: () => ofContract(CONTRACT_VERSION + 1) },
  {
    name: 'keys',
    screen: '#/',
    service: running,
    act: async (page) => {
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    },
  },
  {
    name: 'signed-out',
    screen: '#/',
    service: running,
    stranger: true,
  },
  {
    name: 'signed-out-ended',
    screen: '#/',
    service: running,
    act: async (page, agent) => {
      await agent.sessions.revokeAll();
      await page.getByRole('heading', { name: 'This page’s session has ended.' }).waitFor();
    },
  },

  { name: 'services', screen: '#/services', service: running },
  {
    name: 'services-nothing-found',
    screen: '#/services',
    service: running,
    act: async (page) => {
      await page.getByLabel('Search services').fill('minecraft');
      await page.getByText('Nothing is called “minecraft”.').waitFor();
    },
  },
  {
    name: 'services-loading',
    unanswered: true,
    screen: '#/services',
    service: () => {
      const service = running();
      service.catalogue = never;
      return service;
    },
  },
  {
    name: 'services-failed',
    screen: '#/services',
    service: () => {
      const service = running();
      service.catalogue = () => Promise.reject(new SlapgridError('disk-full', { path: '/var/lib/slapgrid' }));
      return service;
    },
    act: (page) => page.getByRole('button', { name: 'Try again' }).waitFor(),
  },

  { name: 'request', screen: '#/request/memcached', service: empty },
  { name: 'request-choice', screen: '#/request/redis', service: running },
  { name: 'request-list', screen: '#/request/postgresql', service: running },
  { name: 'request-text', screen: '#/request/nginx', service: running },
  {
    name: 'request-wrong',
    screen: '#/request/postgresql',
    service: running,
    act: async (page) => {
      await page.getByLabel('Name').fill('cache');
      await page.getByLabel('Database').fill('Photos!');
      await page.getByRole('button', { name: 'Show as a command' }).click();
      await page.getByRole('button', { name: 'Request', exact: true }).click();
      await page.getByText('2 fields need your attention.').waitFor();
    },
  },
  { name: 'request-by-url', screen: '#/request-url', service: running },
  {
    name: 'request-by-url-failed',
    screen: '#/request-url',
    service: running,
    act: async (page) => {
      await page.getByLabel('URL of the software release').fill('not-there');
      await page.getByRole('button', { name: 'Read it' }).click();
      await page.locator('.note.problem').waitFor();
    },
  },

  {
    name: 'installing',
    screen: '#/installation/slappart2',
    service: busy,
    act: (page) => page.locator('[aria-current=step]').waitFor(),
  },
  { name: 'installation-failed', screen: '#/installation/slappart6', service: busy },
  { name: 'result', screen: '#/installation/slappart3', service: busy, act: waitingFor('is ready.') },
  { name: 'result-long-names', screen: '#/installation/slappart0', service: longNames },

  { name: 'partitions', screen: '#/partitions', service: busy },
  { name: 'partitions-hosting', screen: '#/partitions', service: hosting },
  { name: 'partition-hosted', screen: '#/partition/slappart10', service: hosting },
  { name: 'partitions-empty', screen: '#/partitions', service: empty },
  { name: 'partitions-long-names', screen: '#/partitions', service: longNames },
  {
    name: 'partitions-500',
    screen: '#/partitions',
    service: () => StandInAgentService.crowded(500, now),
  },

  { name: 'partition', screen: '#/partition/slappart3', service: running },
  { name: 'partition-restarting', screen: '#/partition/slappart8', service: busy },
  { name: 'partition-failed', screen: '#/partition/slappart6', service: busy },
  { name: 'partition-installing', screen: '#/partition/slappart2', service: busy },
  { name: 'partition-stopped', screen: '#/partition/slappart1', service: busy },
  { name: 'partition-free', screen: '#/partition/slappart9', service: running },
  { name: 'partition-long-names', screen: '#/partition/slappart0', service: longNames },
  {
    name: 'partition-change',
    screen: '#/partition/slappart3',
    service: running,
    act: pressing('Change…', 'Change “notes-db”'),
  },
  {
    name: 'partition-destroy',
    screen: '#/partition/slappart3',
    service: running,
    act: async (page) => {
      await page.getByRole('button', { name: 'Actions for notes-db' }).click();
      await page.getByRole('menuitem', { name: 'Destroy…' }).click();
      await page.getByRole('dialog', { name: /^Destroy/u }).waitFor();
    },
  },

  { name: 'overview-paused', screen: '#/', service: paused },
  { name: 'overview-paused-by-you', screen: '#/', service: pausedByPerson },
  {
    name: 'overview-finishing',
    screen: '#/',
    service: () => {
      const service = hosting();
      service.store.setConditions({ ...service.store.conditions, state: 'finishing' });
      return service;
    },
  },
  {
    name: 'overview-kept',
    screen: '#/',
    service: () => {
      const service = empty();
      service.show(0, readyInstance());
      service.join(standInMaster({ title: 'slap.neighbours.example', partitionAmount: 6 }));
      service.store.setLending({ ...service.store.lending, sharing: 'me' });
      service.moveUsage(now());
      return service;
    },
  },
  {
    name: 'pause-menu',
    screen: '#/',
    service: hosting,
    act: async (page) => {
      await page.getByRole('button', { name: 'Pause for others' }).first().click();
      await page.getByRole('menuitem', { name: 'Until tomorrow' }).waitFor();
    },
  },
  { name: 'partition-frozen', screen: '#/partition/slappart10', service: paused },
  { name: 'more', screen: '#/more', service: hosting },

  { name: 'lending', screen: '#/lending', service: hosting, act: waitingFor('What was decided') },
  {
    name: 'lending-everyone',
    screen: '#/lending',
    service: hosting,
    act: async (page) => {
      await page.getByText('Everyone', { exact: true }).click();
      await page.getByText('What is missing before everyone may use it').waitFor();
    },
  },
  {
    name: 'lending-each',
    screen: '#/lending',
    service: hosting,
    act: async (page) => {
      await page.getByText('Each partition', { exact: true }).click();
      await page.getByRole('textbox', { name: 'Disk', exact: true }).fill('30');
      await page.getByRole('textbox', { name: 'Memory', exact: true }).fill('0.2');
      await page.getByRole('textbox', { name: 'Open ports', exact: true }).fill('0');
      await page.getByRole('textbox', { name: 'Files and folders', exact: true }).focus();
      await page.getByText('One partition cannot have').waitFor();
    },
  },
  {
    name: 'lending-unavailable',
    screen: '#/lending',
    service: unlendable,
    act: waitingFor('What is missing'),
  },
  {
    name: 'lending-trying',
    screen: '#/lending',
    service: () => {
      const service = hosting();
      service.store.setLending({ ...service.store.lending, protections: [] });
      return service;
    },
    act: waitingFor(/^Trying/u),
  },
  { name: 'lending-long-names', screen: '#/lending', service: longLending },

  { name: 'conditions', screen: '#/conditions', service: hosting, act: waitingFor(/it would have run/u) },
  {
    name: 'conditions-week',
    screen: '#/conditions',
    service: paused,
    act: async (page) => {
      await page.getByRole('button', { name: 'Last 7 days' }).click();
      await page.getByText('Yesterday', { exact: true }).waitFor();
    },
  },
  {
    name: 'conditions-never',
    screen: '#/conditions',
    service: () => {
      const service = hosting();
      const { rules } = service.store.conditions;
      const hours = Array.from({ length: 7 }, () => '0'.repeat(24));
      service.store.setConditions({
        ...service.store.conditions,
        rules: { ...rules, schedule: { ...rules.schedule, hours } },
      });
      return service;
    },
    act: waitingFor(/it would never run/u),
  },

  { name: 'usage', screen: '#/usage', service: hosting, act: waitingFor(/^In the last/u) },
  {
    name: 'usage-partitions',
    screen: '#/usage',
    service: uncertain,
    act: async (page) => {
      await page.getByText('By partition', { exact: true }).click();
      await page.getByText('Memory', { exact: true }).click();
      await page.getByRole('cell').first().waitFor();
    },
  },
  { name: 'usage-crowd', screen: '#/usage', service: manyUsers, act: waitingFor(/^In the last/u) },
  {
    name: 'usage-empty',
    screen: '#/usage',
    service: () => {
      const service = empty();
      service.shownUsage = {
        from: NOW,
        to: NOW,
        stepSeconds: 3600,
        steps: 0,
        knownFrom: null,
        series: [],
        reports: [],
      };
      return service;
    },
    act: waitingFor(/^Nothing to show/u),
  },

  {
    name: 'doctor',
    screen: '#/doctor',
    service: () => withChecks(needyChecks),
    act: waitingFor(/checks need you/u),
  },
  {
    name: 'doctor-well',
    screen: '#/doctor',
    service: () => withChecks(wellChecks),
    act: waitingFor(/Everything this/u),
  },
  {
    name: 'doctor-checking',
    unanswered: true,
    screen: '#/doctor',
    service: () => {
      const service = withChecks(needyChecks);
      service.checkEnds = (id) => (id === 'database' ? never() : Promise.resolve());
      return service;
    },
    act: waitingFor(/4 of 9/u),
  },
  {
    name: 'doctor-failed',
    screen: '#/doctor',
    service: () => {
      const service = running();
      service.failures.set('checks', new SlapgridError('disk-full', { path: '/var/lib/slapgrid' }));
      return service;
    },
    act: (page) => page.locator('.note.problem').waitFor(),
  },
  {
    name: 'doctor-export',
    screen: '#/doctor',
    service: () => withChecks(needyChecks),
    act: async (page) => {
      await page
        .getByText(/checks need you/u)
        .first()
        .waitFor();
      await pressing('Export diagnostics…', /diagnostics/iu)(page);
    },
  },

  { name: 'settings', screen: '#/settings', service: running },
  {
    name: 'settings-masters',
    screen: '#/settings',
    service: () => {
      const service = hosting();
      service.store.setMaster(standInMaster({ ...SILENT, id: 'm2', title: 'slap.club.example' }));
      return service;
    },
  },
  {
    name: 'settings-master-aside',
    screen: '#/settings',
    service: () =>
      hosting({
        title: 'f27d0a91c3b5e6d8',
        url: '',
        computerName: '',
        computerId: '',
        state: 'aside',
        error: {
          code: 'master-records-damaged',
          sentence:
            'What /home/ana/.local/share/slapgrid/private/masters/f27d0a91c3b5e6d8 says of a master that was joined cannot be read. It is left as it is, and that master is not worked for.',
          nextStep: 'Put it back from a copy; or move the folder away to give that master up.',
        },
      }),
  },
  {
    name: 'settings-leave',
    screen: '#/settings',
    service: hosting,
    act: pressing(/^Leave/u, /^Leave/u),
  },
  {
    name: 'settings-not-supported',
    screen: '#/settings',
    service: () => {
      const service = running();
      service.shownSettings = {
        ...service.shownSettings,
        dataFolder: `/home/${LONG_WORD}/.local/share/slapgrid`,
        startAtLogin: {
          supported: false,
          enabled: false,
          detail: 'This session has no systemd of the user: Slapgrid cannot be started with it.',
        },
      };
      return service;
    },
  },
  {
    name: 'settings-refused',
    screen: '#/settings',
    service: () => {
      const service = running();
      service.failures.set(
        'setStartAtLogin',
        new SlapgridError('start-at-login-unsupported', { detail: 'No systemd runs here.' }),
      );
      return service;
    },
    act: async (page) => {
      await page.getByText('Start Slapgrid', { exact: true }).click();
      await page.locator('.note.problem').waitFor();
    },
  },
  {
    name: 'uninstall',
    screen: '#/settings',
    service: running,
    act: pressing('Uninstall…', /^Uninstall/u),
  },
  {
    name: 'uninstall-lose',
    screen: '#/settings',
    service: running,
    act: async (page) => {
      await pressing('Uninstall…', /^Uninstall/u)(page);
      await page.getByRole('radio', { name: 'Delete it' }).click();
    },
  },
  {
    name: 'uninstalled',
    screen: '#/settings',
    service: running,
    act: async (page) => {
      await pressing('Uninstall…', /^Uninstall/u)(page);
      await page.getByLabel(/^Type/u).fill('uninstall');
      await page.getByRole('button', { name: 'Uninstall and keep the data' }).click();
      await page.getByText('/var/lib/slapgrid/instances').waitFor();
    },
  },
];
