/** The overview, and what is over every screen: the agent that is away, keys, a session that ended. */
import { CONTRACT_VERSION } from '../../../agent/api/contract.ts';
import { StandInAgentService, standInMaster } from '../../fakes/agent-service.ts';
import { busy, empty, hosting, local, longNames, running, SILENT } from '../computers.ts';
import { never, now, type Scene } from '../scene.ts';

function ofContract(version: number): StandInAgentService {
  const service = running();
  service.contractVersion = version;
  return service;
}

export const overview: readonly Scene[] = [
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
];
