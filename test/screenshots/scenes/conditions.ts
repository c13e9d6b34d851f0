/** When what is hosted may run. */
import { hosting, paused } from '../computers.ts';
import { type Scene, waitingFor } from '../scene.ts';

export const conditions: readonly Scene[] = [
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
];
