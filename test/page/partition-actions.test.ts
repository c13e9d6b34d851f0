import { readFile } from 'node:fs/promises';
import type { Download } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { InstanceView } from '../../agent/api/contract.ts';
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

async function open(
  instance: Partial<InstanceView> = {},
  browser = {},
  service = new StandInAgentService(),
): Promise<void> {
  service.show(0, readyInstance(instance));
  service.write('cache', 'memcached', 'ready');
  opened = await stage.open({ screen: '#/partition/slappart0', service, browser });
}
const button = (name: string) => opened.page.getByRole('button', { name, exact: true });
const dialog = () => opened.page.getByRole('dialog');
const field = (name: string) => dialog().getByLabel(name, { exact: true });
/** The last thing that was asked of the agent besides what the screen shows. */
const lastCall = () =>
  opened.service.calls.findLast(([called]) => !['usageHistory', 'logs', 'describe'].includes(called));
const focused = () =>
  opened.page.evaluate(
    `(({ activeElement: it }) => it.getAttribute('aria-label') ?? it.labels?.[0]?.textContent ?? it.textContent.slice(0, 80))(document)`,
  );
const refused = new SlapgridError('disk-full', { path: '/data' });
const more = async (action: string): Promise<void> => {
  await button('Actions for cache').press('Enter');
  await opened.page.getByRole('menuitem', { name: action }).press('Enter');
};

describe('what can be done at once', () => {
  it.each([
    ['Stop', { state: 'started' }, 'stop'],
    ['Restart', { state: 'started' }, 'restart'],
    ['Start', { state: 'stopped', requestedState: 'stopped' }, 'start'],
    ['Try again', { state: 'failed' }, 'bang'],
    ['Cancel', { state: 'installing', connection: [] }, 'cancel'],
  ] satisfies [string, Partial<InstanceView>, string][])('%s', async (name, instance, called) => {
    await open(instance);
    await button(name).press('Enter');
    await expect.poll(lastCall).toEqual([called, 'cache']);
  });

  it('says in the agent’s words why it was refused, and takes it back with the next try', async () => {
    await open();
    opened.service.failures.set('stop', refused);
    await button('Stop').click();
    await opened.page.getByRole('alert').getByText('The disk is full').waitFor();
    await button('Stop').click();
    await button('Start').waitFor();
    expect(await opened.page.getByRole('alert').getByText('The disk is full').count()).toBe(0);
  });

  it('says who cancelled what', async () => {
    await open({ state: 'installing', connection: [] });
    await button('Cancel').click();
    await opened.page.getByRole('heading', { name: 'slappart0 is free.' }).waitFor();
    await expect
      .poll(() => opened.announced())
      .toContain('“cache” was cancelled. What was downloaded is kept.');
  });
});

