/** Who used how much. */
import { StandInAgentService } from '../../fakes/agent-service.ts';
import { empty, hosting, LONG_WORD } from '../computers.ts';
import { NOW, type Scene, waitingFor } from '../scene.ts';

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

export const usage: readonly Scene[] = [
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
];
