import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SlapgridError } from '../../agent/errors.ts';
import { readyInstance, StandInAgentService } from '../fakes/agent-service.ts';
import { expectAccessible, openStage, type OpenedPage, type Stage } from './opened-page.ts';

let stage: Stage;
let opened: OpenedPage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
afterEach(() => opened.close());

/** Two services with data. */
function running(): StandInAgentService {
  const service = new StandInAgentService();
  service.show(0, readyInstance());
  service.show(1, readyInstance({ guid: 'SOFTINST-2', name: 'notes-db' }));
  service.moveUsage(Date.parse('2026-11-22T14:00:00Z'));
  return service;
}

async function open(service = running(), browser = {}): Promise<void> {
  opened = await stage.open({ screen: '#/settings', service, browser });
}

const words = (text: string | RegExp) => opened.page.getByRole('main').getByText(text).first().waitFor();
const button = (name: string | RegExp) => opened.page.getByRole('button', { name });
const dialog = () => opened.page.getByRole('dialog', { name: 'Uninstall Slapgrid?' });
const startSwitch = () => opened.page.getByRole('switch', { name: 'Start Slapgrid' });
const calls = (procedure: string) => opened.service.calls.filter(([called]) => called === procedure);
const focused = () =>
  opened.page.evaluate(`(({ activeElement: it }) =>
    it.getAttribute('aria-label') || it.labels?.[0]?.textContent || it.textContent)(document)`);
const scheme = () => opened.page.evaluate(`document.documentElement.dataset.mantineColorScheme`);

describe('notifications', () => {
  const kind = (name: string) => opened.page.getByRole('switch', { name });

  it('are turned off one by one, at once', async () => {
    await open();
    expect(await opened.page.getByRole('switch', { name: /^When / }).count()).toBe(6);
    await kind('When a service is ready').click({ force: true });
    await expect.poll(() => kind('When a service is ready').isChecked()).toBe(false);
    expect(calls('setNotification')).toEqual([['setNotification', { kind: 'ready', wanted: false }]]);
    expect(await opened.announced()).toContain('Saved');
  });

  it('are what the tray says as well', async () => {
    await open();
    await kind('When a service needs you').waitFor();
    opened.service.store.setNotification({ kind: 'failed', wanted: false });
    await expect.poll(() => kind('When a service needs you').isChecked()).toBe(false);
  });

  it('stay as they are where it cannot be kept', async () => {
    const service = running();
    service.setNotification = () => Promise.reject(new SlapgridError('disk-full', { path: '/data' }));
    await open(service);
    await kind('When a service is ready').click({ force: true });
    await words('The disk is full: /data could not be written. Nothing was lost.');
    expect(await kind('When a service is ready').isChecked()).toBe(true);
  });
});

describe('this window', () => {
  it('takes another theme at once, and keeps it', async () => {
    await open(running(), { colorScheme: 'light' });
    expect(await scheme()).toBe('light');
    await opened.page.getByText('Dark', { exact: true }).click();
    await expect.poll(scheme).toBe('dark');
    expect(await opened.announced()).toContain('Saved');
    await opened.page.reload();
    await expect.poll(scheme).toBe('dark');
    await opened.page.getByText('System', { exact: true }).click();
    await expect.poll(scheme).toBe('light');
    await opened.page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(scheme).toBe('dark');
  });

  it('speaks the language of the system until one is chosen', async () => {
    await open(running(), { locale: 'de-DE' });
    const language = opened.page.getByRole('combobox', { name: 'Language' });
    expect(await language.inputValue()).toBe('System (English)');
    await language.click();
    await opened.page.getByRole('option', { name: 'English', exact: true }).click();
    expect(await language.inputValue()).toBe('English');
    expect(await opened.page.evaluate('document.documentElement.lang')).toBe('en');
    await opened.page.reload();
    await expect.poll(() => language.inputValue()).toBe('English');
  });

  it('can do without single keys', async () => {
    await open();
    await opened.page.getByText('Single keys work', { exact: true }).click();
    expect(await opened.announced()).toContain('Saved');
    await opened.page.keyboard.press('2');
    await opened.page.reload();
    await opened.page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    expect(await opened.page.getByRole('switch', { name: 'Single keys work' }).isChecked()).toBe(false);
  });
});

