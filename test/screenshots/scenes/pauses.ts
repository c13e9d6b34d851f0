/** What is held still, and what is said of that on every screen. */
import { readyInstance, standInMaster } from '../../fakes/agent-service.ts';
import { empty, hosting, paused, pausedByPerson } from '../computers.ts';
import { now, type Scene } from '../scene.ts';

export const pauses: readonly Scene[] = [
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
];
