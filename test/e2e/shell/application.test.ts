/**
 * The application with its page, its tray and the stand-in of the agent, as a person uses it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import type { ElectronApplication, Page } from '@playwright/test';
import { describe, expect, it } from 'vitest';
import { readyInstance, standInMaster } from '../../fakes/agent-service.ts';
import { installation } from './application.ts';
import { commandLineOf, menuOf, openedPage, STAND_IN } from './electron.ts';
import { childrenOf, eventually } from './processes.ts';

const at = installation();

/** What would be somebody's end. */
const CHANGING = new Set(['stop', 'stopAll', 'destroy', 'shutdown', 'uninstall']);

async function choose(application: ElectronApplication, id: string): Promise<void> {
  await eventually(async () => {
    const there = await application.evaluate(
      (_electron, wanted) => (globalThis.seen.tray.menu?.getMenuItemById(wanted) ?? null) !== null,
      id,
    );
    expect(there).toBe(true);
  });
  await application.evaluate((_electron, wanted) => {
    globalThis.seen.tray.menu?.getMenuItemById(wanted)?.click();
  }, id);
}

function pidOf(application: ElectronApplication): number {
  return application.process().pid ?? 0;
}

/** As its person does; Playwright's own `close` may end the page without the window. */
async function closeWindow(application: ElectronApplication, page: Page): Promise<void> {
  await application.evaluate(({ BrowserWindow }) => {
    for (const window of BrowserWindow.getAllWindows()) window.close();
  });
  await eventually(() => expect(page.isClosed()).toBe(true));
}

async function renderersOf(application: ElectronApplication): Promise<number> {
  const processes = await childrenOf(pidOf(application));
  return processes.filter(({ command }) => command.includes('--type=renderer')).length;
}

describe('the window', () => {
  it('shows the page of its own scheme, which speaks to the agent', async () => {
    const { application, page } = await at.open();
    await page.getByRole('heading', { level: 1, name: 'Nothing is running yet.' }).waitFor();
    const url = await application.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.getURL(),
    );
    expect(url).toBe('app://slapgrid/');
    at.agent.service.show(0, readyInstance({ name: 'cache' }));
    await page.getByRole('heading', { level: 1, name: 'Running 1 service, only for you.' }).waitFor();
    // What it asks the agent for arrives with the rights of a page.
    const answer = await page.evaluate(`fetch('/trpc/shutdown', {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }).then(({ status }) => status)`);
    expect(answer).toBe(403);
    expect(at.agent.service.calls.map(([called]) => called)).not.toContain('shutdown');
  });

  it('requests an instance', async () => {
    const { page } = await at.open();
    await page.evaluate(`location.hash = '#/request/memcached'`);
    await page.getByRole('button', { name: /^Request/u }).click();
    await eventually(() => {
      expect(at.agent.service.calls.map(([called]) => called)).toContain('request');
    });
  });

  it('saves what the agent hands out', async () => {
    const { page } = await at.open();
    const { path: file } = await at.agent.connection.call.createDownload.mutate({
      name: 'cache',
      what: 'log',
    });
    expect(await page.evaluate(`fetch(${JSON.stringify(file)}).then((answer) => answer.text())`)).toBe(
      'log of cache',
    );
  });

  it('leaves no renderer and no stream behind when it is closed, and the application stays', async () => {
    const { application, page } = await at.open();
    await page.getByRole('heading', { level: 1 }).waitFor();
    await eventually(() => expect(at.agent.service.openStreams).toBe(2));
    expect(await renderersOf(application)).toBeGreaterThan(0);
    await closeWindow(application, page);
    await eventually(async () => expect(await renderersOf(application)).toBe(0));
    await eventually(() => expect(at.agent.service.openStreams).toBe(1));
    expect(await menuOf(application)).toContain('Open Slapgrid');
  });

  it('comes back where it was, also in another run', async () => {
    const place = { x: 300, y: 200, width: 900, height: 640 };
    const { application, page } = await at.open();
    await application.evaluate(({ BrowserWindow }, bounds) => {
      BrowserWindow.getAllWindows()[0]?.setBounds(bounds);
    }, place);
    await closeWindow(application, page);
    const boundsOf = (of: ElectronApplication): Promise<unknown> =>
      of.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds());
    await choose(application, 'open');
    await eventually(async () => expect(await boundsOf(application)).toEqual(place));
    await application.close();
    const again = await at.open();
    expect(await boundsOf(again.application)).toEqual(place);
  });

  it('is not there with --hidden until it is asked for', async () => {
    const application = await at.start('--hidden');
    await eventually(async () => expect(await menuOf(application)).toContain('Quit'));
    expect(application.windows()).toEqual([]);
    await choose(application, 'doctor');
    const page = await openedPage(application);
    await page.getByRole('heading', { level: 1, name: 'Doctor' }).waitFor();
  });
});

