import path from 'node:path';
import process from 'node:process';
import type { Browser, BrowserContext, Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SlapgridError } from '../../agent/errors.ts';
import { readyInstance, StandInAgentService } from '../fakes/agent-service.ts';
import { startStandInAgent, type StandInAgent } from '../e2e/gates/stand-in-agent.ts';
import { launchEngine } from './browser.ts';
import { builtPage } from './built-page.ts';
import { expectAccessible } from './opened-page.ts';

/** A folder for a picture of each screen, to be looked at by a person; without it, none is taken. */
const PICTURES = process.env['SLAPGRID_PICTURES'];

let assetsFolder: string;
let browser: Browser;
let agent: StandInAgent;

beforeAll(async () => {
  [assetsFolder, browser] = await Promise.all([builtPage(), launchEngine()]);
});
afterAll(() => browser.close());
afterEach(() => agent.close());

/** Opens the page of an agent that shows what `service` does. */
async function open(context: BrowserContext, service: StandInAgentService, hash: string): Promise<Page> {
  agent = await startStandInAgent({ assetsFolder, service });
  const page = await context.newPage();
  await page.goto(agent.page.createLink().url);
  await page.locator('h1').waitFor();
  await page.goto(`${agent.origin}/${hash}`);
  await page.locator('h1').waitFor();
  return page;
}

const empty = (): StandInAgentService => new StandInAgentService();

const running = (): StandInAgentService => {
  const service = empty();
  service.show(0, readyInstance());
  service.show(
    4,
    readyInstance({ guid: 'SOFTINST-9', name: 'notes-db', softwareUrl: 'slapgrid:postgresql' }),
  );
  service.moveUsage(Date.parse('2026-11-22T14:00:00Z'));
  return service;
};

/** One service in each state that looks different. */
const busy = (): StandInAgentService => {
  const service = empty();
  const nothingYet = { connection: [], promises: [], services: [] };
  service.show(0, readyInstance());
  service.show(
    1,
    readyInstance({
      guid: 'SOFTINST-2',
      name: 'sessions-of-the-shop-that-has-a-rather-long-name',
      softwareUrl: 'slapgrid:redis',
      softwareTitle: 'Redis',
      state: 'stopped',
      requestedState: 'stopped',
      connection: [{ key: 'url', value: 'redis://127.64.0.2:6379', secret: false }],
    }),
  );
  service.show(
    2,
    readyInstance({
      ...nothingYet,
      guid: 'SOFTINST-3',
      name: 'photos-db',
      softwareUrl: 'slapgrid:postgresql',
      softwareTitle: 'PostgreSQL',
      state: 'installing',
      progress: { step: 'downloading', done: 41e6, total: 58e6, bytesPerSecond: 4.2e6 },
    }),
  );
  service.show(
    3,
    readyInstance({
      ...nothingYet,
      guid: 'SOFTINST-4',
      name: 'site',
      softwareUrl: 'slapgrid:nginx',
      softwareTitle: 'nginx',
      state: 'failed',
      error: {
        code: 'no-package-source',
        sentence: 'None of this computer’s package sources answers. What is installed keeps working.',
        nextStep: 'Look at the network, then try again.',
      },
    }),
  );
  return service;
};

type Scene = {
  name: string;
  service: () => StandInAgentService;
  hash: string;
  act?: (page: Page) => Promise<void>;
};

const firstRun = (): StandInAgentService => {
  const service = empty();
  service.beginFirstRun();
  return service;
};

const withoutCatalogue = (): StandInAgentService => {
  const service = running();
  service.catalogue = () => Promise.reject(new SlapgridError('disk-full', { path: '/data' }));
  return service;
};