describe('this computer', () => {
  it('says where things are, how large they are, and which version runs', async () => {
    await open();
    await words('1.8 GB of data and software, 212 GB free');
    await button('Copy: path of the data folder').click();
    await expect.poll(() => opened.page.evaluate('navigator.clipboard.readText()')).toBe('/var/lib/slapgrid');
    await words('They are kept in files that only you can read.');
    await words('10 partitions');
    await words('Slapgrid 0.1.0');
    await words('This computer is called local_computer.');
  });

  it('is asked anew for its sizes each time the screen is shown', async () => {
    await open();
    await words('1.8 GB of data and software');
    opened.service.shownDataBytes = 5_400_000_000;
    await opened.go('#/doctor');
    await opened.go('#/settings');
    await words('5.4 GB of data and software');
  });

  it('shows what it should be told, where the agent has something to tell', async () => {
    const service = running();
    await open(service);
    expect(await opened.page.getByText('Good to know').count()).toBe(0);
    service.store.notice('clock', {
      code: 'clock-moved',
      sentence: 'The clock moved by 3 h.',
      nextStep: 'Look at it.',
    });
    await words('The clock moved by 3 h.');
    await words('Look at it.');
  });

  it('that cannot tell its settings says why, and the rest of the screen is there', async () => {
    const service = running();
    await open(service);
    await opened.go('#/doctor');
    service.failures.set('settings', new SlapgridError('read-only', { path: '/var/lib/slapgrid' }));
    await opened.go('#/settings');
    await opened.page.getByRole('alert').getByText('read-only').waitFor();
    await words('Theme');
    await words('Slapgrid 0.1.0');
    await button('Try again').click();
    await words('1.8 GB of data and software');
  });
});

describe('the start at login', () => {
  it('is switched on and off at once', async () => {
    await open();
    await words('It starts when you sign in.');
    expect(await startSwitch().isChecked()).toBe(false);
    await opened.page.getByText('Start Slapgrid', { exact: true }).click();
    await expect.poll(() => startSwitch().isChecked()).toBe(true);
    expect(await opened.announced()).toContain('Saved');
    await startSwitch().focus();
    await opened.page.keyboard.press('Space');
    await expect.poll(() => startSwitch().isChecked()).toBe(false);
    expect(calls('setStartAtLogin')).toEqual([
      ['setStartAtLogin', true],
      ['setStartAtLogin', false],
    ]);
    // Whoever uses the keyboard is still where they were.
    await expect.poll(focused).toContain('Start Slapgrid');
  });

  it('that is not possible here says why, and offers nothing', async () => {
    const service = running();
    const startAtLogin = { supported: false, enabled: false, detail: 'No systemd runs here.' };
    service.shownSettings = { ...service.shownSettings, startAtLogin };
    await open(service);
    await words('No systemd runs here.');
    await words('not here');
    expect(await startSwitch().count()).toBe(0);
  });

  it('that the agent refuses stays as it was, with the reason beside it', async () => {
    const service = running();
    service.failures.set(
      'setStartAtLogin',
      new SlapgridError('start-at-login-unsupported', { detail: 'It is locked.' }),
    );
    await open(service);
    await opened.page.getByText('Start Slapgrid', { exact: true }).click();
    await opened.page.getByRole('alert').getByText('It is locked.').waitFor();
    expect(await startSwitch().isChecked()).toBe(false);
    expect(await opened.announced()).not.toContain('Saved');
    await opened.page.getByText('Start Slapgrid', { exact: true }).click();
    await expect.poll(() => startSwitch().isChecked()).toBe(true);
    expect(await opened.page.getByText('It is locked.').count()).toBe(0);
  });
});

describe('what happens when somebody logs out', () => {
  const keepSwitch = () => opened.page.getByRole('switch', { name: 'Keep running' });

  it('is switched where it can be, and is not there elsewhere', async () => {
    const service = running();
    const lingering = { supported: true, enabled: false, decided: false, detail: 'They are stopped then.' };
    service.shownSettings = { ...service.shownSettings, lingering };
    await open(service);
    await words('They are stopped then.');
    await opened.page.getByText('Keep running', { exact: true }).click();
    await expect.poll(() => keepSwitch().isChecked()).toBe(true);
    expect(calls('setLingering')).toEqual([['setLingering', true]]);
    service.shownSettings = { ...service.shownSettings, lingering: { ...lingering, supported: false } };
    await opened.go('#/doctor');
    await opened.go('#/settings');
    await expect.poll(() => keepSwitch().count()).toBe(0);
  });
});

