import { rm } from 'node:fs/promises';
import type { Browser, BrowserContext, Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SlapgridError } from '../../../agent/errors.ts';
import { readyInstance } from '../../fakes/agent-service.ts';
import { startStandInAgent, type StandInAgent } from '../gates/stand-in-agent.ts';
import { launchBrowser } from './browser.ts';
import { buildPage } from './built-page.ts';

let assetsFolder: string;
let browser: Browser;
let agent: StandInAgent;
let context: BrowserContext;
let page: Page;
/** What went wrong inside the page. */
let mishaps: string[];

beforeAll(async () => {
  [assetsFolder, browser] = await Promise.all([buildPage(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await rm(assetsFolder, { recursive: true });
});

beforeEach(async () => {
  agent = await startStandInAgent({ assetsFolder });
  context = await browser.newContext({ viewport: { width: 1080, height: 720 } });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: agent.origin });
  page = await context.newPage();
  mishaps = [];
  page.on('pageerror', (error) => mishaps.push(error.message));
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) mishaps.push(message.text());
  });
});
afterEach(async () => {
  await context.close();
  await agent.close();
  expect(mishaps).toEqual([]);
});

const open = async (): Promise<void> => {
  await page.goto(agent.page.createLink().url);
  await page.locator('.catalogue').getByRole('link', { name: 'Memcached' }).waitFor();
};
const title = (name: string): Promise<void> =>
  page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
const words = (text: string | RegExp): Promise<void> =>
  page.getByRole('main').getByText(text).first().waitFor();
const press = (name: string | RegExp): Promise<void> => page.getByRole('button', { name }).click();
const focused = (): Promise<string> => page.evaluate('document.activeElement?.id ?? ""');
const ready = { state: 'started', progress: null, ...published() } as const;

function published() {
  const { connection, promises, services } = readyInstance();
  return { connection, promises, services };
}

describe('the link', () => {
  it('opens the page, and leaves no code in the address nor in the history', async () => {
    await open();
    expect(page.url()).toBe(`${agent.origin}/`);
    expect(await page.evaluate('history.length')).toBe(2);
    await page.reload();
    await title('Nothing is running yet.');
  });

  it('says that it was used already, and how to get a new one', async () => {
    const { url } = agent.page.createLink();
    await page.goto(url);
    await title('Nothing is running yet.');
    const other = await context.newPage();
    await other.goto(url);
    await other.getByText('This link was used already, or it is older than a minute.').waitFor();
    await other.getByText('./slapgrid link --open').waitFor();
  });
});

