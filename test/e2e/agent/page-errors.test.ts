/** Each thing that goes wrong in the core, as the person at the page sees it: the agent's words, a next step, nothing lost. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import type { Browser } from '@playwright/test';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pathsOf } from '../../../agent/paths.ts';
import { launchBrowser } from '../../page/browser.ts';
import { STORED, tryMemcached } from './clients.ts';
import { Home, root, until } from './home.ts';
import { Place } from './place.ts';
import { Window } from './window.ts';

const memcached = path.join(root, 'assets', 'software', 'memcached', 'software.yaml');

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** Opens the page of the home's agent, past the first run. */
async function open(link: string): Promise<Window> {
  const window = await Window.open(browser, link);
  await window.button(/^Use it locally/u).click();
  await window.page.getByRole('navigation').getByRole('link', { name: 'Services' }).waitFor();
  return window;
}

describe('a request that is refused', () => {
  let home: Home;
  let window: Window;
  beforeAll(async () => {
    home = await Home.make();
    await home.configure({ partitionAmount: 1 });
    home.start();
    window = await open((home.json(['link']) as { url: string }).url);
  });
  afterAll(async () => {
    await window.close();
    await home.remove();
  });

  const alert = (words: string | RegExp): Promise<void> =>
    window.page.getByRole('alert').getByText(words).first().waitFor();

  /** Asks for the release at a URL; what was typed stays. */
  async function read(url: string): Promise<void> {
    await window.go('#/request-url');
    const field = window.page.getByLabel('URL of the software release');
    await field.fill(url);
    await window.button('Read it').click();
    await expect.poll(() => field.inputValue()).toBe(url);
  }

  it('for software that nobody knows', async () => {
    await read('/nowhere/software.yaml');
    await alert(/nowhere/u);
    await window.picture('error-unknown');
  });

  it('for a profile that is not valid: line and field are named', async () => {
    const file = path.join(home.folder, 'software.yaml');
    const profile = await readFile(memcached, 'utf8');
    await writeFile(file, profile.replace('port: 11211', 'port: many'));
    await read(file);
    const line = profile.split('\n').findIndex((each) => each.includes('port: 11211')) + 1;
    await alert(new RegExp(`line ${line}`, 'u'));
    await window.picture('error-profile');
  });

  it('for a URL that does not answer', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    silent.close();
    await read(`http://127.0.0.1:${port}/software.yaml`);
    await alert(new RegExp(`127.0.0.1:${port}`, 'u'));
  });

  it('for a profile that is not the announced one', async () => {
    const profile = await readFile(memcached);
    const server = createHttpServer((_, response) => response.end(profile)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const wrong = createHash('sha256').update('something else').digest('hex');
    const { port } = server.address() as AddressInfo;
    await read(`http://127.0.0.1:${port}/software.yaml#sha256=${wrong}`);
    await alert(/not the one/u);
    server.close();
  });

  it('because no partition is free: what was typed stays, and what runs goes on', async () => {
    const { page } = window;
    await window.go('#/request/memcached');
    await page.getByLabel('Name').fill('second');
    const connection = home.request('cache', 'memcached');
    await window.button('Request').click();
    await alert(/partition/u);
    expect(await page.getByLabel('Name').inputValue()).toBe('second');
    await window.picture('error-no-partition');
    expect(await tryMemcached(connection)).toContain(STORED);
  });

  it('with a parameter that the agent alone can refuse', async () => {
    const { page } = window;
    await window.go('#/');
    await page.getByRole('link', { name: 'cache', exact: true }).click();
    await window.button('Change…').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Memory for values').fill('1');
    await dialog.getByRole('button', { name: 'Save the change' }).click();
    await dialog
      .getByText(/Memory for values must be/u)
      .first()
      .waitFor();
    await window.picture('error-parameter');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  it('because somebody else destroyed it meanwhile', async () => {
    const { page } = window;
    await window.button(/^Actions/u).click();
    await page.getByRole('menuitem', { name: /^Destroy/u }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill('cache');
    expect(home.run(['destroy', 'cache', '--yes']).status).toBe(0);
    await window.words(/free/u);
    await window.picture('error-gone');
  });
});

describe('a published address that another program has taken', () => {
  let home: Home;
  beforeEach(async () => {
    home = await Home.make();
  });
  afterEach(() => home.remove());

  it('is told with its name, and the service comes when it is free again', async () => {
    home.start();
    const window = await open((home.json(['link']) as { url: string }).url);
    home.request('cache', 'memcached');
    const { id, address } = await home.partitionOf('cache');
    const port = Number((await home.instance('cache')).connection.find(({ key }) => key === 'port')?.value);
    expect(home.run(['stop', 'cache']).status).toBe(0);
    await home.reaches('cache', 'stopped');
    const other = await until(async () => {
      const server = createServer().listen(port, address);
      return once(server, 'listening').then(
        () => server,
        () => null,
      );
    });
    await window.go(`#/partition/${id}`);
    await window.button('Start').click();
    await window.words(new RegExp(`${address}:${port}|port ${port}`, 'iu'));
    await window.picture('error-port');
    await window.page.getByRole('navigation').getByRole('link', { name: 'Overview' }).click();
    await window.title('“cache” needs you.');
    await window.picture('error-overview');
    other.close();
    await home.reaches('cache', 'started');
    await window.title('Running 1 service, only for you.');
    await window.close();
  });
});

describe('a database that was damaged', () => {
  let home: Home;
  beforeEach(async () => {
    home = await Home.make();
  });
  afterEach(() => home.remove());

  it('was rebuilt, and a person is told', async () => {
    home.start();
    home.request('cache', 'memcached');
    await home.killAgent();
    const { database } = pathsOf(home.data);
    await writeFile(database, 'garbage '.repeat(1000));
    await Promise.all(['-wal', '-shm'].map((end) => rm(`${database}${end}`, { force: true })));
    home.start();
    const window = await open((home.json(['link']) as { url: string }).url);
    await window.words(/set aside/u);
    await window.title('Running 1 service, only for you.');
    await window.picture('error-database');
    await window.close();
  });
});

describe('a full disk', () => {
  let home: Home;
  let place: Place;
  beforeEach(async () => {
    home = await Home.make({ seed: false });
    place = await Place.smallDisk(home, 600_000_000);
  });
  afterEach(async () => {
    place.shell(`rm -f ${home.data}/filler`);
    place.run('uninstall', '--yes');
    await place.leave();
    await home.remove();
  });

  it('lets nothing new begin, and says so where it was asked', async () => {
    expect(place.run('start', '--headless', '--detach', '--json').status).toBe(0);
    const { url } = JSON.parse(place.run('link', '--json').stdout) as { url: string };
    const window = await open(url);
    await window.go('#/request/memcached');
    await window.page.getByLabel('Name').waitFor();
    place.shell(`cat /dev/zero > ${home.data}/filler || true`);
    await window.button('Request').click();
    await window.page.getByRole('alert').getByText('The disk is full').first().waitFor();
    await window.picture('error-disk-full');
    await window.close();
  });
});
