/** The page of a real agent in a real browser. Whatever goes wrong inside it, a violation of its policy included, fails the test. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from '@playwright/test';
import { expect } from 'vitest';
import { root } from './home.ts';

const pictures = path.join(root, 'test-results', 'agent');

export class Window {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly #mishaps: string[] = [];

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    page.setDefaultTimeout(30_000);
    page.on('pageerror', (error) => this.#mishaps.push(error.message));
    page.on('console', (message) => {
      // A refused connection is the network's word, not the page's.
      if (message.type() === 'error' && !message.text().includes('Failed to load resource')) {
        this.#mishaps.push(message.text());
      }
    });
  }

  /** @param link one-time link of the agent. */
  static async open(browser: Browser, link: string): Promise<Window> {
    const context = await browser.newContext({ viewport: { width: 1080, height: 720 } });
    const window = new Window(context, await context.newPage());
    await window.page.goto(link);
    await window.page.locator('h1').waitFor();
    return window;
  }

  title(name: string | RegExp): Promise<void> {
    return this.page.getByRole('heading', { level: 1, name }).waitFor();
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  words(text: string | RegExp): Promise<void> {
    return this.page.getByRole('main').getByText(text).first().waitFor();
  }

  async go(hash: string): Promise<void> {
    await this.page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  }

  /** Leaves a picture for who reads the results. */
  async picture(name: string): Promise<void> {
    await mkdir(pictures, { recursive: true });
    await this.page.screenshot({ path: path.join(pictures, `${name}.png`), animations: 'disabled' });
  }

  async close(): Promise<void> {
    await this.context.close();
    expect(this.#mishaps).toEqual([]);
  }
}
