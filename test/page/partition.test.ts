import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { InstanceView } from '../../agent/api/contract.ts';
import { readyInstance, StandInAgentService } from '../fakes/agent-service.ts';
import { expectAccessible, openStage, type OpenedPage, type Stage } from './opened-page.ts';

let stage: Stage;
let opened: OpenedPage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
afterEach(() => opened.close());

/** Opens the screen of the partition in which `instance` lives. */
async function open(instance: Partial<InstanceView> = {}, browser = {}): Promise<void> {
  const service = new StandInAgentService();
  service.show(0, readyInstance(instance));
  service.write('cache', 'memcached', 'ready');
  service.moveUsage(Date.now());
  opened = await stage.open({ screen: '#/partition/slappart0', service, browser });
}
const main = () => opened.page.getByRole('main');
const says = (words: string | RegExp) => main().getByText(words).first().waitFor();
const button = (name: string) => opened.page.getByRole('button', { name, exact: true });
const region = (name: string) => opened.page.getByRole('region', { name });
const pair = (key: string) =>
  main()
    .locator('.pair')
    .filter({ has: opened.page.locator('dt').getByText(key, { exact: true }) });

const restarting: Partial<InstanceView> = {
  state: 'restarting',
  services: [
    {
      name: 'memcached',
      state: 'restarting',
      pid: null,
      restarts: 3,
      nextStartAt: '2026-11-22T14:00:08Z',
      lastExitStatus: 137,
    },
  ],
};
const failed: Partial<InstanceView> = {
  state: 'failed',
  error: { code: 'x', sentence: 'Its port is taken.', nextStep: 'End the other program.' },
  promises: [
    { name: 'port', state: 'failed', message: 'nothing answers', checkedAt: null },
    { name: 'disk', state: 'kept', message: 'below its limit', checkedAt: null },
    { name: 'backup', state: 'unknown', message: '', checkedAt: null },
  ],
};
const installing: Partial<InstanceView> = {
  state: 'installing',
  connection: [],
  promises: [],
  services: [],
  progress: { step: 'downloading', done: 41e6, total: 58e6, bytesPerSecond: 4.2e6 },
};
const web: Partial<InstanceView> = {
  connection: [
    { key: 'url', value: 'http://127.64.0.1:8080/', secret: false },
    { key: 'manual', value: 'https://example.org/manual', secret: false },
    { key: 'script', value: 'javascript:alert(1)', secret: false },
    { key: 'file', value: 'file:///etc/passwd', secret: false },
    { key: 'login', value: 'https://ana:pw@example.org/', secret: false },
    { key: 'password', value: 'k3-Zq8wXbTn', secret: true },
    { key: 'secret-url', value: 'https://example.org/?token=1', secret: true },
  ],
};

