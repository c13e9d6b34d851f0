/**
 * The Chromium behind the windows: one, without a window of its own, that ends with this process however that ends.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { app } from './app.ts';
import { DevTools } from './devtools.ts';
import { startFront } from './protocol.ts';

const PROGRAM = '/usr/bin/chromium';

/** On a display only where the test has one (`STAND_IN_DISPLAY=x11`): then the end of the display is the end of Chromium, as of the binary. */
const DISPLAY = process.env['STAND_IN_DISPLAY'] === 'x11' ? '--ozone-platform=x11' : '--headless=new';

const SWITCHES = [
  DISPLAY,
  '--remote-debugging-port=0',
  // Electron makes a renderer when there is a window for it, and not before.
  '--disable-features=SpareRendererForSitePerProcess',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--disable-sync',
  '--force-color-profile=srgb',
  '--no-first-run',
  '--no-startup-window',
  '--password-store=basic',
  '--silent-launch',
  '--test-type',
];

const READY_MILLISECONDS = 20_000;
const ATTEMPTS = 2;

let devTools: DevTools | undefined;

/** @throws Error before {@link startBrowser} has ended. */
export function browser(): DevTools {
  if (devTools === undefined) throw new Error('the browser is not started');
  return devTools;
}

/** Starts Chromium, and says where it can be driven, in the words Playwright waits for. */
export async function startBrowser(): Promise<void> {
  // Whoever gave the folder takes it away, also after a kill.
  const profile = path.join(app.getPath('userData'), 'chromium');
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  let chromium: ChildProcess;
  const start = async (attempts: number): Promise<string> => {
    chromium = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', PROGRAM, ...SWITCHES, ...sandbox, `--user-data-dir=${profile}`],
      // A group of its own: what it has started is ended with it.
      { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
    );
    // Rarely, on a busy machine, it never gets ready.
    const late = setTimeout(() => killGroup(chromium), READY_MILLISECONDS);
    try {
      return await addressOf(chromium);
    } catch (error) {
      if (attempts === 1) throw error;
      return await start(attempts - 1);
    } finally {
      clearTimeout(late);
    }
  };
  process.once('exit', () => {
    // One that writes on would bring the folder back.
    killGroup(chromium);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  const [url] = await Promise.all([start(ATTEMPTS), startFront()]);
  devTools = await DevTools.connect(url);
  devTools.once('closed', () => process.exit(1));
  process.stderr.write(`DevTools listening on ${url}\n`);
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

function addressOf({ stderr }: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (stderr === null) throw new Error('Chromium says nothing');
    const lines = createInterface(stderr);
    lines.on('line', (line) => {
      const url = /^DevTools listening on (?<url>ws:\S+)/u.exec(line)?.groups?.['url'];
      if (url !== undefined) resolve(url);
    });
    lines.once('close', () => reject(new Error('Chromium ended')));
  });
}
