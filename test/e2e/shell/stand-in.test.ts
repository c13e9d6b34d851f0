/**
 * That the stand-in of Electron is as strict as what it stands for, where an application would otherwise pass here and fail there.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launch, openedPage, STAND_IN } from './electron.ts';
import { childrenOf, eventually } from './processes.ts';

const entryOf = (name: string): string => path.join(import.meta.dirname, 'entries', name);

let userData: string;
beforeEach(async () => {
  userData = await mkdtemp(path.join(tmpdir(), 'slapgrid-shell-'));
});
afterEach(() => rm(userData, { recursive: true }));

function run(entry: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(STAND_IN, [entryOf(entry), `--user-data-dir=${userData}`, ...args], { encoding: 'utf8' });
}

describe('a window', () => {
  it.each(['{"nodeIntegration":true}', '{"contextIsolation":false}', '{"sandbox":false}'])(
    'with %s is refused',
    (preferences) => {
      expect(run('unsafe-window.mjs', preferences).stdout).toContain('the stand-in refuses');
    },
  );

  it('with safe preferences is made', () => {
    expect(run('unsafe-window.mjs', '{"sandbox":true}').stdout.trim()).toBe('allowed');
  });
});

it('is not ready before the entry point has been evaluated', () => {
  const { status, stderr } = run('waits-at-top.mjs');
  expect(stderr).toContain('unsettled top-level await');
  expect(status).toBe(13);
});

describe('a privileged scheme', () => {
  it('is a secure origin of its own, with bodies both ways', async () => {
    const application = await launch({ entry: entryOf('window.mjs'), userData });
    const page = await openedPage(application);
    expect(await page.title()).toBe('A page');
    expect(await page.evaluate('isSecureContext')).toBe(true);
    const echo = `fetch('/echo', { method: 'POST', body: 'ping' }).then((answer) => answer.text())`;
    expect(await page.evaluate(echo)).toBe('POST app://slapgrid ping');
    await application.close();
  });

  it('cancels a body whose reader goes away', async () => {
    const application = await launch({ entry: entryOf('window.mjs'), userData });
    const page = await openedPage(application);
    await page.evaluate(`(async () => {
      const reading = new AbortController();
      const { body } = await fetch('/endless', { signal: reading.signal });
      await body.getReader().read();
      reading.abort();
    })()`);
    await eventually(async () => expect(await application.evaluate('cancelled')).toBe(1));
    await application.close();
  });
});

it('takes Chromium with it when it is killed', async () => {
  const application = spawn(STAND_IN, [entryOf('window.mjs'), `--user-data-dir=${userData}`]);
  let said = '';
  application.stderr.on('data', (chunk) => (said += String(chunk)));
  await eventually(() => expect(said).toContain('DevTools listening on'));
  const { pid = 0 } = application;
  const processes = await childrenOf(pid);
  expect(processes.some(({ command }) => command.includes('chromium'))).toBe(true);
  application.kill('SIGKILL');
  await once(application, 'exit');
  await eventually(async () => {
    for (const each of processes) expect(await childrenOf(each.pid, { itself: true })).toEqual([]);
  });
});
