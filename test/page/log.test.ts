import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SlapgridError } from '../../agent/errors.ts';
import { readyInstance, StandInAgentService } from '../fakes/agent-service.ts';
import { expectAccessible, openStage, type OpenedPage, type Stage } from './opened-page.ts';

let stage: Stage;
let opened: OpenedPage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
afterEach(() => opened.close());

type Line = { service: string; line: string };

/** Opens the screen of an instance that wrote `lines`. */
async function open(...lines: string[]): Promise<void> {
  const service = new StandInAgentService();
  service.show(0, readyInstance());
  service.write('cache', 'memcached', ...lines);
  opened = await stage.open({ screen: '#/partition/slappart0', service });
  await log().waitFor();
}
/** Opens the screen of an instance whose log is what `lines` gives. */
async function openWith(lines: () => Iterable<Line>): Promise<void> {
  const service = new StandInAgentService();
  service.show(0, readyInstance());
  service.logs = async function* logs({ signal }) {
    let position = 0;
    for (const line of lines()) {
      position += 1;
      yield { ...line, position: String(position) };
      // An agent reads its files in between.
      if (position % 100 === 0) await setImmediate();
    }
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  };
  opened = await stage.open({ screen: '#/partition/slappart0', service });
}
/** Opens the screen of an instance whose log cannot be read. @returns what mends it; what is foreseen happens once. */
async function openFailing(error: Error): Promise<() => void> {
  const service = new StandInAgentService();
  service.show(0, readyInstance());
  service.write('cache', 'memcached', 'ready');
  const read = service.logs.bind(service);
  const mend = (): void => {
    service.logs = read;
  };
  service.logs = async function* logs(options) {
    if (error instanceof SlapgridError) mend();
    yield* read({ ...options, lines: 0, follow: false });
    throw error;
  };
  opened = await stage.open({ screen: '#/partition/slappart0', service });
  return mend;
}
const write = (...lines: string[]) => opened.service.write('cache', 'memcached', ...lines);
const log = () => opened.page.getByRole('log', { name: 'Log of cache' });
const shown = () => log().locator('.log-line').allTextContents();
const search = () => opened.page.getByLabel('Search the log');
const follow = () => opened.page.getByLabel('Follow');
const hits = () => opened.page.locator('.log-hits').textContent();
const current = () => log().locator('.log-line.current').textContent();
const fromEnd = () =>
  log().evaluate(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight);
const numbered = (amount: number, from = 1): string[] =>
  Array.from({ length: amount }, (_, index) => `line ${index + from}`);

describe('the log', () => {
  it('shows what was written, then what comes', async () => {
    await open('ready', 'listens on 11211');
    await expect.poll(shown).toEqual(['ready', 'listens on 11211']);
    write('first client');
    await expect.poll(shown).toEqual(['ready', 'listens on 11211', 'first client']);
  });

  it('says so when nothing was written yet', async () => {
    await open();
    await opened.page.getByText('Nothing was written yet.').waitFor();
    write('ready');
    await expect.poll(shown).toEqual(['ready']);
  });

  it('goes on without loss or repetition when the connection was cut', async () => {
    await open('before');
    await expect.poll(shown).toEqual(['before']);
    await opened.agent.stop();
    write('meanwhile');
    await opened.agent.restart();
    write('after');
    await expect.poll(shown, { timeout: 15_000 }).toEqual(['before', 'meanwhile', 'after']);
  });

  it('says who wrote a line when several do, and shows one of them when asked', async () => {
    await open('ready');
    opened.service.write('cache', 'backup', 'saved');
    await expect.poll(shown).toEqual(['memcachedready', 'backupsaved']);
    await opened.page.getByRole('combobox', { name: 'Written by' }).click();
    await opened.page.getByRole('option', { name: 'backup' }).click();
    await expect.poll(shown).toEqual(['saved']);
  });

  it('says why it cannot be read, and tries again', async () => {
    await openFailing(new SlapgridError('disk-full', { path: '/data' }));
    await opened.page.getByRole('main').getByText('The disk is full').waitFor();
    await opened.page.getByRole('main').getByRole('button', { name: 'Try again' }).click();
    await expect.poll(shown).toEqual(['ready']);
    expect(await opened.page.getByRole('main').getByText('The disk is full').count()).toBe(0);
  });

  it('says so while what nobody foresaw keeps it from being read', async () => {
    const mend = await openFailing(new Error('unforeseen'));
    await opened.page.getByRole('main').getByRole('button', { name: 'Try again' }).waitFor();
    mend();
    await expect.poll(shown).toEqual(['ready']);
    expect(await opened.page.getByRole('main').getByRole('button', { name: 'Try again' }).count()).toBe(0);
  });

  it('tells a screen reader nothing by itself', async () => {
    await open('ready');
    expect(await log().getAttribute('aria-live')).toBe('off');
    write(...numbered(200));
    await expect.poll(async () => (await shown()).length).toBe(201);
    expect((await opened.announced()).filter((words) => words.includes('line'))).toEqual([]);
  });
});

