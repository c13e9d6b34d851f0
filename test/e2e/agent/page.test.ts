/** The page, in a real browser, against the real agent: from the one-time link to a service that answers, and back. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from '@playwright/test';
import { createClient } from 'redis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from '../page/browser.ts';
import { Home, root, until } from './home.ts';

let home: Home;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  home = await Home.make();
  home.start();
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: { width: 1080, height: 720 } });
  const { url } = home.json(['link']) as { url: string };
  await page.goto(url);
});
afterAll(async () => {
  await browser.close();
  await home.remove();
});

async function picture(name: string): Promise<void> {
  const folder = path.join(root, 'test-results', 'agent');
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

it('opens with the one-time link, and forgets it', async () => {
  await page.getByRole('heading', { level: 1, name: 'Nothing is running yet.' }).waitFor();
  expect(page.url()).not.toContain('link=');
  await picture('empty');
});

it('requests Redis with the form that its parameter schema makes, and shows how to use it', async () => {
  await page.locator('.catalogue').getByRole('link', { name: 'Redis' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('from-page');
  await picture('request');
  await page.getByRole('button', { name: 'Request' }).click();
  await page.getByRole('heading', { level: 1, name: '“from-page” is ready.' }).waitFor({ timeout: 180_000 });
  await picture('ready');
  const { connection } = await home.instance('from-page');
  const url = connection.find((parameter) => parameter.key === 'url')?.value ?? '';
  const client = await createClient({ url }).connect();
  expect(await client.ping()).toBe('PONG');
  client.destroy();
});

it('follows what the command line does, without a reload', async () => {
  expect(home.run(['stop', 'from-page']).status).toBe(0);
  await page.getByRole('button', { name: 'Start' }).waitFor();
});

it('comes back by itself when the agent was killed and started again', async () => {
  await home.killAgent();
  home.start();
  await page.getByRole('button', { name: 'Start' }).click();
  await home.reaches('from-page', 'started');
  await page.getByRole('heading', { level: 1, name: '“from-page” is ready.' }).waitFor();
});

it('destroys after it was told what is lost', async () => {
  await page.getByRole('button', { name: /^Destroy/u }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('from-page');
  await picture('destroy');
  await dialog.getByRole('button', { name: 'Destroy and lose the data' }).click();
  await until(async () => (await home.state()).partitions.every((partition) => partition.instance === null));
  await page.getByRole('heading', { level: 1, name: 'Nothing is running yet.' }).waitFor();
  await picture('overview');
});