describe('the tray', () => {
  it('shows what is, and does what is chosen', async () => {
    at.agent.service.show(0, readyInstance({ name: 'cache', guid: 'G-1' }));
    const application = await at.start('--hidden');
    await eventually(async () => {
      expect(await menuOf(application)).toEqual([
        'Running 1 service, only for you.',
        'Local: only you can start something here',
        'Join a master…',
        '—',
        'cache',
        'cache › Copy 127.64.0.1:11211',
        'cache › Open',
        'cache › Stop',
        '—',
        'Open Slapgrid',
        'Doctor',
        '—',
        'Notifications',
        'Notifications › When a service is ready',
        'Notifications › When a service needs you',
        'Notifications › When a service keeps stopping',
        'Notifications › When this laptop needs you',
        'Notifications › When a master does not answer',
        'Notifications › When Slapgrid was updated',
        'Quit, services keep running',
      ]);
    });
    expect(await application.evaluate(() => globalThis.seen.tray.tooltip)).toBe(
      'Running 1 service, only for you.',
    );
    await choose(application, 'copy-G-1');
    expect(await application.evaluate(({ clipboard }) => clipboard.readText())).toBe('127.64.0.1:11211');
    await choose(application, 'stop-G-1');
    await choose(application, 'start-G-1');
    await eventually(async () => expect(await menuOf(application)).toContain('cache › Stop'));
    expect(at.agent.service.calls).toEqual([
      ['stop', 'cache'],
      ['start', 'cache'],
    ]);
  });

  it('switches between Shared and Local, and asks a master that does not answer', async () => {
    const application = await at.start('--hidden');
    const { service } = at.agent;
    service.join(standInMaster({ partitionAmount: 2 }), { name: 'choir-db', guid: 'G-9' });
    await eventually(async () =>
      expect(await menuOf(application)).toContain('choir-db, for slap.example.org'),
    );
    expect(await menuOf(application)).toContain('Hosting 1 service.');
    await choose(application, 'mode-local');
    await eventually(async () =>
      expect(await menuOf(application)).toContain('choir-db, for slap.example.org: stopped'),
    );
    await choose(application, 'mode-shared');
    await eventually(async () => expect(await menuOf(application)).toContain('Hosting 1 service.'));
    const error = { code: 'master-unreachable', sentence: 'It is silent.', nextStep: '' };
    service.store.setMaster(standInMaster({ partitionAmount: 2, state: 'failing', error }));
    await choose(application, 'ask-master-1');
    await eventually(async () =>
      expect(service.calls.filter(([called]) => called !== 'finishFirstRun')).toEqual([
        ['setMode', 'local'],
        ['setMode', 'shared'],
        ['askMaster', 'master-1'],
      ]),
    );
  });

  it('is drawn anew only when it changes', async () => {
    at.agent.service.show(0, readyInstance({ name: 'cache', guid: 'G-1' }));
    const application = await at.start('--hidden');
    const rendersOf = (): Promise<number> => application.evaluate(() => globalThis.seen.tray.renders);
    await eventually(async () => expect(await menuOf(application)).toContain('cache'));
    const before = await rendersOf();
    at.agent.service.change('cache', { changedAt: '2026-11-22T15:00:00.000Z' });
    at.agent.service.change('cache', { state: 'restarting' });
    await eventually(async () => expect(await menuOf(application)).toContain('cache: restarting'));
    expect(await rendersOf()).toBe(before + 1);
  });

  it('says when the agent is gone, and finds it again by itself', async () => {
    const application = await at.start('--hidden');
    await eventually(async () => expect(await menuOf(application)).toContain('Nothing is running yet.'));
    await at.agent.stop();
    await eventually(async () => {
      expect(await menuOf(application)).toContain('The agent does not answer. What runs keeps running.');
    });
    await at.agent.restart();
    await eventually(async () => expect(await menuOf(application)).toContain('Nothing is running yet.'));
  });

  it('says why the agent cannot be started', async () => {
    await at.answer({ error: { code: 'disk-full', sentence: 'The disk is full.', nextStep: 'Free space.' } });
    const application = await at.start('--hidden');
    await eventually(async () => {
      expect(await menuOf(application)).toContain('Slapgrid could not be started. The disk is full.');
    });
    expect(await application.evaluate(() => globalThis.seen.dialogs)).toEqual([]);
    await choose(application, 'reconnect');
    await eventually(async () => {
      expect(await application.evaluate(() => globalThis.seen.dialogs)).toEqual([
        {
          message: 'The disk is full.',
          detail: 'Free space.\n\nCode: disk-full',
          buttons: ['Try again', 'Close', 'Quit'],
        },
      ]);
    });
    await at.answer();
    await choose(application, 'reconnect');
    await eventually(async () => expect(await menuOf(application)).toContain('Nothing is running yet.'));
  });
});