describe('following', () => {
  it('stays at the end, whatever comes', async () => {
    await open(...numbered(500));
    await expect.poll(fromEnd).toBeLessThan(2);
    write('x'.repeat(3000), ...numbered(50, 501));
    await log().getByText('line 550').waitFor();
    await expect.poll(fromEnd).toBeLessThan(2);
    await opened.page.setViewportSize({ width: 360, height: 640 });
    await expect.poll(fromEnd).toBeLessThan(2);
  });

  it('stops when somebody scrolls up, says how many lines came, and goes on at the end', async () => {
    await open(...numbered(500));
    await expect.poll(fromEnd).toBeLessThan(2);
    await log().hover();
    await opened.page.mouse.wheel(0, -600);
    await expect.poll(() => follow().isChecked()).toBe(false);
    const seen = await fromEnd();
    write(...numbered(12, 501));
    await opened.page.getByRole('button', { name: '12 new lines' }).waitFor();
    // What is read stays where it is.
    expect(await fromEnd()).toBeGreaterThan(seen + 100);
    await opened.page.getByRole('button', { name: '12 new lines' }).press('Enter');
    await expect.poll(fromEnd).toBeLessThan(2);
    expect(await follow().isChecked()).toBe(true);
    expect(await opened.page.getByRole('button', { name: /new line/u }).count()).toBe(0);
  });

  it('is for the keyboard too', async () => {
    await open(...numbered(500));
    await expect.poll(fromEnd).toBeLessThan(2);
    await log().focus();
    await opened.page.keyboard.press('PageUp');
    await expect.poll(() => follow().isChecked()).toBe(false);
    await opened.page.keyboard.press('End');
    await expect.poll(() => follow().isChecked()).toBe(true);
    await follow().press('Space');
    await expect.poll(() => follow().isChecked()).toBe(false);
    write('one more');
    await opened.page.getByRole('button', { name: '1 new line' }).waitFor();
  });

  it('counts the lines of the service that is shown', async () => {
    await open(...numbered(200));
    opened.service.write('cache', 'backup', 'saved');
    await opened.page.getByRole('combobox', { name: 'Written by' }).click();
    await opened.page.getByRole('option', { name: 'memcached' }).click();
    await follow().click();
    opened.service.write('cache', 'backup', 'saved', 'saved', 'saved');
    write('a', 'b');
    await opened.page.getByRole('button', { name: '2 new lines' }).waitFor();
  });
});

