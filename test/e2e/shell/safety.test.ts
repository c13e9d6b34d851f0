/**
 * What a page can do that somebody has taken over: nothing but what a page may. In a real Chromium, with the application's own
 * answers.
 */
import type { Page } from '@playwright/test';
import { describe, expect, it } from 'vitest';
import { installation } from './application.ts';
import { eventually } from './processes.ts';

const at = installation();

async function takenOver(): Promise<Page> {
  const { page } = await at.open();
  await page.getByRole('heading', { level: 1 }).waitFor();
  return page;
}

describe('a page', () => {
  it('goes nowhere, and opens nothing inside', async () => {
    const { application, page } = await at.open();
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.evaluate(`location.href = 'https://evil.example/'`);
    await page.evaluate(`location.href = 'data:text/html,evil'`);
    for (const url of ['https://example.org/', 'file:///etc/passwd', 'https://a:b@example.org/']) {
      await page.evaluate(`void window.open(${JSON.stringify(url)}, '_blank', 'noopener')`);
    }
    await eventually(async () => {
      expect(await application.evaluate(() => globalThis.seen.opened)).toEqual(['https://example.org/']);
    });
    await eventually(() => expect(application.windows()).toHaveLength(1));
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Nothing is running yet.');
  });

  it('is given nothing of the computer but the way onto the clipboard', async () => {
    const { page } = await at.open();
    const states =
      await page.evaluate(`Promise.all(['geolocation', 'notifications', 'clipboard-read', 'clipboard-write']
      .map((name) => navigator.permissions.query({ name }).then(({ state }) => state)))`);
    expect(states).toEqual(['denied', 'denied', 'denied', 'granted']);
    expect(await page.evaluate(`[typeof require, typeof process, typeof globalThis.electron]`)).toEqual([
      'undefined',
      'undefined',
      'undefined',
    ]);
  });
});

it('the policy of the page lets it run, load and send nothing but its own', async () => {
  const page = await takenOver();
  await page.evaluate(`(() => {
    globalThis.refused = [];
    addEventListener('securitypolicyviolation', ({ effectiveDirective }) => refused.push(effectiveDirective));
    const add = (name, values) => document.body.append(Object.assign(document.createElement(name), values));
    add('script', { textContent: 'globalThis.ran = true' });
    add('script', { src: 'https://evil.example/x.js' });
    add('img', { src: 'https://evil.example/x.png' });
    add('iframe', { src: 'https://evil.example/' });
    add('object', { data: 'https://evil.example/x.swf' });
    add('link', { rel: 'stylesheet', href: 'https://evil.example/x.css' });
    void fetch('https://evil.example/').catch(() => {});
    try { new WebSocket('wss://evil.example/'); } catch {}
    const form = document.createElement('form');
    form.action = 'https://evil.example/';
    document.body.append(form);
    form.submit();
    // Later: the debugger itself may evaluate.
    setTimeout(() => {
      try { globalThis.ran = new Function('return true')(); } catch ({ name }) { globalThis.evaluated = name; }
    });
  })()`);
  await eventually(async () => {
    expect(await page.evaluate('[...new Set(refused)].sort()')).toEqual([
      'connect-src',
      'form-action',
      'frame-src',
      'img-src',
      'object-src',
      'script-src',
      'script-src-elem',
      'style-src-elem',
    ]);
  });
  expect(await page.evaluate('[globalThis.ran ?? false, evaluated]')).toEqual([false, 'EvalError']);
  // Nor may anybody frame it, the page itself neither: Chromium shows its own page of a refusal instead.
  const before = page.frames().length;
  await page.evaluate(`document.body.append(Object.assign(document.createElement('iframe'), { src: '/' }))`);
  await eventually(() => {
    expect(page.frames().length).toBe(before + 1);
    expect(page.frames().at(-1)?.url()).toBe('chrome-error://chromewebdata/');
  });
});

it('the scheme has the files of the page alone, and takes none', async () => {
  const page = await takenOver();
  const statusOf = (address: string, method = 'GET'): Promise<unknown> =>
    page.evaluate(`fetch('${address}', { method: '${method}' }).then(({ status }) => status)`);
  for (const address of [
    '/../../etc/passwd',
    '/%2e%2e/%2e%2e/main/main.mjs',
    '/..%2fmain%2fmain.mjs',
    '/etc/passwd',
    '/trpc',
  ]) {
    expect([address, await statusOf(address)]).toEqual([address, 404]);
  }
  expect(await statusOf('/')).toBe(200);
  expect(await statusOf('/', 'PUT')).toBe(405);
});

it('a webview is refused', async () => {
  const { application } = await at.open();
  const refused = await application.evaluate(({ BrowserWindow }) => {
    let prevented = false;
    const event = { preventDefault: () => void (prevented = true) };
    BrowserWindow.getAllWindows()[0]?.webContents.emit('will-attach-webview', event, {}, {});
    return prevented;
  });
  expect(refused).toBe(true);
});
