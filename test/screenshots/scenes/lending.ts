/** How far this computer is lent. */
import type { Protection } from '../../../agent/api/contract-lending.ts';
import { StandInAgentService } from '../../fakes/agent-service.ts';
import { hosting, LONG_NAME, LONG_WORD, running } from '../computers.ts';
import { NOW, type Scene, waitingFor } from '../scene.ts';

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

export const lending: readonly Scene[] = [
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
];
