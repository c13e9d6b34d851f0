/**
 * The page in a real browser, in front of a stand-in of the agent; whatever goes wrong inside it fails the test.
 */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from '@playwright/test';
import { expect } from 'vitest';
import { startStandInAgent, type StandInAgent } from '../e2e/gates/stand-in-agent.ts';
import type { StandInAgentService } from '../fakes/agent-service.ts';
import { launchEngine } from './browser.ts';
import { builtPage } from './built-page.ts';

/** One browser for all tests of a file. */
export type Stage = {
  /** A page that was let in, at the screen of `screen` (`#/partitions`). */
  open(options?: Setting & { screen?: string }): Promise<OpenedPage>;
  /** A page that was not let in yet: {@link OpenedPage.enter} does. */
  prepare(options?: Setting): Promise<OpenedPage>;
  close(): Promise<void>;
};

type Setting = { service?: StandInAgentService; browser?: BrowserContextOptions };

export type OpenedPage = {
  agent: StandInAgent;
  service: StandInAgentService;
  context: BrowserContext;
  page: Page;
  /** Lets the page in with a new link, at the screen of `screen`. */
  enter(screen?: string): Promise<void>;
  /** Shows another screen. */
  go(screen: string): Promise<void>;
  /** Waits for the heading of a screen. */
  title(name: string): Promise<void>;
  /** Waits for words inside the screen. */
  words(text: string | RegExp): Promise<void>;
  button(name: string | RegExp): Locator;
  /** The name of what has the focus: its label, or its text. */
  focused(): Promise<string>;
  /** Presses Tab until what has the focus is called so. */
  tabTo(name: string): Promise<void>;
  /** What a screen reader was told, politely or not, since the page was loaded. */
  announced: () => Promise<string[]>;
  /** Waits until a screen reader is told so. News waits for its turn. */
  told(words: string): Promise<void>;
  /** Fails when the page said anything to its console that it should not. */
  close(): Promise<void>;
};

export async function openStage(): Promise<Stage> {
  const [assetsFolder, browser] = await Promise.all([builtPage(), launchEngine()]);
  return {
    prepare: (options = {}) => preparePage(assetsFolder, browser, options),
    open: async ({ screen = '#/', ...setting } = {}) => {
      const opened = await preparePage(assetsFolder, browser, setting);
      await opened.enter(screen);
      return opened;
    },
    close: () => browser.close(),
  };
}

/** Keeps what the live regions say: a browser without a screen reader forgets it at once. */
const LISTEN = `
  globalThis.announcements = [];
  new MutationObserver(() => {
    for (const region of document.querySelectorAll('output[aria-live], [role=alert][aria-live]')) {
      const words = region.textContent.trim();
      if (words !== '' && globalThis.announcements.at(-1) !== words) globalThis.announcements.push(words);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
`;

async function preparePage(assetsFolder: string, browser: Browser, options: Setting): Promise<OpenedPage> {
  const { service } = options;
  const agent = await startStandInAgent({ assetsFolder, ...(service === undefined ? {} : { service }) });
  const context = await browser.newContext({ viewport: { width: 1080, height: 720 }, ...options.browser });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: agent.origin });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.addInitScript(LISTEN);
  const mishaps: string[] = [];
  page.on('pageerror', (error) => mishaps.push(error.message));
  page.on('console', (message) => {
    // A refused connection is the network's word, not the page's.
    if (message.type() === 'error' && !message.text().includes('Failed to load resource')) {
      mishaps.push(message.text());
    }
  });
  const go = async (to: string): Promise<void> => {
    await page.evaluate(`location.hash = ${JSON.stringify(to)}`);
    await page.locator('h1').waitFor();
  };
  const announced = (): Promise<string[]> => page.evaluate('globalThis.announcements');
  const focused = (): Promise<string> =>
    page.evaluate(`(({ activeElement: it }) =>
      (it?.getAttribute('aria-label') ?? it?.labels?.[0]?.textContent ?? it?.textContent ?? '').trim())(document)`);
  return {
    agent,
    service: agent.service,
    context,
    page,
    enter: async (screen = '') => {
      await page.goto(agent.page.createLink().url);
      await page.locator('h1').waitFor();
      if (screen !== '') await go(screen);
    },
    go,
    title: (name) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor(),
    words: (text) => page.getByRole('main').getByText(text).first().waitFor(),
    button: (name) => page.getByRole('button', { name }),
    focused,
    tabTo: async (name) => {
      for (let steps = 0; steps < 60; steps += 1) {
        await page.keyboard.press('Tab');
        if ((await focused()).startsWith(name)) return;
      }
      throw new Error(`“${name}” cannot be reached`);
    },
    announced,
    told: (words) => expect.poll(announced, { timeout: 10_000 }).toContain(words),
    close: async () => {
      await context.close();
      await agent.close();
      expect(mishaps).toEqual([]);
    },
  };
}

/** Fails unless the page as it is shown keeps the rules of accessibility and has no sideways scrolling. */
export async function expectAccessible(page: Page): Promise<void> {
  // The other mode opens a page of its own each time, for frames, of which there are none.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
}
