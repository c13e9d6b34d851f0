import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyInstance, StandInAgentService } from '../fakes/agent-service.ts';
import { openStage, type OpenedPage, type Stage } from './opened-page.ts';

let stage: Stage;
let on: OpenedPage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  on = await stage.prepare();
});
afterEach(() => on.close());

describe('the overview', () => {
  it('begins with the sentence, which has the focus', async () => {
    await on.enter();
    await on.title('Nothing is running yet.');
    expect(await on.focused()).toBe('Nothing is running yet.');
  });

  it('proposes something to begin with while nothing is there', async () => {
    await on.enter();
    await on.words('A good first service');
    await on.page.getByRole('link', { name: 'Request Memcached' }).click();
    await on.title('Request Memcached');
  });

  it('shows each service with what it takes, and copies its address', async () => {
    on.agent.service.show(0, readyInstance());
    on.agent.service.moveUsage(Date.now());
    await on.enter();
    const row = on.page
      .getByRole('listitem')
      .filter({ has: on.page.getByRole('link', { name: 'cache', exact: true }) });
    await row.getByText('Yours').waitFor();
    await row.getByText(/MB$/u).waitFor();
    await on.button('Copy: address of cache').click();
    await expect.poll(() => on.page.evaluate('navigator.clipboard.readText()')).toBe('127.64.0.1:11211');
    await on.told('Copied');
  });

  it('moves its figures when they are pushed, and asks for nothing', async () => {
    on.agent.service.show(0, readyInstance());
    await on.enter();
    const used = on.page.getByRole('meter', { name: 'CPU' });
    on.agent.service.store.setUsage(new Date().toISOString(), {
      slappart0: { cpu: 2, memoryBytes: 4e9, diskBytes: 1e9, processes: 3 },
    });
    await expect.poll(() => used.getAttribute('aria-valuetext')).toBe('2 of 8 CPUs');
    await on.page.getByText('4 GB of 16 GB').waitFor();
    await on.page.getByText('1 GB of 212 GB free').waitFor();
  });

  it('says what needs somebody, why, and leads there', async () => {
    on.agent.service.show(0, readyInstance());
    await on.enter();
    on.agent.service.fail('cache', {
      code: 'x',
      sentence: 'Its port is taken.',
      nextStep: 'End the other program.',
    });
    await on.title('“cache” needs you.');
    await on.words('Its port is taken.');
    await on.page.getByRole('link', { name: 'See what to do about “cache”' }).click();
    await on.page.waitForURL(/#\/partition\/slappart0$/u);
  });

  it('names several that need somebody in one place', async () => {
    for (const number of [0, 1, 2, 3, 4]) {
      on.agent.service.show(
        number,
        readyInstance({ guid: `S${number}`, name: `service-${number}`, state: 'failed' }),
      );
    }
    await on.enter();
    await on.title('5 services need you.');
    await on.page.getByRole('link', { name: 'service-2' }).first().waitFor();
    await on.page.getByRole('link', { name: 'See all 5' }).click();
    await on.page.waitForURL(/#\/partitions$/u);
  });

  it('leads to an installation that is under way, with its amount', async () => {
    on.agent.service.show(
      0,
      readyInstance({ name: 'db', state: 'installing', connection: [], promises: [] }),
    );
    on.agent.service.progress('db', { step: 'downloading', done: 41e6, total: 58e6 });
    await on.enter();
    await on.title('Getting “db” ready.');
    await on.words('41 of 58 MB');
    await on.page.getByRole('link', { name: 'db', exact: true }).click();
    await on.title('Getting “db” ready');
  });

  it('says what the agent noticed', async () => {
    on.agent.service.store.notice('clock', {
      code: 'clock',
      sentence: 'The clock moved by 3 h.',
      nextStep: '',
    });
    await on.enter();
    await on.words('The clock moved by 3 h.');
  });
});

describe('the windows', () => {
  it('are one stop for Tab, and the arrows lead from one to the next', async () => {
    on.agent.service.show(1, readyInstance({ guid: 'S1', name: 'one' }));
    on.agent.service.show(
      4,
      readyInstance({ guid: 'S4', name: 'four', state: 'stopped', requestedState: 'stopped' }),
    );
    await on.enter();
    const windows = on.page.getByRole('list', { name: 'Partitions: 1 yours, 1 stopped, 8 free' });
    await windows.waitFor();
    await on.tabTo('one, Started');
    await on.page.keyboard.press('ArrowRight');
    expect(await on.focused()).toBe('four, Stopped');
    await on.page.keyboard.press('Tab');
    expect(await on.focused()).toBe('one');
    await on.page.keyboard.press('c');
    await expect.poll(() => on.page.evaluate('navigator.clipboard.readText()')).toBe('127.64.0.1:11211');
    await on.page.keyboard.press('ArrowDown');
    expect(await on.focused()).toBe('four');
    await on.page.keyboard.press('Enter');
    await on.page.waitForURL(/#\/partition\/slappart4$/u);
  });
});

describe('500 partitions', () => {
  it('are seen from farther away, and only the first services are listed', async () => {
    const crowd = StandInAgentService.crowded(500);
    for (const { id, instance } of crowd.state().partitions) {
      on.agent.service.show(Number(id.replace('slappart', '')), instance);
    }
    await on.enter();
    await on.page.getByRole('link', { name: 'All 450 in Partitions' }).waitFor();
    expect(await on.page.locator('.window').count()).toBe(500);
    expect(await on.page.locator('.windows .glyph').count()).toBe(0);
    expect(await on.page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(
      0,
    );
  });
});

describe('a name', () => {
  it.each([
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    ['abc\u202Egnp.exe', '\u2068abc\u202Egnp.exe\u2069'],
  ])('%j is shown as the text it is, and turns only itself', async (name, shown) => {
    on.agent.service.show(0, readyInstance({ name, state: 'failed' }));
    await on.enter();
    await on.title(`“${shown}” needs you.`);
    await on.page.getByRole('link', { name, exact: true }).waitFor();
    expect(await on.page.locator('main img').count()).toBe(0);
  });
});
