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

/** Three services: one runs, one is stopped, one needs somebody. */
function three(): StandInAgentService {
  const service = new StandInAgentService();
  service.show(0, readyInstance());
  service.show(
    1,
    readyInstance({
      guid: 'SOFTINST-2',
      name: 'sessions',
      softwareTitle: 'Redis',
      softwareUrl: 'slapgrid:redis',
      state: 'stopped',
      requestedState: 'stopped',
    }),
  );
  service.show(
    2,
    readyInstance({
      guid: 'SOFTINST-3',
      name: 'site',
      softwareTitle: 'nginx',
      softwareUrl: 'slapgrid:nginx',
      state: 'failed',
      error: { code: 'x', sentence: 'Its port is taken.', nextStep: 'End the other program.' },
      promises: [
        { name: 'port', state: 'failed', message: 'nothing answers', checkedAt: null },
        { name: 'disk', state: 'kept', message: '', checkedAt: null },
      ],
    }),
  );
  service.moveUsage(Date.now());
  return service;
}

async function open(service = three(), browser = {}): Promise<void> {
  opened = await stage.open({ screen: '#/partitions', service, browser });
}
/** New figures of the first service. */
const measure = () =>
  opened.service.store.setUsage(new Date().toISOString(), {
    slappart0: { cpu: 1.5, memoryBytes: 777_000_000, diskBytes: 4_000_000, processes: 2 },
  });
const rows = () => opened.page.locator('.partition-row');
const row = (name: string) => rows().filter({ has: opened.page.getByRole('link', { name, exact: true }) });
const names = () => opened.page.locator('.partition-row .row-title').allTextContents();
const focusedRow = () => opened.page.locator('.partition-row:focus .row-title').textContent();

describe('the list of partitions', () => {
  it('says what each is, whose, how it is and what it takes', async () => {
    await open();
    await opened.page.getByText('3 of 10 in use.').waitFor();
    await row('cache').getByText('Yours').waitFor();
    await row('cache').getByText('Memcached').waitFor();
    await row('cache').getByText('Started').waitFor();
    await row('cache').getByText('2 of 2').waitFor();
    expect(await row('cache').locator('.cell-memory > span').textContent()).toMatch(/^[\d.]+\sMB$/u);
    await row('sessions').getByText('Stopped').waitFor();
    await row('site').getByText('Needs you').waitFor();
    await row('site').getByText('1 of 2 kept').waitFor();
    await row('site').getByText('port', { exact: true }).waitFor();
  });

  it('draws the last half hour, asked for once, and moves on with the figures', async () => {
    await open();
    await expect
      .poll(() => row('cache').locator('.cell-memory .curve-line').getAttribute('d'))
      .toMatch(/^M.*L/u);
    measure();
    await expect.poll(() => row('cache').locator('.cell-memory > span').textContent()).toBe('777\u00a0MB');
    const asked = opened.service.calls.filter(([called]) => called === 'usageHistory');
    expect(asked.map(([, given]) => given)).toEqual(
      ['slappart0', 'slappart1', 'slappart2'].map((partition) => ({ partition, minutes: 30 })),
    );
  });

  it('counts them by how they are, and shows those that are asked for', async () => {
    await open();
    await opened.page.getByText('Need you 1').click();
    expect(await names()).toEqual(['site']);
    await opened.page.getByText('Stopped 1').click();
    expect(await names()).toEqual(['sessions']);
    await opened.page.getByText('All 3').click();
    expect(await names()).toEqual(['cache', 'sessions', 'site']);
  });

  it('is searched by name, software, partition and address', async () => {
    await open();
    const search = opened.page.getByLabel('Find a partition');
    await search.fill('red');
    expect(await names()).toEqual(['sessions']);
    await search.fill('slappart2');
    expect(await names()).toEqual(['site']);
    await search.fill('127.64.0.1 cache');
    expect(await names()).toEqual(['cache']);
    await search.fill('<b>nothing');
    await opened.page.getByText('Nothing here is called “<b>nothing”.').waitFor();
    await opened.page.getByRole('button', { name: 'Show all' }).click();
    expect(await names()).toEqual(['cache', 'sessions', 'site']);
  });

  it('shows which partitions are free when asked', async () => {
    await open();
    await opened.page.getByRole('button', { name: 'Show 7 free partitions' }).click();
    await opened.page.getByText('slappart9').waitFor();
    await opened.page.getByText('127.64.0.10').waitFor();
  });

  it('says so when all are free, and where services are', async () => {
    await open(new StandInAgentService());
    await opened.page.getByRole('heading', { name: 'All 10 partitions are free.' }).waitFor();
    await opened.page.getByRole('link', { name: 'See services' }).click();
    await opened.page.getByRole('heading', { level: 1, name: 'Services' }).waitFor();
  });
});

