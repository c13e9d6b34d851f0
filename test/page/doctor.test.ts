import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CheckResult } from '../../agent/api/contract.ts';
import { SlapgridError } from '../../agent/errors.ts';
import { readyInstance, StandInAgentService } from '../fakes/agent-service.ts';
import { needyChecks, wellChecks } from '../fakes/checks.ts';
import { expectAccessible, openStage, type OpenedPage, type Stage } from './opened-page.ts';

/** News may wait five seconds for its turn. */
const NEWS = { timeout: 8000 };

let stage: Stage;
let opened: OpenedPage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
afterEach(() => opened.close());

function finding(checks: CheckResult[]): StandInAgentService {
  const service = new StandInAgentService();
  service.shownChecks = checks;
  return service;
}

async function open(service = finding(needyChecks), browser = {}): Promise<void> {
  opened = await stage.open({ screen: '#/doctor', service, browser });
}

const row = (title: string) =>
  opened.page.getByRole('listitem').filter({ has: opened.page.getByText(title, { exact: true }) });
const section = (title: string) =>
  opened.page.locator('section', { has: opened.page.getByRole('heading', { name: title, exact: true }) });
const words = (text: string | RegExp) => opened.page.getByRole('main').getByText(text).first().waitFor();
const button = (name: string | RegExp) => opened.page.getByRole('button', { name });
const dialog = () => opened.page.getByRole('dialog', { name: 'Diagnostics' });
const clipboard = () => opened.page.evaluate('navigator.clipboard.readText()');
const focused = () => opened.page.evaluate('document.activeElement.textContent');

/** Lets the answers of checks out one by one. */
function holdBack(service: StandInAgentService): (id: string) => void {
  const ends = new Map<string, () => void>();
  service.checkEnds = (id) => new Promise((resolve) => ends.set(id, resolve));
  return (id) => ends.get(id)?.();
}

describe('the checks', () => {
  it('arrive one by one, and those that are being asked say so', async () => {
    const service = finding(needyChecks);
    const end = holdBack(service);
    await open(service);
    await words('Checking: 0 of 9 are done.');
    await row('System packages').getByText('checking…').waitFor();
    end('system-packages');
    await row('System packages').getByText('Every program that is needed is here.').waitFor();
    await words('Checking: 1 of 9 are done.');
    await row('Isolation').getByText('checking…').waitFor();
    expect(await section('Needs you').count()).toBe(0);
    end('isolation');
    await section('Needs you').getByText('Isolation', { exact: true }).waitFor();
    await words('Checking: 2 of 9 are done.');
  });

  it('are summed up, what needs somebody first', async () => {
    await open();
    await words(/^2 of 9 checks need you\. Checked at \d/u);
    expect(await opened.page.getByRole('heading', { level: 2 }).allTextContents()).toEqual([
      'Needs you',
      'Fine',
    ]);
    expect(await section('Needs you').getByRole('listitem').count()).toBe(2);
    expect(await section('Fine').getByRole('listitem').count()).toBe(7);
    await expect.poll(() => opened.announced(), NEWS).toContain('2 of 9 checks need you');
  });

  it('say that all is well when it is', async () => {
    await open(finding(wellChecks));
    await words(/^Everything this computer needs is here\. Checked at \d/u);
    expect(await section('Needs you').count()).toBe(0);
    await expect.poll(() => opened.announced(), NEWS).toContain('Everything is fine');
  });

  it('offer each command of a fix to be copied, without the words around it', async () => {
    await open();
    const isolation = row('Isolation');
    await isolation.getByText('This system forbids user namespaces, which isolation needs.').waitFor();
    await isolation.getByRole('button').click();
    const command =
      'echo user.max_user_namespaces=28633 | sudo tee /etc/sysctl.d/60-slapgrid.conf && sudo sysctl --system';
    await expect.poll(clipboard).toBe(command);
    await button('Copy: timedatectl set-ntp true').click();
    await expect.poll(clipboard).toBe('timedatectl set-ntp true');
    expect(await opened.announced()).toContain('Copied');
  });

  it('are asked again by the button and by the key R', async () => {
    await open();
    await words(/^2 of 9 checks need you/u);
    opened.service.shownChecks = wellChecks;
    await button('Check again').click();
    await words(/^Everything this computer needs is here/u);
    await expect.poll(focused).toBe('Check again');
    opened.service.shownChecks = needyChecks;
    await opened.page.keyboard.press('r');
    await words(/^2 of 9 checks need you/u);
    expect(opened.service.calls.filter(([called]) => called === 'checks')).toHaveLength(3);
  });

  it('that cannot be asked say why, and can be asked again', async () => {
    const service = finding(wellChecks);
    service.failures.set('checks', new SlapgridError('disk-full', { path: '/var/lib/slapgrid' }));
    await open(service);
    await opened.page.getByRole('alert').getByText('The disk is full').waitFor();
    await button('Check again').click();
    await words(/^Everything this computer needs is here/u);
    await opened.page.getByText('The disk is full').waitFor({ state: 'detached' });
  });

  it('begin anew by themselves when the agent went away in the middle of them', async () => {
    const service = finding(wellChecks);
    const end = holdBack(service);
    await open(service);
    await words('Checking: 0 of 9 are done.');
    await opened.agent.stop();
    await opened.page.getByRole('alert').getByText('The agent does not answer.').waitFor();
    end('system-packages');
    service.checkEnds = () => Promise.resolve();
    await opened.agent.restart();
    await words(/^Everything this computer needs is here/u);
  });
});

