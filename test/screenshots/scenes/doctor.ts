/** What was checked. */
import { SlapgridError } from '../../../agent/errors.ts';
import { StandInAgentService } from '../../fakes/agent-service.ts';
import { needyChecks, wellChecks } from '../../fakes/checks.ts';
import { running } from '../computers.ts';
import { never, pressing, type Scene, waitingFor } from '../scene.ts';

function withChecks(checks: StandInAgentService['shownChecks']): StandInAgentService {
  const service = running();
  service.shownChecks = checks;
  return service;
}

export const doctor: readonly Scene[] = [
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
];