describe('a notification', () => {
  const told = (application: ElectronApplication): Promise<string[]> =>
    application.evaluate(() => globalThis.seen.notifications.map(({ title, body }) => `${title}: ${body}`));
  const LOST = { code: 'download-failed', sentence: 'The connection was lost.', nextStep: '' };

  it('is shown once, and its button acts', async () => {
    at.agent.service.show(0, readyInstance({ name: 'cache', state: 'installing' }));
    const application = await at.start('--hidden');
    await eventually(async () => expect(await menuOf(application)).toContain('cache: getting ready'));
    at.agent.service.fail('cache', LOST);
    await eventually(async () =>
      expect(await told(application)).toEqual(['“cache” needs you: The connection was lost.']),
    );
    at.agent.service.fail('cache', LOST);
    await application.evaluate(() => {
      globalThis.seen.notifications[0]?.emit('action', {}, 0);
    });
    await eventually(() => expect(at.agent.service.calls).toEqual([['bang', 'cache']]));
    expect(await told(application)).toHaveLength(1);
  });

  it('is not shown when its kind is turned off, in any run', async () => {
    const first = await at.start('--hidden');
    await choose(first, 'notify-failed');
    // The window's menu says the same.
    await eventually(async () => {
      const checked = await first.evaluate(
        () => globalThis.seen.applicationMenu?.getMenuItemById('notify-failed')?.checked,
      );
      expect(checked).toBe(false);
    });
    await first.close();
    at.agent.service.show(0, readyInstance({ name: 'cache', guid: 'G-1' }));
    at.agent.service.show(1, readyInstance({ name: 'other', guid: 'G-2' }));
    const application = await at.start('--hidden');
    await eventually(async () => expect(await menuOf(application)).toContain('cache'));
    at.agent.service.fail('cache', LOST);
    at.agent.service.store.notice('disk', { code: 'disk', sentence: 'Little disk is left.', nextStep: '' });
    await eventually(async () => expect(await told(application)).toEqual(['Little disk is left.: ']));
  });
});