describe('who lives there and how it is', () => {
  it('started: since when, what it promises, what can be done', async () => {
    await open();
    await opened.page.getByRole('heading', { level: 1, name: 'cache' }).waitFor();
    expect(await opened.page.title()).toBe('cache – Slapgrid');
    for (const words of ['Yours', 'Memcached', 'slappart0', /^running since/u, '2 of 2 promises kept']) {
      await says(words);
    }
    await main().locator('.partition-status').getByText('Started').waitFor();
    await button('Stop').waitFor();
    await button('Restart').waitFor();
    expect(await button('Start').count()).toBe(0);
  });

  it('restarting: why, how often, and when it is started again', async () => {
    await open(restarting);
    await says('memcached ended with status 137 and was started again 3 times.');
    await says(/It is started again at .*:00:08.*, later each time\. Its log below says why it ended\./u);
  });

  it('failed: in the agent’s words, with the next step and what is not kept', async () => {
    await open(failed);
    await opened.page.getByRole('alert').getByText('Its port is taken. End the other program.').waitFor();
    await says('1 of 3 promises kept: port');
    const promises = main().locator('.promises li');
    expect(await promises.allTextContents()).toEqual([
      'port not keptnothing answers',
      'disk keptbelow its limit',
      'backup not checked yet',
    ]);
    await button('Try again').waitFor();
  });

  it('installing: how far, and where to watch it', async () => {
    await open(installing);
    await says('Downloading 41 of 58 MB.');
    await button('Cancel').waitFor();
    opened.service.progress('cache', { step: 'unpacking', done: 3, total: 27 });
    await says('Unpacking 3 of 27.');
    await opened.page.getByRole('link', { name: 'Watch it' }).click();
    await expect.poll(() => opened.page.evaluate('location.hash')).toBe('#/installation/slappart0');
  });

  it('stopped: nothing but what starts it', async () => {
    await open({ state: 'stopped', requestedState: 'stopped' });
    await main().locator('.partition-status').getByText('Stopped').waitFor();
    await button('Start').waitFor();
    expect(await button('Stop').count()).toBe(0);
  });

  it('gone: the partition is free, and who reads along is at its heading', async () => {
    await open();
    opened.service.show(0, null);
    const heading = opened.page.getByRole('heading', { level: 1, name: 'slappart0 is free.' });
    await heading.waitFor();
    await expect.poll(() => heading.evaluate((element) => element.matches(':focus'))).toBe(true);
    await opened.page.getByRole('link', { name: 'See services' }).waitFor();
  });

  it('never there: says so', async () => {
    await open();
    await opened.go('#/partition/slappart77');
    await opened.page.getByRole('heading', { level: 1, name: 'There is no partition slappart77.' }).waitFor();
  });

  it('is told when it changes: the state, and neither figures nor lines of the log', async () => {
    await open();
    opened.service.write('cache', 'memcached', 'a line of the log');
    opened.service.change('cache', failed);
    await expect.poll(() => opened.announced()).toContain('cache: Needs you');
    opened.service.change('cache', { state: 'started', error: null });
    await expect.poll(() => opened.announced(), { timeout: 10_000 }).toContain('cache: Started');
    opened.service.moveUsage(Date.now() + 40_000);
    opened.service.write('cache', 'memcached', 'another line of the log');
    await says('another line of the log');
    expect((await opened.announced()).filter((words) => /line of|MB|CPU/u.test(words))).toEqual([]);
  });
});

describe('what it publishes', () => {
  it('has the address to copy, and says who reaches it', async () => {
    await open();
    await button('Copy: Address').click();
    await expect.poll(() => opened.page.evaluate('navigator.clipboard.readText()')).toBe('127.64.0.1:11211');
    await expect.poll(() => opened.announced()).toContain('Copied');
    await says('Works from programs on this computer. Nothing outside can reach it.');
    expect(
      await main()
        .getByRole('link', { name: /in a new tab/u })
        .count(),
    ).toBe(0);
  });

  it('opens web addresses only, says where they lead, and gives them nothing of this page', async () => {
    await open(web);
    await says('Opens 127.64.0.1:8080 in a new tab.');
    const links = main().locator('a[target=_blank]');
    expect(
      await links.evaluateAll((all) =>
        all.map((link) => ['aria-label', 'href', 'rel'].map((name) => link.getAttribute(name))),
      ),
    ).toEqual([
      ['Open 127.64.0.1:8080 in a new tab', 'http://127.64.0.1:8080/', 'noopener noreferrer'],
      ['Open example.org in a new tab', 'https://example.org/manual', 'noopener noreferrer'],
    ]);
    await pair('script').getByText('javascript:alert(1)').waitFor();
    await pair('file').getByText('file:///etc/passwd').waitFor();
    await pair('manual').getByText('example.org', { exact: true }).waitFor();
  });

  it('keeps secrets as dots until they are asked for; they are copied unseen', async () => {
    await open(web);
    expect(await opened.page.content()).not.toContain('k3-Zq8wXbTn');
    await pair('password').getByText('hidden').waitFor();
    await button('Copy: password').click();
    await expect.poll(() => opened.page.evaluate('navigator.clipboard.readText()')).toBe('k3-Zq8wXbTn');
    expect(await opened.page.content()).not.toContain('k3-Zq8wXbTn');
    await button('Show: password').press('Enter');
    await pair('password').getByText('k3-Zq8wXbTn').waitFor();
    await button('Hide: password').press('Enter');
    await expect.poll(() => opened.page.content()).not.toContain('k3-Zq8wXbTn');
  });
});