const scenes: Scene[] = [
  { name: 'empty', service: empty, hash: '#/' },
  { name: 'overview', service: running, hash: '#/' },
  { name: 'needs-you', service: busy, hash: '#/' },
  {
    name: 'keys',
    service: running,
    hash: '#/',
    act: async (page) => {
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    },
  },
  { name: 'services', service: running, hash: '#/services' },
  {
    name: 'nothing-found',
    service: running,
    hash: '#/services',
    act: async (page) => {
      await page.getByLabel('Search services').fill('minecraft');
      await page.getByText('Nothing is called “minecraft”.').waitFor();
    },
  },
  {
    name: 'catalogue-failed',
    service: withoutCatalogue,
    hash: '#/services',
    act: (page) => page.getByRole('button', { name: 'Try again' }).waitFor(),
  },
  { name: 'request', service: running, hash: '#/request/memcached' },
  {
    name: 'request-wrong',
    service: running,
    hash: '#/request/postgresql',
    act: async (page) => {
      await page.getByLabel('Name').fill('cache');
      await page.getByLabel('Database').fill('Photos!');
      await page.getByRole('button', { name: 'Request', exact: true }).click();
      await page.getByRole('button', { name: 'Show as a command' }).click();
      await page.getByText('2 fields need your attention.').waitFor();
    },
  },
  { name: 'choice', service: running, hash: '#/request/redis' },
  { name: 'request-url', service: running, hash: '#/request-url' },
  { name: 'installing', service: busy, hash: '#/installation/slappart2' },
  { name: 'stuck', service: busy, hash: '#/installation/slappart3' },
  { name: 'ready', service: busy, hash: '#/installation/slappart0' },
  { name: 'crowd', service: () => StandInAgentService.crowded(500), hash: '#/' },
  { name: 'first-run', service: firstRun, hash: '#/' },
  {
    name: 'tour',
    service: firstRun,
    hash: '#/',
    act: async (page) => {
      await page.getByRole('button', { name: /Look around/u }).click();
      await page.getByRole('heading', { level: 1, name: /^Running/u }).waitFor();
    },
  },
];
/** Has the parts of the width below it, with more room. */
const WIDEST = 1600;
const widths = [360, 1080, WIDEST];

const sidewaysOverflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - innerWidth');

describe.each(['light', 'dark'] as const)('in %s', (scheme) => {
  let context: BrowserContext;

  beforeEach(async () => {
    context = await browser.newContext({ colorScheme: scheme, reducedMotion: 'reduce' });
  });
  afterEach(() => context.close());

  it.each(scenes)('$name fits every width and keeps the rules of accessibility', async (scene) => {
    const page = await open(context, scene.service(), scene.hash);
    await scene.act?.(page);
    for (const width of widths) {
      await page.setViewportSize({ width, height: 720 });
      if (width === WIDEST) expect(await sidewaysOverflow(page)).toBeLessThanOrEqual(0);
      else await expectAccessible(page);
      if (PICTURES !== undefined) {
        const picture = path.join(PICTURES, `${scene.name}-${scheme}-${width}.png`);
        await page.screenshot({ path: picture, fullPage: !['keys', 'crowd'].includes(scene.name) });
      }
    }
  });

  it('a page that was not let in, and one whose agent is gone, keep them too', async () => {
    const page = await open(context, running(), '#/');
    await agent.stop();
    await page.getByRole('alert').getByText('The agent does not answer.').waitFor();
    await expectAccessible(page);
    await agent.restart();
    const stranger = await browser.newContext({ colorScheme: scheme });
    const other = await stranger.newPage();
    await other.goto(agent.origin);
    await other.getByRole('heading', { name: 'This page needs a link from the agent.' }).waitFor();
    await expectAccessible(other);
    await stranger.close();
  });
});

it('has no motion for who wants none', async () => {
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  const page = await open(context, busy(), '#/installation/slappart2');
  await page.locator('[aria-current=step]').waitFor();
  expect(await page.evaluate('document.getAnimations().length')).toBe(0);
  await context.close();
});

it('is whole at twice the size of everything', async () => {
  // 1080 × 720 seen at 200 %: half of the pixels of CSS in each direction.
  const context = await browser.newContext({ viewport: { width: 540, height: 360 }, deviceScaleFactor: 2 });
  const page = await open(context, running(), '#/');
  for (const hash of ['#/', '#/services', '#/request/memcached', '#/installation/slappart0']) {
    await page.goto(`${agent.origin}/${hash}`);
    const last = page.locator('main :is(a, button):visible').last();
    await last.waitFor();
    expect(await sidewaysOverflow(page)).toBeLessThanOrEqual(0);
    // The bar at the bottom covers nothing that has the focus.
    await last.focus();
    const bottom = await last.evaluate((element) => element.getBoundingClientRect().bottom);
    const bar = await page.locator('.bottom').evaluate((element) => element.getBoundingClientRect().top);
    expect(bottom).toBeLessThanOrEqual(bar);
  }
  await context.close();
});
