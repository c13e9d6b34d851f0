/** The page, in a real browser, against the real agent: from the one-time link to a service that is used, watched, changed, gone. */
import type { Browser } from '@playwright/test';
import { createClient } from 'redis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from '../../page/browser.ts';
import { Home, until } from './home.ts';
import { Window } from './window.ts';

let home: Home;
let browser: Browser;
let window: Window;

const link = (): string => (home.json(['link']) as { url: string }).url;

beforeAll(async () => {
  home = await Home.make();
  home.start();
  browser = await launchBrowser();
  window = await Window.open(browser, link());
});
afterAll(async () => {
  try {
    await window.close();
  } finally {
    await browser.close();
    await home.remove();
  }
});

const clientOf = (url: string) => createClient({ url, socket: { reconnectStrategy: false } });

/** One conversation of a real client with the service. */
async function asClient<T>(use: (client: ReturnType<typeof clientOf>) => Promise<T>): Promise<T> {
  const { connection } = await home.instance('store');
  const client = clientOf(connection.find(({ key }) => key === 'url')?.value ?? '');
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}

it('opens with the one-time link, forgets it, and asks once what to do', async () => {
  await window.title('What should this computer do?');
  expect(window.page.url()).not.toContain('link=');
  await window.picture('first-run');
  await window.button(/^Use it locally/u).click();
  await window.title('Nothing is running yet.');
  await window.picture('empty');
  await window.page.reload();
  await window.title('Nothing is running yet.');
});

