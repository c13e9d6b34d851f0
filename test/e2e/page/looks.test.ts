import { rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readyInstance, type StandInAgentService } from '../../fakes/agent-service.ts';
import { startStandInAgent, type StandInAgent } from '../gates/stand-in-agent.ts';
import { launchBrowser } from './browser.ts';
import { buildPage } from './built-page.ts';

/** A folder for a picture of each screen, to be looked at by a person; without it, none is taken. */
const PICTURES = process.env['SLAPGRID_PICTURES'];

let assetsFolder: string;
let browser: Browser;
let agent: StandInAgent;

beforeAll(async () => {
  [assetsFolder, browser] = await Promise.all([buildPage(), launchBrowser()]);
  agent = await startStandInAgent({ assetsFolder });
});
afterAll(async () => {
  await browser.close();
  await agent.close();
  await rm(assetsFolder, { recursive: true });
});

const clean = (service: StandInAgentService): void => {
  for (let partition = 0; partition < 10; partition += 1) service.show(partition, null);
};

/** One service in each state that looks different. */
const busy = (service: StandInAgentService): void => {
  clean(service);
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
};

type Scene = {
  name: string;
  prepare: (service: StandInAgentService) => void;
  hash: string;
  act?: (page: Page) => Promise<void>;
};

const scenes: Scene[] = [
  { name: 'empty', prepare: clean, hash: '#/' },
  { name: 'overview', prepare: busy, hash: '#/' },
  { name: 'request', prepare: busy, hash: '#/request/memcached' },
  {
    name: 'request-wrong',
    prepare: busy,
    hash: '#/request/postgresql',
    act: async (page) => {
      await page.getByLabel('Name').fill('cache');
      await page.getByRole('button', { name: 'Request' }).click();
      await page.getByText('Database is needed.').first().waitFor();
    },
  },
  { name: 'choice', prepare: busy, hash: '#/request/redis' },
  { name: 'installing', prepare: busy, hash: '#/partition/slappart2' },
  { name: 'ready', prepare: busy, hash: '#/partition/slappart0' },
  { name: 'failed', prepare: busy, hash: '#/partition/slappart3' },
  { name: 'free', prepare: busy, hash: '#/partition/slappart9' },
  {
    name: 'destroy',
    prepare: busy,
    hash: '#/partition/slappart0',
    act: async (page) => {
      await page.getByRole('button', { name: 'Destroy cache…' }).click();
      await page.getByLabel('Type cache to confirm').fill('cache');
    },
  },
];
const widths = [360, 1080, 1600];

describe.each(['light', 'dark'] as const)('in %s', (scheme) => {
  let page: Page;

  beforeAll(async () => {
    const context = await browser.newContext({ colorScheme: scheme, reducedMotion: 'reduce' });
    page = await context.newPage();
    await page.goto(agent.page.createLink().url);
    await page.locator('h1').waitFor();
  });
  afterAll(() => page.context().close());

  it.each(scenes)('$name fits every width and keeps the rules of accessibility', async (scene) => {
    scene.prepare(agent.service);
    await page.goto(`${agent.origin}/${scene.hash}`);
    await page.reload();
    await page.locator('h1').waitFor();
    await scene.act?.(page);
    for (const width of widths) {
      await page.setViewportSize({ width, height: 720 });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(overflow).toBeLessThanOrEqual(0);
      if (PICTURES !== undefined) {
        const picture = path.join(PICTURES, `${scene.name}-${scheme}-${width}.png`);
        await page.screenshot({ path: picture, fullPage: scene.name !== 'destroy' });
      }
    }
  });
});

it('is told in words by what it is showing: the title follows the sentence', async () => {
  clean(agent.service);
  const page = await browser.newPage();
  await page.goto(agent.page.createLink().url);
  await expect.poll(() => page.title()).toBe('Nothing is running yet. – Slapgrid');
  agent.service.show(0, readyInstance());
  await expect.poll(() => page.title()).toBe('Running 1 service, only for you. – Slapgrid');
  await page.locator('output').getByText('Running 1 service, only for you.').waitFor({ state: 'attached' });
  await page.close();
});