describe('a second start', () => {
  const startAgain = async (...args: string[]): Promise<number | null> => {
    const second = spawn(STAND_IN, commandLineOf({ entry: at.entry, userData: at.userData, args }));
    const [status]: (number | null)[] = await once(second, 'exit');
    return status ?? null;
  };

  it('ends, and shows the window of the first', async () => {
    const application = await at.start('--hidden');
    expect(await startAgain()).toBe(0);
    const page = await openedPage(application);
    await page.getByRole('heading', { level: 1 }).waitFor();
  });

  it('by a link asks, and does nothing unless a person agrees', async () => {
    const application = await at.start('--hidden');
    await startAgain('slapgrid://request/redis');
    const dialogs = (): Promise<string[]> =>
      application.evaluate(() => globalThis.seen.dialogs.map((each) => each.message));
    await eventually(async () => expect(await dialogs()).toEqual(['A link asks for the software “redis”.']));
    expect(application.windows()).toEqual([]);
    await application.evaluate(() => {
      globalThis.seen.answers.push(0);
    });
    await startAgain('slapgrid://request/redis');
    const page = await openedPage(application);
    await page.getByRole('heading', { level: 1, name: 'Redis' }).waitFor();
    expect(at.agent.service.calls.map(([called]) => called)).not.toContain('request');
  });

  it('by one link after the other asks about one at a time', async () => {
    const application = await at.start('--hidden');
    await application.evaluate(() => {
      globalThis.seen.open = new Promise(() => {});
    });
    const dialogs = (): Promise<string[]> =>
      application.evaluate(() => globalThis.seen.dialogs.map((each) => each.message));
    await startAgain('slapgrid://request/redis');
    await eventually(async () => expect(await dialogs()).toHaveLength(1));
    await startAgain('slapgrid://request/nginx');
    await startAgain();
    // What came after them was done: the window is there.
    await openedPage(application);
    expect(await dialogs()).toEqual(['A link asks for the software “redis”.']);
  });

  it('by a link to a master asks, then fills in the form, and joins nothing', async () => {
    const application = await at.start('--hidden');
    const link = 'slapgrid://join?master=https%3A%2F%2Fslap.example.org&name=attic&token=7Q4K-P2MD';
    await application.evaluate(() => {
      globalThis.seen.answers.push(0);
    });
    await startAgain(link);
    const page = await openedPage(application);
    await page.getByRole('heading', { level: 1, name: 'Join a master' }).waitFor();
    await eventually(async () => {
      expect(await page.getByLabel('Address of the master').inputValue()).toBe('https://slap.example.org/');
    });
    expect(await page.locator('#join-token').inputValue()).toBe('7Q4K-P2MD');
    expect(await page.getByLabel('Name of this computer').inputValue()).toBe('attic');
    expect(await application.evaluate(() => globalThis.seen.dialogs)).toMatchObject([
      { message: 'A link asks you to join the master at slap.example.org.' },
    ]);
    expect(page.url()).not.toContain('7Q4K');
    const called = at.agent.service.calls.map(([procedure]) => procedure);
    expect(called).not.toContain('inspectMaster');
    expect(called).not.toContain('registerNode');
  });

  it('by a hostile link says that it was ignored', async () => {
    const application = await at.start('--hidden');
    await startAgain('slapgrid://request?url=file%3A%2F%2F%2Fetc%2Fpasswd');
    await eventually(async () => {
      expect(await application.evaluate(() => globalThis.seen.dialogs)).toMatchObject([
        { message: 'A link to Slapgrid was not understood.', buttons: ['Close'] },
      ]);
    });
    expect(application.windows()).toEqual([]);
  });
});

describe('the settings', () => {
  it('that can neither be read nor written are done without', async () => {
    await mkdir(path.join(at.userData, 'settings.json'), { recursive: true });
    const { application, page } = await at.open();
    await page.getByRole('heading', { level: 1 }).waitFor();
    await closeWindow(application, page);
    await choose(application, 'open');
    await (await openedPage(application)).getByRole('heading', { level: 1 }).waitFor();
  });

  it.each(['{ "place": ', '{ "place": "somewhere" }'])(
    'kept in a damaged file (%s) are set aside',
    async (text) => {
      await mkdir(at.userData);
      await writeFile(path.join(at.userData, 'settings.json'), text);
      const application = await at.start('--hidden');
      await eventually(async () => {
        expect(await application.evaluate(() => globalThis.seen.dialogs)).toMatchObject([
          { message: 'The settings of the application could not be read.' },
        ]);
      });
      const aside = (await readdir(at.userData)).find((name) => name.startsWith('settings-damaged-')) ?? '';
      expect(await readFile(path.join(at.userData, aside), 'utf8')).toBe(text);
    },
  );
});

describe('the end', () => {
  it('of what draws ends the application, and nothing else', async () => {
    at.agent.service.show(0, readyInstance({ name: 'cache', guid: 'G-1' }));
    const { application, page } = await at.open();
    await page.getByRole('heading', { level: 1 }).waitFor();
    const ended = once(application.process(), 'exit');
    const drawing = (await childrenOf(pidOf(application))).find(({ command }) =>
      command.includes('chromium'),
    );
    process.kill(drawing?.pid ?? 0, 'SIGKILL');
    await ended;
    await eventually(() => expect(at.agent.service.openStreams).toBe(0));
    expect(at.agent.service.calls.filter(([called]) => CHANGING.has(called))).toEqual([]);
  });

  it('of the application is no end of the agent or of anything it runs', async () => {
    at.agent.service.show(0, readyInstance({ name: 'cache', guid: 'G-1' }));
    const { application, page } = await at.open();
    await page.getByRole('heading', { level: 1 }).waitFor();
    const processes = await childrenOf(pidOf(application), { itself: true });
    const closed = application.waitForEvent('close');
    await choose(application, 'quit');
    await closed;
    await eventually(() => expect(at.agent.service.openStreams).toBe(0));
    await eventually(() => {
      for (const { pid } of processes) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    });
    expect(at.agent.service.calls.filter(([called]) => CHANGING.has(called))).toEqual([]);
  });
});