describe('asking for a service', () => {
  it('goes from the catalogue to an address that can be copied', async () => {
    await open();
    await page.getByRole('link', { name: 'Memcached' }).click();
    await title('Request Memcached');
    await page.getByLabel('Name').fill('my-cache');
    await page.getByLabel('Memory for values').fill('128');
    await press('Request');

    await title('Getting “my-cache” ready');
    expect(agent.service.calls.at(-1)).toEqual([
      'request',
      {
        name: 'my-cache',
        software: 'slapgrid:memcached',
        softwareType: 'default',
        parameters: { memory: 128 },
      },
    ]);
    agent.service.progress('my-cache', { step: 'resolving', done: 0, total: 0 });
    await words('Resolving packages');
    agent.service.progress('my-cache', {
      step: 'downloading',
      done: 8e6,
      total: 20e6,
      bytesPerSecond: 4.2e6,
    });
    await words('Downloading 8 of 20 MB');
    await words('4.2 MB/s, about 3 s left');
    expect(await page.getByRole('progressbar').getAttribute('value')).toBe('40');
    expect(await page.locator('[aria-current=step]').textContent()).toBe('Downloading');
    agent.service.progress('my-cache', { step: 'unpacking', done: 3, total: 27 });
    await words('Unpacking 3 of 27');
    agent.service.progress('my-cache', { step: 'starting', done: 0, total: 0 });
    await page.locator('[aria-current=step]', { hasText: 'Starting' }).waitFor();
    agent.service.progress('my-cache', { step: 'checking', done: 0, total: 0 });
    await page.locator('[aria-current=step]', { hasText: 'Checking promises' }).waitFor();
    agent.service.change('my-cache', ready);

    await title('“my-cache” is ready.');
    await words('127.64.0.1:11211');
    await press('Copy: Address');
    await page.getByRole('button', { name: 'Copy: Address' }).getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('127.64.0.1:11211');
  });

  it('shows a secret only when it is asked to, and copies it without', async () => {
    agent.service.show(0, readyInstance());
    await open();
    await page.getByRole('link', { name: 'cache', exact: true }).click();
    await title('“cache” is ready.');
    expect(await page.content()).not.toContain('k3-Zq8wXbTn');
    await press('Copy: password');
    await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe('k3-Zq8wXbTn');
    await press('Show: password');
    await words('k3-Zq8wXbTn');
    await press('Hide: password');
    await page.getByText('k3-Zq8wXbTn').waitFor({ state: 'detached' });
  });

  it('can be done with the keyboard alone', async () => {
    await open();
    const tabTo = async (name: string): Promise<void> => {
      for (let steps = 0; steps < 40; steps += 1) {
        await page.keyboard.press('Tab');
        const active = page.locator(':focus');
        const label = (await active.getAttribute('aria-label')) ?? (await active.textContent()) ?? '';
        if (label.startsWith(name)) return;
      }
      throw new Error(`“${name}” cannot be reached`);
    };
    await tabTo('Redis');
    await page.keyboard.press('Enter');
    await title('Request Redis');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('instance-name');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('sessions');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    await tabTo('Request');
    await page.keyboard.press('Enter');
    await title('Getting “sessions” ready');
    expect(agent.service.calls.at(-1)).toMatchObject([
      'request',
      { name: 'sessions', parameters: { durability: 'never' } },
    ]);
    agent.service.change('sessions', ready);
    await title('“sessions” is ready.');
    await tabTo('Destroy sessions');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Destroy “sessions”?' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(() => page.locator(':focus').getAttribute('aria-label')).toBe('Destroy sessions…');
  });

  it('can be cancelled at once', async () => {
    await open();
    await page.getByRole('link', { name: 'PostgreSQL' }).click();
    await page.getByLabel('Database').fill('photos');
    await press('Request');
    await title('Getting “postgresql” ready');
    await press('Cancel');
    await title('Nothing is running yet.');
    expect(agent.service.calls.at(-1)).toEqual(['cancel', 'postgresql']);
  });

  it('says in the agent’s words why it was refused, and keeps what was typed', async () => {
    await open();
    await page.getByRole('link', { name: 'Memcached' }).click();
    await page.getByLabel('Name').fill('my-cache');
    agent.service.failures.set('request', new SlapgridError('disk-full', { path: '/data' }));
    await press('Request');
    await page.getByRole('alert').getByText('The disk is full').waitFor();
    await words('Free some space, then try again.');
    expect(await page.getByLabel('Name').inputValue()).toBe('my-cache');
  });
});

describe('the form', () => {
  it('says what is wrong when a field is left', async () => {
    await open();
    await page.getByRole('link', { name: 'Memcached' }).click();
    await page.getByLabel('Memory for values').fill('8');
    await page.getByLabel('Memory for values').blur();
    await words('Memory for values must be between 16 and 2,048 MB.');
    await page.getByLabel('Memory for values').fill('64');
    await page.getByText('must be between').waitFor({ state: 'detached' });
  });

  it('goes to the first field that is wrong, and asks nothing of the agent', async () => {
    await open();
    await page.getByRole('link', { name: 'PostgreSQL' }).click();
    await press('Request');
    await words('Database is needed.');
    await expect.poll(focused).toBe('parameter-database');
    await page.getByLabel('Database').fill('Photos!');
    await press('Request');
    await words('Database must look like this:');
    expect(agent.service.calls.map(([called]) => called)).not.toContain('request');
  });

  it('loses no click on a button that a new message moves', async () => {
    await open();
    await page.getByRole('link', { name: 'Memcached' }).click();
    await page.getByLabel('Memory for values').fill('8');
    await press('Request');
    await expect.poll(focused).toBe('parameter-memory');
  });

  it('proposes a name that is free, and says when a chosen one is not', async () => {
    agent.service.show(0, readyInstance({ name: 'memcached' }));
    await open();
    await page.locator('.catalogue').getByRole('link', { name: 'Memcached' }).click();
    expect(await page.getByLabel('Name').inputValue()).toBe('memcached-2');
    await page.getByLabel('Name').fill('memcached');
    await page.getByLabel('Name').blur();
    await words('You already have “memcached”. Choose another name.');
  });

  it('takes lists, choices, several lines and another kind', async () => {
    await open();
    await page.getByRole('link', { name: 'PostgreSQL' }).click();
    await page.getByLabel('Database').fill('photos');
    await page.getByRole('combobox', { name: 'Extensions' }).fill('hstore');
    await page.keyboard.press('Enter');
    await press('Request');
    await title('Getting “postgresql” ready');
    expect(agent.service.calls.at(-1)).toMatchObject([
      'request',
      { parameters: { database: 'photos', extensions: ['hstore'] } },
    ]);

    await page.getByRole('link', { name: 'Overview' }).click();
    await page.locator('.catalogue').getByRole('link', { name: 'nginx' }).click();
    await page.getByLabel('Front page').fill('<h1>\nhello</h1>');
    await page.getByRole('combobox', { name: 'Kind' }).click();
    await page.getByRole('option', { name: 'Forward to another server' }).click();
    await page.getByLabel('Target').fill('http://127.64.0.1/');
    await press('Request');
    await title('Getting “nginx” ready');
    expect(agent.service.calls.at(-1)).toMatchObject([
      'request',
      { softwareType: 'forward', parameters: { target: 'http://127.64.0.1/' } },
    ]);
  });
});