describe('the uninstallation', () => {
  async function ask(): Promise<void> {
    await button('Uninstall…').click();
    await dialog().waitFor();
  }
  const confirmation = () => dialog().getByLabel('Type “uninstall” to confirm');
  const uninstall = (data: 'keep' | 'delete') =>
    dialog().getByRole('button', { name: `Uninstall and ${data} the data` });

  it('says what goes and what stays, with names, and keeps the data unless it is told otherwise', async () => {
    await open();
    await ask();
    await dialog().getByText('2 services that stop now: “cache”, “notes-db”').waitFor();
    await dialog().getByText('Kept: the data, passwords and settings').waitFor();
    expect(await dialog().getByRole('radio', { name: 'Keep it' }).isChecked()).toBe(true);
    expect(await uninstall('keep').isDisabled()).toBe(true);
    await confirmation().fill('uninstal');
    expect(await uninstall('keep').isDisabled()).toBe(true);
    await confirmation().fill(' Uninstall ');
    await uninstall('keep').click();
    await opened.page.getByRole('heading', { level: 1, name: 'Slapgrid is uninstalled.' }).waitFor();
    expect(calls('uninstall')).toEqual([['uninstall', { keepData: true }]]);
  });

  it('says how much is lost with the data', async () => {
    await open();
    await ask();
    await dialog().getByText('Delete it').click();
    await dialog().getByText('This cannot be undone. It removes:').waitFor();
    await dialog()
      .getByText(/^[\d.]+\sMB of data of your services$/u)
      .waitFor();
    await confirmation().fill('uninstall');
    await confirmation().press('Enter');
    await opened.page.getByRole('heading', { level: 1, name: 'Slapgrid is uninstalled.' }).waitFor();
    expect(calls('uninstall')).toEqual([['uninstall', { keepData: false }]]);
    expect(await opened.page.getByText('Still there:').count()).toBe(0);
  });

  it('is left by Escape and by the safe button, and nothing has happened', async () => {
    await open();
    await ask();
    await confirmation().fill('uninstall');
    await dialog().getByRole('button', { name: 'Keep Slapgrid' }).click();
    await dialog().waitFor({ state: 'detached' });
    await ask();
    expect(await confirmation().inputValue()).toBe('');
    await opened.page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    await expect.poll(focused).toBe('Uninstall…');
    expect(calls('uninstall')).toEqual([]);
  });

  it('that the agent refuses says why, and can be tried again', async () => {
    const service = running();
    service.failures.set('uninstall', new SlapgridError('read-only', { path: '/var/lib/slapgrid' }));
    await open(service);
    await ask();
    await confirmation().fill('uninstall');
    await uninstall('keep').click();
    await dialog().getByRole('alert').getByText('read-only').waitFor();
    expect(await confirmation().inputValue()).toBe('uninstall');
    await uninstall('keep').click();
    await opened.page.getByRole('heading', { level: 1, name: 'Slapgrid is uninstalled.' }).waitFor();
  });

  it('says what is still there, and takes the end of the agent for what it is', async () => {
    await open();
    await ask();
    await confirmation().fill('uninstall');
    await uninstall('keep').click();
    await opened.page.getByText('The agent has ended. You can close this page.').waitFor();
    await opened.page.getByText('/var/lib/slapgrid/instances').waitFor();
    await expect.poll(() => opened.service.openStreams).toBe(0);
    await opened.agent.stop();
    await expect.poll(() => opened.announced()).toContain('Slapgrid is uninstalled.');
    expect(await opened.page.getByText('does not answer').count()).toBe(0);
    expect(await opened.page.getByRole('navigation').count()).toBe(0);
    await expectAccessible(opened.page);
  });
});

describe('the keyboard', () => {
  it('reaches every control in the order in which it is shown', async () => {
    await open();
    await words('1.8 GB of data and software');
    const reached: unknown[] = [];
    for (let steps = 0; steps < 14; steps += 1) {
      await opened.page.keyboard.press('Tab');
      reached.push(await focused());
    }
    expect(reached).toEqual([
      'System',
      'Language',
      'Single keys work',
      'Join a master',
      'When a service is ready',
      'When a service needs you',
      'When a service keeps stopping',
      'When this laptop needs you',
      'When a master does not answer',
      'When Slapgrid was updated',
      'Start Slapgrid',
      'Copy: path of the data folder',
      'Copy: ./slapgrid proxy url',
      'Uninstall…',
    ]);
  });
});

describe('the looks', () => {
  /** Long words wherever the agent says something. */
  function longWinded(): StandInAgentService {
    const word = 'Donaudampfschifffahrtsgesellschaftskapitän'.repeat(4);
    const service = running();
    service.shownSettings = {
      ...service.shownSettings,
      dataFolder: `/home/${word}`,
      startAtLogin: { supported: true, enabled: false, detail: word },
      secrets: { kind: 'file', detail: word },
    };
    service.change('cache', { name: word });
    return service;
  }

  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    it('fit every width and keep the rules of accessibility', async () => {
      await open(longWinded(), { colorScheme, reducedMotion: 'reduce' });
      await words('212 GB free');
      for (const width of [360, 540, 1080, 1600]) {
        await opened.page.setViewportSize({ width, height: 720 });
        await expectAccessible(opened.page);
      }
    });

    it('of the uninstallation fit every width and keep the rules of accessibility', async () => {
      await open(longWinded(), { colorScheme, reducedMotion: 'reduce' });
      await button('Uninstall…').click();
      await dialog().getByText('Delete it').click();
      for (const width of [360, 540, 1080, 1600]) {
        await opened.page.setViewportSize({ width, height: 640 });
        await expectAccessible(opened.page);
        // Nothing of it is out of reach.
        await dialog().getByRole('button', { name: 'Keep Slapgrid' }).scrollIntoViewIfNeeded();
      }
    });
  });

  it('have nothing that moves for who wants nothing that moves', async () => {
    await open(running(), { reducedMotion: 'reduce' });
    await opened.page.getByText('Dark', { exact: true }).click();
    await opened.page.getByText('Start Slapgrid', { exact: true }).click();
    await button('Uninstall…').click();
    await dialog().waitFor();
    expect(await opened.page.evaluate('document.getAnimations().length')).toBe(0);
  });
});
