/**
 * Starts an application in the stand-in of Electron, or in the real one with `REAL_ELECTRON=1`.
 */
import path from 'node:path';
import process from 'node:process';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';
import { expect } from 'vitest';
import { eventually } from './processes.ts';

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
    open: Promise<void>;
    applicationMenu: Electron.Menu | null;
  };
}

export type Start = {
  /** The application's entry point. */
  entry: string;
  /** The application's own settings. */
  userData: string;
  args?: readonly string[];
  environment?: NodeJS.ProcessEnv;
  /** What is started instead of the stand-in, and starts it. */
  program?: string;
};

export function commandLineOf({ entry, userData, args = [] }: Start): string[] {
  return ['-r', OBSERVER, entry, `--user-data-dir=${userData}`, ...args];
}

export function launch(start: Start): Promise<ElectronApplication> {
  const { program } = start;
  return _electron.launch({
    ...(process.env['REAL_ELECTRON'] === '1' && program === undefined
      ? {}
      : { executablePath: program ?? STAND_IN }),
    args: commandLineOf(start),
    env: definedIn(start.environment ?? process.env),
    timeout: 60_000,
  });
}

function definedIn(environment: NodeJS.ProcessEnv): Record<string, string> {
  const defined = Object.entries(environment).filter(
    (each): each is [string, string] => each[1] !== undefined,
  );
  return Object.fromEntries(defined);
}

/** The labels of the tray's menu, with those of submenus behind “›”. */
export function menuOf(application: ElectronApplication): Promise<string[]> {
  return application.evaluate(() => {
    const labelsOf = (menu: Electron.Menu, above: string): string[] =>
      menu.items.flatMap((item) => {
        const label = item.type === 'separator' ? '—' : `${above}${item.label}`;
        return item.submenu === undefined ? [label] : [label, ...labelsOf(item.submenu, `${item.label} › `)];
      });
    const { menu } = globalThis.seen.tray;
    return menu === null ? [] : labelsOf(menu, '');
  });
}

/** The page of the window that is open, or of the next one, once it is loaded. */
export async function openedPage(application: ElectronApplication): Promise<Page> {
  const page = await application.firstWindow();
  // Asked from outside: the page's policy lets nobody wait inside it.
  await eventually(async () => {
    expect(await page.evaluate(`location.href !== 'about:blank' && document.readyState`)).toBe('complete');
  });
  return page;
}
