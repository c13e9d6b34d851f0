/** What can be requested, the request, and the installation that follows it. */
import { SlapgridError } from '../../../agent/errors.ts';
import { busy, empty, longNames, running } from '../computers.ts';
import { never, type Scene, waitingFor } from '../scene.ts';

export const services: readonly Scene[] = [
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
];