describe('the keyboard', () => {
  it('reaches the list in one step of Tab, and its rows by arrows', async () => {
    await open();
    const { keyboard } = opened.page;
    await opened.page.getByLabel('Find a partition').focus();
    await keyboard.press('Tab');
    expect(await focusedRow()).toBe('cache');
    await keyboard.press('ArrowDown');
    await expect.poll(focusedRow).toBe('sessions');
    await keyboard.press('End');
    await expect.poll(focusedRow).toBe('site');
    await keyboard.press('ArrowDown');
    expect(await focusedRow()).toBe('site');
    await keyboard.press('Tab');
    expect(await opened.page.locator('.partition-row:focus').count()).toBe(0);
    await keyboard.press('Shift+Tab');
    await expect.poll(focusedRow).toBe('site');
    await keyboard.press('Home');
    await expect.poll(focusedRow).toBe('cache');
  });

  it('copies the address by C, and says so', async () => {
    await open();
    await row('cache').focus();
    await opened.page.keyboard.press('c');
    await expect.poll(() => opened.page.evaluate('navigator.clipboard.readText()')).toBe('127.64.0.1:11211');
    await expect.poll(() => opened.announced()).toContain('Copied 127.64.0.1:11211');
  });

  it('opens a partition by Enter, and comes back to its row', async () => {
    await open();
    await row('sessions').focus();
    await opened.page.keyboard.press('Enter');
    await opened.page.getByRole('heading', { level: 1, name: 'sessions' }).waitFor();
    await opened.page.goBack();
    await opened.page.getByRole('heading', { level: 1, name: 'Partitions' }).waitFor();
    await opened.page.getByLabel('Find a partition').focus();
    await opened.page.keyboard.press('Tab');
    expect(await focusedRow()).toBe('sessions');
  });

  it('shows what can be done by the Menu key, does it, and gives the focus back', async () => {
    await open();
    await row('cache').focus();
    await opened.page.keyboard.press('Shift+F10');
    const menu = opened.page.getByRole('menu');
    await menu.waitFor();
    await menu.getByRole('menuitem', { name: 'Stop' }).press('Enter');
    await row('cache').getByText('Stopped').waitFor();
    expect(opened.service.calls).toContainEqual(['stop', 'cache']);
    await expect.poll(focusedRow).toBe('cache');
  });
});

describe('what is done from the list', () => {
  const act = async (name: string, action: string): Promise<void> => {
    await opened.page.getByRole('button', { name: `Actions for ${name}` }).click();
    // Of this menu: the one before may still be fading.
    const menu = opened.page.getByRole('menu', { name: `Actions for ${name}` });
    await menu.getByRole('menuitem', { name: action }).click();
  };

  it('starts, restarts and tries again', async () => {
    await open();
    await act('sessions', 'Start');
    await row('sessions').getByText('Started').waitFor();
    await act('cache', 'Restart');
    await act('site', 'Try again');
    await expect
      .poll(() => opened.service.calls.filter(([called]) => called !== 'usageHistory').slice(-3))
      .toEqual([
        ['start', 'sessions'],
        ['restart', 'cache'],
        ['bang', 'site'],
      ]);
  });

  it('asks before it destroys', async () => {
    await open();
    await act('cache', 'Destroy…');
    const dialog = opened.page.getByRole('dialog', { name: 'Destroy “cache”?' });
    await dialog.getByLabel('Type cache to confirm').fill('cache');
    await dialog.getByRole('button', { name: 'Destroy and lose the data' }).click();
    await opened.page.getByText('2 of 10 in use.').waitFor();
    expect(opened.service.calls).toContainEqual(['destroy', 'cache']);
    // Its row is gone: the next one has the focus.
    await expect.poll(focusedRow).toBe('sessions');
  });

  it('gives the focus back to the row when it is kept', async () => {
    await open();
    await act('cache', 'Destroy…');
    await opened.page.getByRole('button', { name: 'Keep it' }).click();
    await opened.page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(focusedRow).toBe('cache');
  });

  it('says in the agent’s words why it was refused', async () => {
    await open();
    opened.service.failures.set('stop', new SlapgridError('disk-full', { path: '/data' }));
    await act('cache', 'Stop');
    await opened.page.getByRole('alert').getByText('The disk is full').waitFor();
  });

  it('is told to who does not see the list: states, not figures', async () => {
    await open();
    opened.service.change('cache', { state: 'failed' });
    await expect.poll(() => opened.announced()).toContain('cache: Needs you');
    measure();
    await expect.poll(() => row('cache').locator('.cell-cpu > span').textContent()).toBe('1.5');
    expect((await opened.announced()).filter((words) => /\d+ MB/u.test(words))).toEqual([]);
  });
});

