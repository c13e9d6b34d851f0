/**
 * Starts an application in the stand-in of Electron, or in the real one with `REAL_ELECTRON=1`.
 */
import path from 'node:path';
import process from 'node:process';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';

export const STAND_IN = path.resolve(import.meta.dirname, '../../fakes/electron/electron');
const OBSERVER = path.join(import.meta.dirname, 'observer.cjs');

/** What the observer has seen, as a test may ask for it: `evaluate(() => globalThis.seen.opened)`. */
declare global {
  var seen: {
    tray: { menu: Electron.Menu | null; tooltip: string; renders: number; destroyed: boolean };
    notifications: Electron.Notification[];
    opened: string[];
    dialogs: { message: string; detail: string; buttons: string[] }[];
    answers: number[];
    applicationMenu: Electron.Menu | null;
  };
}

export type Start = {
  /** The application's entry point. */
  entry: string;
  /** The application's own settings. */
  userData: string;
  args?: readonly string[];
};

export function commandLineOf({ entry, userData, args = [] }: Start): string[] {
  return ['-r', OBSERVER, entry, `--user-data-dir=${userData}`, ...args];
}

export function launch(start: Start): Promise<ElectronApplication> {
  return _electron.launch({
    ...(process.env['REAL_ELECTRON'] === '1' ? {} : { executablePath: STAND_IN }),
    args: commandLineOf(start),
    timeout: 60_000,
  });
}

/** The page of the window that is open, or of the next one, once it is loaded. */
export async function openedPage(application: ElectronApplication): Promise<Page> {
  const page = await application.firstWindow();
  await page.waitForFunction(`location.href !== 'about:blank' && document.readyState === 'complete'`);
  return page;
}