describe('what it takes', () => {
  it('is three curves, each with its figure of what there is', async () => {
    await open();
    await region('CPU')
      .getByText(/^[\d.]+ of 8 CPUs$/u)
      .waitFor();
    await region('Memory')
      .getByText(/^[\d.]+\sMB of 16\sGB$/u)
      .waitFor();
    await region('Disk')
      .getByText(/^[\d.]+\sMB$/u)
      .first()
      .waitFor();
    await region('Memory')
      .getByRole('img', { name: /^Memory since .*: from [\d.]+\sMB to [\d.]+\sMB$/u })
      .waitFor();
  });

  it('moves on with the figures', async () => {
    await open();
    const usage = { cpu: 1.5, memoryBytes: 777_000_000, diskBytes: 4_000_000, processes: 2 };
    opened.service.store.setUsage(new Date().toISOString(), { slappart0: usage });
    await region('CPU').getByText('1.5 of 8 CPUs').waitFor();
    await region('Memory').getByText('777\u00a0MB of 16\u00a0GB').waitFor();
    await region('Disk').locator('.chart-now').getByText('4\u00a0MB').waitFor();
  });

  it('is a table for who wants one, a row for each minute, reached by keyboard', async () => {
    await open();
    await region('Memory').getByRole('img').waitFor();
    await button('Memory: show as table').press('Enter');
    const rows = region('Memory').getByRole('row');
    expect(await rows.count()).toBeGreaterThan(29);
    expect(await rows.nth(1).textContent()).toMatch(/^\d{1,2}:\d\d.*MB$/u);
    await button('Memory: show as curve').press('Enter');
    await region('Memory').getByRole('img').waitFor();
  });

  it('is unknown as long as it was not measured', async () => {
    const service = new StandInAgentService();
    service.show(0, readyInstance());
    service.usageHistory = () => Promise.resolve({ samples: [] });
    opened = await stage.open({ screen: '#/partition/slappart0', service });
    await region('Disk').getByText('unknown').waitFor();
    await region('Disk').getByText('Nothing was measured yet.').waitFor();
  });
});

describe('the clock', () => {
  /** Opens the screen at a time, in UTC. @returns what takes the computer to another time zone. */
  const openAt = async (
    time: string,
    instance: Partial<InstanceView> = {},
  ): Promise<(timezoneId: string) => Promise<void>> => {
    const service = new StandInAgentService();
    service.show(0, readyInstance({ ...instance, changedAt: '2026-11-22T14:00:00.000Z' }));
    service.moveUsage(Date.parse(time));
    opened = await stage.open({ service, browser: { locale: 'en-GB' } });
    const session = await opened.context.newCDPSession(opened.page);
    await session.send('Emulation.setTimezoneOverride', { timezoneId: 'UTC' });
    await opened.page.clock.install({ time });
    await opened.go('#/partition/slappart0');
    return async (timezoneId) => {
      await session.send('Emulation.setTimezoneOverride', { timezoneId });
      await opened.page.clock.runFor(61_000);
    };
  };
  const moments = () => main().locator('.partition-about time').textContent();

  it('of another time zone is followed, and midnight too, without a reload', async () => {
    const travel = await openAt('2026-11-22T21:30:00Z');
    expect(await moments()).toBe('running since today at 14:00');
    await travel('Asia/Tokyo');
    await expect.poll(moments).toBe('running since 22 November at 23:00');
    await travel('America/Chicago');
    await expect.poll(moments).toBe('running since today at 08:00');
    await opened.page.clock.fastForward('12:00:00');
    await expect.poll(moments).toBe('running since 22 November at 08:00');
  });

  it('that is set forward or back leaves no nonsense', async () => {
    await openAt('2026-11-22T14:30:00Z', restarting);
    const { service } = opened;
    expect(await moments()).toBe('since today at 14:00');
    for (const time of ['2026-11-22T17:30:00Z', '2026-11-21T09:00:00Z', '2026-11-22T14:30:00Z']) {
      await opened.page.clock.setSystemTime(time);
      service.moveUsage(Date.parse(time));
      await opened.page.clock.runFor(61_000);
      const words = await main().innerText();
      expect(words).not.toMatch(/NaN|Invalid|undefined|[-−]\d/u);
      const curves = main().locator('.curve-line');
      const paths = await curves.evaluateAll((all) => all.map((curve) => curve.getAttribute('d')));
      expect(paths.join('')).not.toMatch(/NaN|Infinity|-/u);
    }
    // It began before it began: that is not said.
    await opened.page.clock.setSystemTime('2026-11-21T09:00:00Z');
    await opened.page.clock.runFor(61_000);
    await expect.poll(() => main().locator('.partition-about time').count()).toBe(0);
  });
});

