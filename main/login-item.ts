/**
 * Start at login where the system keeps the list itself. On Linux the agent does (`agent/settings/start-at-login.ts`), also for
 * those who use a browser: its entry starts this application.
 */
import type { App } from 'electron';

export type LoginItem = {
  read(): boolean;
  write(enabled: boolean): void;
};

const HIDDEN = ['--hidden'];

/** null where it is not ours. */
export function loginItem(
  app: Pick<App, 'getLoginItemSettings' | 'setLoginItemSettings' | 'isPackaged'>,
  platform: NodeJS.Platform,
): LoginItem | null {
  // Of a clone, the system would start Electron without us.
  if ((platform !== 'darwin' && platform !== 'win32') || !app.isPackaged) return null;
  return {
    read: () => app.getLoginItemSettings({ args: HIDDEN }).openAtLogin,
    write: (openAtLogin) => app.setLoginItemSettings({ openAtLogin, args: HIDDEN }),
  };
}