describe('searching', () => {
  it('marks what was found, and goes from one to the next', async () => {
    await open('ready', 'failed: disk', ...numbered(300), 'Failed: port');
    await search().fill('failed');
    await expect.poll(hits).toBe('2 lines');
    // News waits for its turn.
    await expect.poll(() => opened.announced(), { timeout: 10_000 }).toContain('2 lines');
    await search().press('Enter');
    await expect.poll(current).toBe('failed: disk');
    expect(await hits()).toBe('1 of 2');
    expect(await log().locator('.log-line.current').isVisible()).toBe(true);
    expect(await follow().isChecked()).toBe(false);
    await search().press('Enter');
    await expect.poll(current).toBe('Failed: port');
    expect(await log().locator('mark').allTextContents()).toEqual(['failed', 'Failed']);
    await opened.page.getByRole('button', { name: 'Previous line found' }).press('Enter');
    await expect.poll(current).toBe('failed: disk');
    await search().press('Escape');
    expect(await search().inputValue()).toBe('');
    // Typing goes before marking.
    await expect.poll(() => log().locator('mark').count()).toBe(0);
  });

  it('finds what comes later, takes nothing as a pattern, and says when there is nothing', async () => {
    await open('a.c', 'abc');
    await search().fill('a.c');
    await expect.poll(hits).toBe('1 line');
    write('another a.c');
    await expect.poll(hits).toBe('2 lines');
    await search().fill('<img>(');
    await expect.poll(hits).toBe('Not found');
    expect(await opened.page.getByRole('button', { name: 'Next line found' }).isDisabled()).toBe(true);
  });
});

describe('what programs write', () => {
  it('is shown as text: no colours, no markup, nothing that hides or turns around', async () => {
    const escape = '\u001b';
    await open(
      `${escape}[1;31mERROR${escape}[0m disk`,
      '<img src=x onerror=alert(1)> <script>alert(2)</script>',
      'a\u0000b\u0007c',
      'rm \u202egpj.exe',
      `${escape}]0;title\u0007ready`,
      'שלום world',
      Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1'),
      '',
    );
    await expect
      .poll(async () => (await shown()).slice(0, 6))
      .toEqual([
        'ERROR disk',
        '<img src=x onerror=alert(1)> <script>alert(2)</script>',
        'a\u2400b\u2407c',
        'rm \ufffdgpj.exe',
        'ready',
        'שלום world',
      ]);
    expect(await log().locator('img, script').count()).toBe(0);
    expect((await shown()).join('')).not.toMatch(/(?!\t)[\p{Cc}\p{Bidi_Control}]/u);
    for (const width of [360, 1080]) {
      await opened.page.setViewportSize({ width, height: 720 });
      await expectAccessible(opened.page);
    }
  });

  it('may be one line of a megabyte, and a hundred of them', async () => {
    await openWith(function* lines() {
      for (let number = 1; number <= 100; number += 1) {
        yield { service: 'memcached', line: `${number} ${'x'.repeat(1_000_000)}` };
      }
      yield { service: 'memcached', line: 'the end' };
    });
    await log().getByText('the end').waitFor({ timeout: 60_000 });
    const [first = ''] = await shown();
    expect(first.length).toBeLessThan(5000);
    expect(first.endsWith('…')).toBe(true);
    await expectAccessible(opened.page);
    // Not wrapped, the lines scroll inside the log.
    await opened.page.getByLabel('Wrap').click();
    await expectAccessible(opened.page);
    expect(await heapOf(opened)).toBeLessThan(60);
  });

  it('may be 100 MB: the page stays small and answers meanwhile', async () => {
    const amount = 100_000;
    await openWith(function* lines() {
      const rest = 'x'.repeat(1000);
      for (let number = 1; number <= amount; number += 1) {
        yield { service: 'memcached', line: `line ${number} ${rest}` };
      }
    });
    const { page } = opened;
    await opened.page.getByText('Only the newest lines are shown.').waitFor({ timeout: 60_000 });
    // While lines come, somebody types.
    await search().fill('nothing of it');
    await expect.poll(hits).toBe('Not found');
    await search().fill('');
    await log().getByText(`line ${amount} x`).waitFor({ timeout: 90_000 });
    const { length } = await shown();
    expect(length).toBeLessThanOrEqual(10_000);
    expect(await page.evaluate<number>('document.querySelectorAll("*").length')).toBeLessThan(25_000);
    expect(await heapOf(opened)).toBeLessThan(80);
    await expect.poll(fromEnd).toBeLessThan(2);
  });
});

/** What JavaScript holds in memory once what nobody needs is gone, in MB. */
async function heapOf({ context, page }: OpenedPage): Promise<number> {
  const session = await context.newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize / 1e6;
}