describe('a service that is there', () => {
  beforeEach(async () => {
    agent.service.show(0, readyInstance());
    await open();
  });

  it('is stopped and started', async () => {
    await title('Running 1 service, only for you.');
    await press('Stop cache');
    await title('Nothing is running.');
    await press('Start cache');
    await title('Running 1 service, only for you.');
    expect(agent.service.calls.slice(-2)).toEqual([
      ['stop', 'cache'],
      ['start', 'cache'],
    ]);
  });

  it('is destroyed only after saying what is lost and having its name typed', async () => {
    await press('Destroy cache…');
    const dialog = page.getByRole('dialog', { name: 'Destroy “cache”?' });
    await dialog.getByText('all data that it has written').waitFor();
    await dialog.getByText('127.64.0.1:11211').waitFor();
    const destroy = dialog.getByRole('button', { name: 'Destroy and lose the data' });
    expect(await destroy.isDisabled()).toBe(true);
    await dialog.getByLabel('Type cache to confirm').fill('cach');
    expect(await destroy.isDisabled()).toBe(true);
    await dialog.getByLabel('Type cache to confirm').fill('cache');
    await destroy.click();
    await title('Nothing is running yet.');
    expect(agent.service.calls.at(-1)).toEqual(['destroy', 'cache']);
  });

  it('says what is wrong and what to do when it needs somebody', async () => {
    agent.service.fail('cache', {
      code: 'x',
      sentence: 'Its port is taken.',
      nextStep: 'End the other program.',
    });
    await title('“cache” needs you.');
    await page.getByRole('link', { name: 'cache', exact: true }).click();
    await page.getByRole('alert').getByText('Its port is taken.').waitFor();
    await words('End the other program.');
    await press('Try again');
    await expect.poll(() => agent.service.calls.at(-1)).toEqual(['bang', 'cache']);
  });

  it('says why an action failed', async () => {
    agent.service.failures.set('stop', new SlapgridError('disk-full', { path: '/data' }));
    await press('Stop cache');
    await page.getByRole('alert').getByText('The disk is full').waitFor();
  });
});

describe('the agent', () => {
  it('may go and come back: the page says so and catches up, without being loaded again', async () => {
    agent.service.show(0, readyInstance());
    await open();
    await page.evaluate('globalThis.sameDocument = true');
    await agent.stop();
    await page.getByRole('alert').getByText('The agent does not answer.').waitFor();
    await title('Running 1 service, only for you.');
    agent.service.show(1, readyInstance({ guid: 'SOFTINST-2', name: 'second' }));
    await agent.restart();
    await title('Running 2 services, only for you.');
    await page.getByText('The agent does not answer.').waitFor({ state: 'detached' });
    expect(await page.evaluate('globalThis.sameDocument')).toBe(true);
  });

  it('may end the session: the page says how to get a new link, and takes it in the same tab', async () => {
    await open();
    await agent.sessions.revokeAll();
    await title('This page’s session has ended.');
    await words('./slapgrid link --open');
    await page.evaluate((url) => {
      location.href = url;
    }, agent.page.createLink().url);
    await title('Nothing is running yet.');
    expect(page.url()).toBe(`${agent.origin}/`);
  });

  it('is asked for a link by a page that has none', async () => {
    await page.goto(agent.origin);
    await title('This page needs a link from the agent.');
  });

  it('is followed by one stream, and asked nothing while nothing happens', async () => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await open();
    expect(asked.filter((path) => path.startsWith('/trpc/'))).toEqual(['/trpc/changes', '/trpc/catalogue']);
    expect(agent.service.openStreams).toBe(1);
    await page.close();
    await expect.poll(() => agent.service.openStreams).toBe(0);
  });
});
