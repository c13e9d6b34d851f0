/** Settings, masters among them, and the end of it all. */
import { SlapgridError } from '../../../agent/errors.ts';
import { standInMaster } from '../../fakes/agent-service.ts';
import { hosting, LONG_WORD, running, SILENT } from '../computers.ts';
import { pressing, type Scene } from '../scene.ts';

export const settings: readonly Scene[] = [
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