describe('how it looks', () => {
  const states: [string, Partial<InstanceView>][] = [
    ['started', web],
    ['restarting', restarting],
    ['failed', failed],
    ['installing', installing],
  ];

  it.each(['light', 'dark'] as const)(
    'in %s it keeps the rules of accessibility in every state and at every width',
    async (scheme) => {
      await open(web, { colorScheme: scheme, reducedMotion: 'reduce' });
      for (const [state, instance] of states) {
        opened.service.show(0, readyInstance({ ...instance, guid: state }));
        await main().locator('.partition-status').waitFor();
        // 540 is a window of 1080 at 200 %.
        for (const width of state === 'started' ? [360, 540, 1080, 1600] : [360, 1080]) {
          await opened.page.setViewportSize({ width, height: 720 });
          await expectAccessible(opened.page);
        }
      }
    },
  );

  it('is whole at 200 %, and where the browser’s text is twice as large', async () => {
    const cutButtons = () =>
      main()
        .getByRole('button')
        .evaluateAll(
          (all) => all.filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1).length,
        );
    await open(web);
    await opened.page.addStyleTag({ content: 'html { font-size: 200% }' });
    await expectAccessible(opened.page);
    expect(await cutButtons()).toBe(0);
    await opened.close();

    await open(web, { viewport: { width: 540, height: 360 }, deviceScaleFactor: 2 });
    await expectAccessible(opened.page);
    expect(await cutButtons()).toBe(0);
    // The bar at the bottom covers nothing that has the focus.
    for (const control of [button('Show: password'), button('Change…'), button('Save the log')]) {
      await control.focus();
      const bottom = await control.evaluate((element) => element.getBoundingClientRect().bottom);
      const bar = await opened.page
        .locator('.bottom')
        .evaluate((element) => element.getBoundingClientRect().top);
      expect(bottom).toBeLessThanOrEqual(bar);
    }
  });

  it('has no motion for who wants none', async () => {
    await open(installing, { reducedMotion: 'reduce' });
    await says('Downloading 41 of 58 MB.');
    expect(await opened.page.evaluate('document.getAnimations().length')).toBe(0);
  });

  it('takes names that look like markup, run on, or turn around, as they are', async () => {
    const hostile = ['<img src=x onerror=alert(1)>', 'x'.repeat(200), 'שלום \u202eabc', '{name} <b>'];
    await open();
    for (const [index, name] of hostile.entries()) {
      opened.service.show(
        0,
        readyInstance({
          guid: `SOFTINST-${index}`,
          name,
          softwareTitle: name,
          promises: [{ name, state: 'failed', message: name, checkedAt: null }],
          connection: [{ key: name, value: name, secret: false }],
          parameters: { [name]: name },
          softwareUrl: 'https://example.org/software.yaml',
          state: 'failed',
          error: { code: 'x', sentence: name, nextStep: name },
        }),
      );
      await expect.poll(() => opened.page.locator('h1').textContent()).toBe(name);
      await pair(name).first().waitFor();
      expect(await main().locator('img, b b').count()).toBe(0);
      for (const width of [360, 1080]) {
        await opened.page.setViewportSize({ width, height: 720 });
        await expectAccessible(opened.page);
      }
    }
  });
});

it('is walked through by keyboard alone, in the order in which it stands', async () => {
  await open(web);
  const { page } = opened;
  await page.locator('h1').focus();
  const reached: string[] = [];
  for (let steps = 0; steps < 40; steps += 1) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(
      `(({ activeElement: it }) => it.getAttribute('aria-label') ?? it.labels?.[0]?.textContent ?? it.textContent.slice(0, 80))(document)`,
    );
    reached.push(String(name));
    if (name === 'Log of cache') break;
  }
  expect(reached).toEqual([
    'Stop',
    'Restart',
    'Actions for cache',
    'CPU: show as table',
    'Memory: show as table',
    'Disk: show as table',
    'Open 127.64.0.1:8080 in a new tab',
    'Copy: Address',
    'Open example.org in a new tab',
    'Copy: manual',
    'Copy: script',
    'Copy: file',
    'Copy: login',
    'Show: password',
    'Copy: password',
    'Show: secret-url',
    'Copy: secret-url',
    'Change…',
    'Search the log',
    'Wrap',
    'Follow',
    'Save the log',
    'Log of cache',
  ]);
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { level: 1, name: 'Partitions' }).waitFor();
});
