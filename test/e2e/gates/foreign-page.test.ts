import { once } from 'node:events';
import http from 'node:http';
import type { Browser, BrowserContext, Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { builtPage } from '../../page/built-page.ts';
import { launchBrowser } from '../../page/browser.ts';
import { startStandInAgent, type StandInAgent } from './stand-in-agent.ts';

let assetsFolder: string;
let browser: Browser;
let agent: StandInAgent;
let context: BrowserContext;
let foreign: http.Server;
/** Every request that the foreign server got. */
let received: http.IncomingMessage[];
let foreignOrigin: string;

beforeAll(async () => {
  [assetsFolder, browser] = await Promise.all([builtPage(), launchBrowser()]);
});
afterAll(() => browser.close());

beforeEach(async () => {
  agent = await startStandInAgent({ assetsFolder });
  received = [];
  foreign = http
    .createServer((request, response) => {
      received.push(request);
      response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': 'planted=1' });
      response.end('<!doctype html><title>foreign</title><body>');
    })
    .listen(0, '127.0.0.1');
  await once(foreign, 'listening');
  const address = foreign.address();
  foreignOrigin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  context = await browser.newContext();
  // The owner's page is open in the same browser, signed in.
  const page = await context.newPage();
  await page.goto(agent.page.createLink().url);
  await page.getByRole('link', { name: 'Memcached' }).waitFor();
  agent.service.calls.length = 0;
});
afterEach(async () => {
  await context.close();
  foreign.closeAllConnections();
  foreign.close();
  await agent.close();
});

async function openForeignPage(): Promise<Page> {
  const page = await context.newPage();
  await page.goto(foreignOrigin);
  return page;
}

describe('a page of another server on this computer', () => {
  it('finds no cookie of the agent, and its server is sent none', async () => {
    const page = await openForeignPage();
    await page.goto(foreignOrigin);
    expect((await context.cookies(agent.origin)).map(({ name }) => name)).toEqual(['planted']);
    expect(await page.evaluate(() => sessionStorage.length + localStorage.length)).toBe(0);
    for (const { headers } of received) {
      expect(headers.authorization).toBeUndefined();
      expect(headers.referer ?? '').not.toContain(agent.origin);
      expect(headers.cookie ?? 'planted=1').toBe('planted=1');
    }
  });

  it.each(['state', 'catalogue', 'changes'])('cannot read /trpc/%s', async (procedure) => {
    const page = await openForeignPage();
    const outcome = await page.evaluate(
      async ([url, headers]) => {
        const attempts = [
          () => fetch(url),
          () => fetch(url, { credentials: 'include' }),
          () => fetch(url, { headers }),
        ];
        const read: string[] = [];
        for (const attempt of attempts) {
          try {
            const response = await attempt();
            read.push(await response.text());
          } catch {
            // Refused by the browser: nothing came back.
          }
        }
        return read;
      },
      [`${agent.origin}/trpc/${procedure}`, { authorization: 'Bearer guess' }] as const,
    );
    expect(outcome).toEqual([]);
    expect(agent.service.calls).toEqual([]);
  });

  it('cannot make the agent do anything, even blindly', async () => {
    const page = await openForeignPage();
    await page.evaluate(async (origin) => {
      const body = JSON.stringify({ name: 'cache', software: 'memcached' });
      const url = `${origin}/trpc/request`;
      const types = ['text/plain', 'application/x-www-form-urlencoded', 'application/json'];
      for (const type of types) {
        await fetch(url, {
          method: 'POST',
          mode: 'no-cors',
          credentials: 'include',
          headers: { 'content-type': type },
          body,
        }).catch(() => {});
      }
      navigator.sendBeacon(url, body);
      const form = document.createElement('form');
      form.method = 'post';
      form.enctype = 'text/plain';
      form.action = url;
      form.target = 'elsewhere';
      const frame = document.createElement('iframe');
      frame.name = 'elsewhere';
      document.body.append(frame, form);
      const sent = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
      form.submit();
      await sent;
    }, agent.origin);
    expect(agent.service.calls).toEqual([]);
    expect(agent.service.state().partitions.every(({ instance }) => instance === null)).toBe(true);
  });

  it('cannot frame the page, nor load its parts', async () => {
    const page = await openForeignPage();
    const loaded = await page.evaluate(async (origin) => {
      // The address comes last: an image is fetched from the moment that it has one, in a document or not.
      const outcome = (element: HTMLScriptElement | HTMLImageElement, source: string): Promise<string> =>
        new Promise((resolve) => {
          element.addEventListener('load', () => resolve('loaded'), { once: true });
          element.addEventListener('error', () => resolve('refused'), { once: true });
          document.body.append(element);
          element.src = source;
        });
      return [
        await outcome(document.createElement('script'), `${origin}/index.html`),
        await outcome(document.createElement('img'), `${origin}/icon.svg`),
      ];
    }, agent.origin);
    expect(loaded).toEqual(['refused', 'refused']);

    // Nothing is asked of the frame itself: an error page answers nobody.
    const refused = page.waitForEvent('requestfailed', (request) => request.isNavigationRequest());
    await page.evaluate((origin) => {
      const frame = document.createElement('iframe');
      frame.src = origin;
      document.body.append(frame);
    }, agent.origin);
    const request = await refused;
    expect(request.url()).toBe(`${agent.origin}/`);
    expect(request.failure()?.errorText).toBe('net::ERR_BLOCKED_BY_RESPONSE');
    await expect.poll(() => page.frames().map((frame) => frame.url())).not.toContain(`${agent.origin}/`);
  });

  it('cannot look into a window of the page that it opens', async () => {
    const page = await openForeignPage();
    const [opened] = await Promise.all([
      context.waitForEvent('page'),
      page.evaluate((origin) => {
        Object.assign(globalThis, { opened: window.open(origin) });
      }, agent.origin),
    ]);
    await opened.getByRole('heading', { level: 1 }).waitFor();
    // The opener is cut off: to it, the window is closed.
    expect(await page.evaluate('globalThis.opened.closed')).toBe(true);
    // And that window, without a link, was not let in either.
    expect(await opened.getByRole('heading', { level: 1 }).textContent()).toBe(
      'This page needs a link from the agent.',
    );
  });

  it('gets nothing under a name of its own that points here', async () => {
    const rebound = await browser.newContext();
    const page = await rebound.newPage();
    await page.route('http://rebound.example/**', async (route) => {
      // As after DNS rebinding: the same server, asked under the attacker's name.
      const { port } = agent.page;
      const url = route.request().url().replace('http://rebound.example', `http://127.0.0.1:${port}`);
      const response = await route.fetch({
        url,
        headers: { ...route.request().headers(), host: 'rebound.example' },
      });
      await route.fulfill({ response });
    });
    const response = await page.goto('http://rebound.example/');
    expect(response?.status()).toBe(403);
    expect(await page.textContent('body')).toContain('foreign-host');
    await rebound.close();
  });
});

it('the token of the page is in its tab only: another tab of the same address has none', async () => {
  const page = await context.newPage();
  await page.goto(agent.origin);
  await page.getByRole('heading', { level: 1, name: 'This page needs a link from the agent.' }).waitFor();
  expect(agent.service.calls).toEqual([]);
});