describe('changing parameters', () => {
  const given = { memory: 128, evict: false, of_a_former_version: 'x' };

  it('begins with what it has, says what it costs, and sends what stays as well', async () => {
    await open({ parameters: given });
    await button('Change…').click();
    await dialog().getByText('The data and the address are kept.').waitFor();
    await dialog().getByText('(memcached)').waitFor();
    expect(await field('Memory for values').inputValue()).toBe('128 MB');
    expect(await field('Connections at once').inputValue()).toBe('256');
    expect(await dialog().getByRole('switch').isChecked()).toBe(false);
    expect(await button('Save the change').isDisabled()).toBe(true);
    await field('Memory for values').fill('512');
    await button('Save the change').click();
    await dialog().waitFor({ state: 'detached' });
    expect(opened.service.calls.find(([called]) => called === 'request')).toEqual([
      'request',
      {
        name: 'cache',
        software: 'slapgrid:memcached',
        softwareType: 'default',
        state: 'started',
        parameters: { memory: 512, evict: false, of_a_former_version: 'x' },
      },
    ]);
    await expect.poll(() => opened.announced()).toContain('“cache” is being changed.');
    await expect.poll(focused).toBe('Change…');
  });

  it('goes to the first field that is wrong, and says what is', async () => {
    await open();
    await button('Change…').click();
    await field('Connections at once').fill('1');
    await field('Memory for values').fill('9999');
    await button('Save the change').click();
    await dialog().getByText('Memory for values must be between 16 and 2,048 MB.').waitFor();
    await dialog().getByText('Connections at once must be between 16 and 4,096.').waitFor();
    expect(await focused()).toBe('Memory for values');
    await expect
      .poll(async () => (await opened.announced()).map((words) => words.replaceAll('\u00a0', ' ')))
      .toContain('Memory for values: Memory for values must be between 16 and 2,048 MB.');
    expect(opened.service.calls.some(([called]) => called === 'request')).toBe(false);
  });

  it('keeps what was typed when the agent refuses it', async () => {
    await open();
    await button('Change…').click();
    await field('Memory for values').fill('512');
    opened.service.failures.set('request', refused);
    await button('Save the change').click();
    await dialog().getByRole('alert').getByText('The disk is full').waitFor();
    expect(await field('Memory for values').inputValue()).toBe('512 MB');
    await expectAccessible(opened.page);
  });

  it('of what is stopped counts from its next start, and does not start it', async () => {
    await open({ state: 'stopped', requestedState: 'stopped' });
    await button('Change…').click();
    await dialog().getByText('It is stopped: what you change counts from its next start.').waitFor();
    await field('Memory for values').fill('512');
    await button('Save the change').click();
    await expect.poll(lastCall).toMatchObject(['request', { state: 'stopped' }]);
  });

  it('of software that nobody knows any more shows what it was given', async () => {
    const service = new StandInAgentService();
    service.describe = () => Promise.reject(new SlapgridError('not-found'));
    const parameters = { page: 'hello', workers: 2, 'admin-password': 'pw-9' };
    await open({ softwareUrl: 'https://example.org/gone.yaml', parameters }, {}, service);
    await button('Change…').click();
    expect(await field('page').inputValue()).toBe('hello');
    expect(await field('workers').inputValue()).toBe('2');
    expect(await dialog().locator('input[type=password]').count()).toBe(1);
    await opened.page.keyboard.press('Escape');
    expect(await opened.page.getByRole('main').innerText()).not.toContain('pw-9');
  });

  it('does not change under anybody’s hands', async () => {
    await open();
    await button('Change…').click();
    await field('Memory for values').fill('512');
    opened.service.change('cache', { parameters: { memory: 32 }, state: 'restarting' });
    await opened.page.getByText('Restarting').first().waitFor({ state: 'attached' });
    expect(await field('Memory for values').inputValue()).toBe('512 MB');
  });
});

describe('files for the person', () => {
  const saved = async (act: () => Promise<void>): Promise<Download> => {
    const [download] = await Promise.all([opened.page.waitForEvent('download'), act()]);
    return download;
  };

  it('are its data', async () => {
    await open();
    const download = await saved(() => more('Export the data'));
    expect(download.suggestedFilename()).toBe('cache-data.txt');
    expect(await readFile(await download.path(), 'utf8')).toBe('data of cache');
    expect(lastCall()).toEqual(['createDownload', { name: 'cache', what: 'data' }]);
    await expect.poll(() => opened.announced()).toContain('The data of “cache” is being saved.');
  });

  it('are its log', async () => {
    await open();
    const download = await saved(() => button('Save the log').click());
    expect(download.suggestedFilename()).toBe('cache-log.txt');
    expect(await readFile(await download.path(), 'utf8')).toBe('log of cache');
    expect(lastCall()).toEqual(['createDownload', { name: 'cache', what: 'log' }]);
  });

  it('are the log of one service, when one is chosen', async () => {
    await open();
    opened.service.write('cache', 'backup', 'saved');
    await opened.page.getByRole('combobox', { name: 'Written by' }).click();
    await opened.page.getByRole('option', { name: 'backup' }).click();
    await saved(() => button('Save the log').click());
    expect(lastCall()).toEqual(['createDownload', { name: 'cache', what: 'log', service: 'backup' }]);
  });

  it('are refused in the agent’s words', async () => {
    await open();
    opened.service.failures.set('createDownload', refused);
    await more('Export the data');
    await opened.page.getByRole('alert').getByText('The disk is full').waitFor();
  });
});