describe('the diagnostics', () => {
  /** An agent whose every corner holds a secret. */
  function secretive(): StandInAgentService {
    const service = finding([
      ...wellChecks,
      {
        id: 'x',
        title: 'Proxy',
        passed: false,
        detail: 'http://ana:hunter2@proxy.example does not answer',
        fixes: ['Look at PROXY_PASSWORD=hunter3'],
      },
    ]);
    service.show(
      0,
      readyInstance({
        parameters: { key: 'hunter4' },
        connection: [{ key: 'url', value: 'redis://:hunter5@127.64.0.1', secret: true }],
        error: { code: 'x', sentence: 'It said: token=hunter6 slapcap_hunter7', nextStep: '' },
      }),
    );
    return service;
  }

  it('are read before they are saved, and are what is saved', async () => {
    await open(secretive());
    await button('Export diagnostics…').click();
    const shown = (await dialog().locator('pre').textContent()) ?? '';
    expect(shown).toMatch(/^Slapgrid diagnostics, \d{4}-/u);
    expect(shown).toContain('slappart0, cache, Memcached');
    expect(shown).toContain('Proxy: Needs you, http://ana:…@proxy.example does not answer');
    expect(shown).not.toContain('hunter');
    const saving = opened.page.waitForEvent('download');
    await dialog().getByRole('button', { name: 'Save as a file' }).click();
    const saved = await saving;
    expect(saved.suggestedFilename()).toBe('slapgrid-diagnostics.txt');
    expect(await readFile(await saved.path(), 'utf8')).toBe(shown);
    await dialog().waitFor({ state: 'detached' });
    expect(await opened.announced()).toContain('The diagnostics were saved.');
  });

  it('can be copied instead, or left', async () => {
    await open();
    await button('Export diagnostics…').click();
    await dialog().getByRole('button', { name: 'Copy: Diagnostics' }).click();
    await expect.poll(clipboard).toBe(await dialog().locator('pre').textContent());
    let downloads = 0;
    opened.page.on('download', () => (downloads += 1));
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await dialog().waitFor({ state: 'detached' });
    expect(downloads).toBe(0);
  });

  it('wait until the checks have ended', async () => {
    const service = finding(wellChecks);
    holdBack(service);
    await open(service);
    await words('Checking: 0 of 9 are done.');
    expect(await button('Export diagnostics…').isDisabled()).toBe(true);
  });
});

describe('the keyboard', () => {
  it('reaches everything, opens and closes the diagnostics, and comes back', async () => {
    await open();
    await words(/^2 of 9 checks need you/u);
    expect(await focused()).toBe('Doctor');
    const reached: unknown[] = [];
    for (let steps = 0; steps < 4; steps += 1) {
      await opened.page.keyboard.press('Tab');
      reached.push(await focused());
    }
    expect(reached).toEqual(['Check again', 'Export diagnostics…', 'Copy', 'Copy']);
    await opened.page.keyboard.press('Shift+Tab');
    await opened.page.keyboard.press('Shift+Tab');
    await opened.page.keyboard.press('Enter');
    await dialog().waitFor();
    await expect.poll(focused).toBe('Save as a file');
    await opened.page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    await expect.poll(focused).toBe('Export diagnostics…');
  });
});

describe('the looks', () => {
  const LONG = 'Donaudampfschifffahrtsgesellschaftskapitän'.repeat(4);
  const long: CheckResult[] = [
    { id: 'a', title: LONG, passed: true, detail: LONG, fixes: [] },
    { id: 'b', title: LONG, passed: false, detail: LONG, fixes: [`${LONG}: sudo ${LONG.toLowerCase()}`] },
  ];

  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    it.each([
      ['what needs somebody', needyChecks],
      ['long words', long],
    ])('%s fits every width and keeps the rules of accessibility', async (_, checks) => {
      await open(finding(checks), { colorScheme, reducedMotion: 'reduce' });
      await words(/need you|needs you/u);
      for (const width of [360, 540, 1080, 1600]) {
        await opened.page.setViewportSize({ width, height: 720 });
        await expectAccessible(opened.page);
      }
    });

    it('the diagnostics fit every width and keep the rules of accessibility', async () => {
      await open(finding(needyChecks), { colorScheme, reducedMotion: 'reduce' });
      await button('Export diagnostics…').click();
      await dialog().waitFor();
      for (const width of [360, 540, 1080, 1600]) {
        await opened.page.setViewportSize({ width, height: 640 });
        await expectAccessible(opened.page);
      }
    });
  });

  it('have nothing that moves for who wants nothing that moves', async () => {
    const service = finding(needyChecks);
    holdBack(service);
    await open(service, { reducedMotion: 'reduce' });
    await words('Checking: 0 of 9 are done.');
    expect(await opened.page.evaluate('document.getAnimations().length')).toBe(0);
  });
});
