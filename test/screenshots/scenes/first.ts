/** The first run, joining a master, the tour. */
import type { Page } from '@playwright/test';
import { SlapgridError } from '../../../agent/errors.ts';
import { standInCertificate } from '../../fakes/agent-service.ts';
import { hosting, newcomer } from '../computers.ts';
import { never, type Scene } from '../scene.ts';

async function fillJoin(page: Page): Promise<void> {
  await page.locator('#join-token').fill('20261122-7Q4KP2MD91XA');
  await page.getByLabel('Name of this computer').fill('attic');
  await page.getByLabel('Address of the master').fill('https://slap.neighbours.example');
}

async function tryToJoin(page: Page): Promise<void> {
  await fillJoin(page);
  await page.getByRole('button', { name: 'Join', exact: true }).click();
}

export const first: readonly Scene[] = [
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
];