describe('under the pointer or the focus', () => {
  it('no row comes, goes or moves; afterwards the list catches up', async () => {
    await open();
    await opened.page.getByText('Stopped 1').click();
    await row('sessions').hover();
    opened.service.change('sessions', { state: 'started', requestedState: 'started' });
    opened.service.change('cache', { state: 'stopped', requestedState: 'stopped' });
    await row('sessions').getByText('Started').waitFor();
    expect(await names()).toEqual(['sessions']);
    await opened.page.mouse.move(600, 20);
    await expect.poll(names).toEqual(['cache']);
  });
});

describe('a row that goes', () => {
  it('leaves the focus to the one in its place, and the list goes on', async () => {
    await open();
    await row('sessions').focus();
    opened.service.show(1, null);
    await expect.poll(focusedRow).toBe('site');
    opened.service.show(2, null);
    await expect.poll(focusedRow).toBe('cache');
  });

  it('and was the last of its group holds nothing', async () => {
    await open();
    await opened.page.getByText('Stopped 1').click();
    await row('sessions').focus();
    opened.service.show(1, null);
    await opened.page.getByText('None of your services is in this group.').waitFor();
    opened.service.change('cache', { state: 'stopped', requestedState: 'stopped' });
    await expect.poll(names).toEqual(['cache']);
  });
});

describe('500 partitions', () => {
  it('are counted, found and walked through, while only those that can be seen are drawn', async () => {
    await open(StandInAgentService.crowded(500));
    await opened.page.getByText('450 of 500 in use.').waitFor();
    expect(await rows().count()).toBeLessThan(60);
    const grid = opened.page.getByRole('grid', { name: 'Partitions' });
    expect(await grid.getAttribute('aria-rowcount')).toBe('451');
    await rows().first().focus();
    await opened.page.keyboard.press('End');
    await expect.poll(focusedRow).toBe('service-498');
    expect(await opened.page.locator('.partition-row:focus').getAttribute('aria-rowindex')).toBe('451');
    await expect.poll(() => opened.page.locator('.partition-row:focus').isVisible()).toBe(true);
    expect(await rows().count()).toBeLessThan(60);
    await opened.page.keyboard.press('Home');
    await expect.poll(focusedRow).toBe('service-0');
    await opened.page.getByLabel('Find a partition').fill('service-123');
    await expect.poll(names).toEqual(['service-123']);
  });

  it('are asked for their past only where they are looked at', async () => {
    await open(StandInAgentService.crowded(500));
    await opened.page.evaluate('scrollTo(0, 15000)');
    await expect
      .poll(() => opened.service.calls.filter(([called]) => called === 'usageHistory').length, {
        timeout: 10_000,
      })
      .toBeGreaterThan(20);
    expect(opened.service.calls.filter(([called]) => called === 'usageHistory').length).toBeLessThan(140);
  });
});

describe('how it looks', () => {
  it.each(['light', 'dark'] as const)(
    'in %s it keeps the rules of accessibility at every width',
    async (scheme) => {
      await open(StandInAgentService.crowded(40), { colorScheme: scheme, reducedMotion: 'reduce' });
      await rows().first().waitFor();
      // 540 is a window of 1080 at 200 %.
      for (const width of [360, 540, 768, 1080, 1600]) {
        await opened.page.setViewportSize({ width, height: 720 });
        await expectAccessible(opened.page);
      }
      await opened.page.getByRole('button', { name: /Show 4 free/u }).click();
      await opened.page.getByRole('button', { name: 'Actions for service-0' }).click();
      await opened.page.getByRole('menu').waitFor();
      await expectAccessible(opened.page);
    },
  );

  it('takes names that look like markup, run on, or turn around, as they are', async () => {
    const service = new StandInAgentService();
    const hostile = ['<img src=x onerror=alert(1)>', 'x'.repeat(200), 'שלום \u202eabc'];
    for (const [index, name] of hostile.entries()) {
      service.show(index, readyInstance({ guid: `SOFTINST-${index}`, name }));
    }
    await open(service);
    await expect.poll(names).toEqual(hostile);
    expect(await opened.page.locator('.partitions img').count()).toBe(0);
    await opened.page.setViewportSize({ width: 360, height: 640 });
    await expectAccessible(opened.page);
  });
});