it('requests Redis with the form that its parameter schema makes, and shows how to use it', async () => {
  const { page } = window;
  await page.keyboard.press('2');
  await page.getByRole('link', { name: /^Redis/u }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('store');
  await window.picture('request');
  await window.button('Request').click();
  await page.getByRole('heading', { level: 1, name: '“store” is ready.' }).waitFor({ timeout: 180_000 });
  await window.picture('ready');
  expect(await asClient((client) => client.set('kept', 'yes'))).toBe('OK');
});

it('shows what it takes of the computer, measured for real', async () => {
  await window.page.keyboard.press('1');
  const memory = window.page.getByRole('meter', { name: 'Memory' });
  await expect
    .poll(() => memory.getAttribute('aria-valuetext'), { timeout: 30_000 })
    .toMatch(/^\d.*\s[kM]B of /u);
  await window.picture('overview-running');
});

it('shows its log as it is written', async () => {
  const { page } = window;
  await page.getByRole('link', { name: 'store', exact: true }).click();
  await window.title('store');
  await window.words(/Ready to accept connections/u);
  const lines = page.getByRole('log');
  await page.getByRole('searchbox', { name: /log/iu }).fill('accept');
  await expect.poll(() => lines.locator('mark').count()).toBeGreaterThan(0);
  await window.picture('partition');
});

it('changes a parameter: the service has it, its data and its address stay', async () => {
  const { page } = window;
  const before = await home.partitionOf('store');
  await window.button('Change…').click();
  const dialog = page.getByRole('dialog', { name: 'Change “store”' });
  await dialog.getByLabel('Memory for values').fill('32');
  await window.picture('change');
  await dialog.getByRole('button', { name: 'Save the change' }).click();
  await dialog.waitFor({ state: 'detached' });
  await expect
    .poll(() => asClient((client) => client.configGet('maxmemory')).catch(() => null), { timeout: 30_000 })
    .toEqual({ maxmemory: String(32 * 1024 * 1024) });
  await window.words('32 MB');
  expect(await asClient((client) => client.get('kept'))).toBe('yes');
  expect((await home.partitionOf('store')).address).toBe(before.address);
});

it('stops and starts it, and its data is there again', async () => {
  await window.button('Stop').click();
  await window.button('Start').waitFor();
  await home.reaches('store', 'stopped');
  await expect(asClient((client) => client.ping())).rejects.toThrow();
  await window.picture('stopped');
  await window.button('Start').click();
  await window.button('Stop').waitFor();
  await home.reaches('store', 'started');
  expect(await asClient((client) => client.get('kept'))).toBe('yes');
});

it('restarts it without a change of what is requested', async () => {
  const pid = (await home.instance('store')).services[0]?.pid;
  await window.button('Restart').click();
  await until(async () => {
    const { state, services } = await home.instance('store');
    return state === 'started' && services[0]?.pid !== pid;
  });
  expect(await asClient((client) => client.get('kept'))).toBe('yes');
});

it('gives the data and the log as files', async () => {
  const { page } = window;
  const saving = page.waitForEvent('download');
  await window.button(/^Actions/u).click();
  await page.getByRole('menuitem', { name: /^Export/u }).click();
  const archive = await saving;
  expect(archive.suggestedFilename()).toMatch(/^store.*\.tar$/u);
  const bytes = await archive
    .createReadStream()
    .then(async (stream) => Buffer.concat(await stream.toArray()));
  expect(bytes.includes('appendonly')).toBe(true);

  const savingLog = page.waitForEvent('download');
  await window.button(/^Save/u).click();
  const log = await savingLog;
  const text = await log.createReadStream().then(async (stream) => Buffer.concat(await stream.toArray()));
  expect(text.toString('utf8')).toContain('Ready to accept connections');
});

it('follows what the command line and a second window do, without a reload', async () => {
  const second = await Window.open(browser, link());
  await second.title('Running 1 service, only for you.');
  expect(home.run(['stop', 'store']).status).toBe(0);
  await window.button('Start').waitFor();
  await second.title('Nothing is running.');
  await second.page.getByRole('link', { name: 'store', exact: true }).click();
  await second.button('Start').click();
  await window.button('Stop').waitFor();
  await second.button('Stop').waitFor();
  await second.close();
});

it('catches up with what happened while its connection was cut, and says so meanwhile', async () => {
  await window.context.setOffline(true);
  // A stream that is open already notices nothing of it.
  await home.killAgent();
  home.start();
  await window.page.getByRole('alert').getByText('The agent does not answer.').waitFor();
  await window.picture('agent-away');
  expect(home.run(['stop', 'store']).status).toBe(0);
  await window.context.setOffline(false);
  await window.button('Start').waitFor();
  await window.page.getByRole('alert').getByText('The agent does not answer.').waitFor({ state: 'detached' });
});

it('comes back by itself when the agent was killed and started again', async () => {
  await home.killAgent();
  await window.page.getByRole('alert').getByText('The agent does not answer.').waitFor();
  home.start();
  await window.button('Start').click();
  await home.reaches('store', 'started');
  await window.button('Stop').waitFor();
});

it('draws what was measured before the agent was started again', async () => {
  await window.page.reload();
  await window.title('store');
  await expect
    .poll(() => window.page.locator('.curves .curve-line').first().getAttribute('d'), { timeout: 40_000 })
    .toMatch(/^M.*L/u);
  await window.picture('curves');
});

it('lists it among the partitions, and checks this computer', async () => {
  const { page } = window;
  await page.keyboard.press('3');
  await page.getByRole('row').filter({ hasText: 'store' }).getByText('Started').waitFor();
  await window.picture('partitions');
  await page.getByRole('link', { name: 'Doctor' }).click();
  const passed = (await (await home.calls()).doctor.query()).every((check) => check.passed);
  await window.words(passed ? /^Everything this computer needs is here/u : /checks? needs? you/u);
  await window.picture('doctor');
  await page.getByRole('link', { name: 'Settings' }).click();
  await window.words(home.data);
  await window.picture('settings');
});

it('destroys after it was told what is lost', async () => {
  const { page } = window;
  await page.keyboard.press('3');
  await page.getByRole('link', { name: 'store', exact: true }).click();
  await window.button(/^Actions/u).click();
  await page.getByRole('menuitem', { name: /^Destroy/u }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('store');
  await window.picture('destroy');
  await dialog.getByRole('button', { name: 'Destroy and lose the data' }).click();
  await until(async () => (await home.state()).partitions.every((partition) => partition.instance === null));
  await page.keyboard.press('1');
  await window.title('Nothing is running yet.');
  await window.picture('overview');
});
