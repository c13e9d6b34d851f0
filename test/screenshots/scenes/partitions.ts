/** All partitions, and one of them. */
import { StandInAgentService } from '../../fakes/agent-service.ts';
import { busy, empty, hosting, longNames, running } from '../computers.ts';
import { now, pressing, type Scene } from '../scene.ts';

export const partitions: readonly Scene[] = [
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
];
