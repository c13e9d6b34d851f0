/**
 * Takes the pictures: each scene in both schemes and three sizes, from the page as it is shipped, before the stand-in of the agent.
 * The same page gives the same pictures: its clock stands still, nothing moves, and nothing is measured.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, Page, Request } from '@playwright/test';
import { startStandInAgent, type StandInAgent } from '../e2e/gates/stand-in-agent.ts';
import { launchEngine } from '../page/browser.ts';
import { builtPage } from '../page/built-page.ts';
import { NOW, type Scene } from './scene.ts';

const SIZES = [
  { width: 360, height: 640 },
  { width: 1080, height: 720 },
  { width: 1600, height: 1000 },
] as const;
const SCHEMES = ['light', 'dark'] as const;
/** One is drawn while the other waits for its agent. */
const AT_ONCE = 2;
const PATIENCE_MILLISECONDS = 20_000;
/** Longer than a row waits before it asks for its curve. */
const QUIET_MILLISECONDS = 150;

export type PicturesOptions = {
  /** Made when it is not there; pictures of the same name are replaced. */
  folder: string;
  scenes: readonly Scene[];
  /** As high as the screen is, instead of what a window shows of it. */
  whole?: boolean;
  /** Called with the name of each file once it is written. */
  onPicture: (name: string) => void;
};

export async function takePictures(options: PicturesOptions): Promise<void> {
  await mkdir(options.folder, { recursive: true });
  const [assetsFolder, browser] = await Promise.all([builtPage(), launchEngine()]);
  try {
    const left = [...options.scenes];
    const photographer = async (): Promise<void> => {
      for (let scene = left.shift(); scene !== undefined; scene = left.shift()) {
        await takeScene(scene, browser, assetsFolder, options);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, photographer));
  } finally {
    await browser.close();
  }
}

async function takeScene(
  scene: Scene,
  browser: Browser,
  assetsFolder: string,
  { folder, whole = false, onPicture }: PicturesOptions,
): Promise<void> {
  const agent = await startStandInAgent({ assetsFolder, service: scene.service() });
  const context = await browser.newContext({
    viewport: SIZES[1],
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MILLISECONDS);
    await page.clock.setFixedTime(NOW);
    const asked = new Questions(page);
    await open(page, scene, agent);
    await scene.act?.(page, agent);
    for (const size of SIZES) {
      await page.setViewportSize(size);
      await drawn(page);
      if (scene.unanswered !== true) await asked.answered();
    }
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      for (const size of SIZES) {
        await page.setViewportSize(size);
        await drawn(page);
        const name = `${scene.name}-${colorScheme}-${size.width}x${size.height}.png`;
        await page.screenshot({ path: path.join(folder, name), fullPage: whole, animations: 'disabled' });
        onPicture(name);
      }
    }
  } catch (error) {
    throw new Error(`The scene “${scene.name}” could not be shown.`, { cause: error });
  } finally {
    await context.close();
    await agent.close();
  }
}

async function open(page: Page, { screen, stranger }: Scene, agent: StandInAgent): Promise<void> {
  if (stranger === true) {
    await page.goto(agent.origin);
  } else {
    await page.goto(agent.page.createLink().url);
    await page.locator('h1, .waiting').first().waitFor();
    await page.evaluate(`location.hash = ${JSON.stringify(screen)}`);
  }
  await page.locator('h1, .waiting').first().waitFor();
}

/** What a change of size or scheme leads to is drawn. */
async function drawn(page: Page): Promise<void> {
  await page.evaluate(`(async () => {
    await document.fonts.ready;
    const frames = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    await frames();
    scrollTo(0, 0);
    await frames();
  })()`);
}

/** What the page has asked for and has no answer to yet. */
class Questions {
  readonly #open = new Set<Request>();
  #changedAt = 0;

  constructor(page: Page) {
    page.on('request', (request) => {
      // A stream has no end.
      if (request.headers()['accept'] === 'text/event-stream') return;
      this.#change(() => this.#open.add(request));
    });
    page.on('requestfinished', (request) => this.#change(() => this.#open.delete(request)));
    page.on('requestfailed', (request) => this.#change(() => this.#open.delete(request)));
  }

  /** Waits until all is answered and nothing more is asked. */
  async answered(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MILLISECONDS;
    this.#changedAt = performance.now();
    while (this.#open.size > 0 || performance.now() - this.#changedAt < QUIET_MILLISECONDS) {
      if (performance.now() > deadline) throw new Error('The page goes on asking.');
      await pause(10);
    }
  }

  #change(change: () => void): void {
    change();
    this.#changedAt = performance.now();
  }
}