describe('destroying', () => {
  it('says what is lost, with numbers, and wants the name where there is data', async () => {
    await open();
    opened.service.moveUsage(Date.now());
    await more('Destroy');
    await opened.page.getByRole('dialog', { name: 'Destroy “cache”?' }).waitFor();
    const lost = await dialog().locator('li').allTextContents();
    expect(lost[0]).toMatch(/^[\d.]+\sMB of data$/u);
    expect(lost.slice(1)).toEqual(['its log', 'its password or key', 'its address, 127.64.0.1:11211']);
    await expect.poll(focused).toBe('Type cache to confirm');
    expect(await button('Destroy and lose the data').isDisabled()).toBe(true);
    await opened.page.keyboard.type('cach');
    await opened.page.keyboard.press('Enter');
    expect(await button('Destroy and lose the data').isDisabled()).toBe(true);
    await opened.page.keyboard.type('e');
    await opened.page.keyboard.press('Enter');
    await opened.page.getByRole('heading', { level: 1, name: 'Partitions' }).waitFor();
    expect(opened.service.calls.filter(([called]) => called === 'destroy')).toEqual([['destroy', 'cache']]);
    await expect.poll(() => opened.announced()).toContain('“cache” is being destroyed.');
  });

  it('goes on counting while it asks', async () => {
    await open();
    await more('Destroy');
    await dialog().getByText('all data that it has written').waitFor();
    opened.service.moveUsage(Date.now());
    await dialog()
      .getByText(/^[\d.]+\sMB of data$/u)
      .waitFor();
  });

  it('of what was never ready wants no name; keeping it has the focus', async () => {
    await open({ state: 'failed', connection: [], promises: [] });
    await more('Destroy');
    await dialog().getByText('nothing that was ever used: it was never ready').waitFor();
    await expect.poll(focused).toBe('Keep it');
    expect(await dialog().getByRole('textbox').count()).toBe(0);
    await button('Destroy').click();
    await expect.poll(lastCall).toEqual(['destroy', 'cache']);
  });

  it.each(['Escape', 'Keep it'])('is left by %s, and the focus is where it was', async (way) => {
    await open();
    await more('Destroy');
    await dialog().waitFor();
    if (way === 'Escape') await opened.page.keyboard.press(way);
    else await button(way).press('Enter');
    await dialog().waitFor({ state: 'detached' });
    await expect.poll(focused).toBe('Actions for cache');
    expect(opened.service.calls.some(([called]) => called === 'destroy')).toBe(false);
  });

  it('keeps the focus inside while it asks', async () => {
    await open();
    await more('Destroy');
    await dialog().waitFor();
    for (let steps = 0; steps < 6; steps += 1) {
      await opened.page.keyboard.press('Tab');
      expect(await dialog().locator(':focus').count()).toBe(1);
    }
  });

  it('says in the agent’s words why it was refused; nothing is lost', async () => {
    await open();
    await more('Destroy');
    opened.service.failures.set('destroy', refused);
    await field('Type cache to confirm').fill('cache');
    await button('Destroy and lose the data').click();
    await dialog().getByRole('alert').getByText('The disk is full').waitFor();
    expect(await field('Type cache to confirm').inputValue()).toBe('cache');
  });

  it('has the data exported first for who wants it', async () => {
    await open();
    await more('Destroy');
    const [download] = await Promise.all([
      opened.page.waitForEvent('download'),
      button('Export the data first').click(),
    ]);
    expect(download.suggestedFilename()).toBe('cache-data.txt');
    await dialog().waitFor();
  });

  it('takes a name that looks like markup or turns around, as it is', async () => {
    const name = '<b>שלום</b> \u202eabc';
    await open({ name });
    await button(`Actions for \u2068${name}\u2069`).click();
    await opened.page.getByRole('menuitem', { name: 'Destroy' }).click();
    expect(await dialog().locator('h2 b').count()).toBe(0);
    // As somebody types it who sees it, and cannot see what turns it around.
    await dialog().getByRole('textbox').fill('<b>שלום</b> abc');
    await button('Destroy and lose the data').click();
    await expect.poll(lastCall).toEqual(['destroy', name]);
  });
});

it.each(['light', 'dark'] as const)('in %s its dialogs keep the rules of accessibility', async (scheme) => {
  await open({}, { colorScheme: scheme, reducedMotion: 'reduce' });
  for (const width of [360, 540, 1080, 1600]) {
    await opened.page.setViewportSize({ width, height: 720 });
    for (const act of [() => button('Change…').click(), () => more('Destroy')]) {
      await act();
      await dialog().waitFor();
      await expectAccessible(opened.page);
      await opened.page.keyboard.press('Escape');
      await dialog().waitFor({ state: 'detached' });
    }
  }
});
