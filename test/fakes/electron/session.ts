/**
 * `session.defaultSession`: the application's word on permissions, taken to Chromium.
 */
import { EventEmitter } from 'node:events';
import type Electron from 'electron';
import { browser } from './browser.ts';
import { protocol, toFront } from './protocol.ts';
import type { WebContents } from './web-contents.ts';

type CheckHandler = Parameters<Electron.Session['setPermissionCheckHandler']>[0];
type RequestHandler = Parameters<Electron.Session['setPermissionRequestHandler']>[0];
type DeviceHandler = Parameters<Electron.Session['setDevicePermissionHandler']>[0];

/** Electron's name → the protocol's. */
const PERMISSIONS = {
  geolocation: 'geolocation',
  notifications: 'notifications',
  'clipboard-read': 'clipboard-read',
  'clipboard-sanitized-write': 'clipboard-write',
} as const;

class Session extends EventEmitter {
  readonly protocol = protocol;
  check: CheckHandler = null;
  request: RequestHandler = null;
  device: DeviceHandler = null;

  setPermissionCheckHandler(handler: CheckHandler): void {
    this.check = handler;
  }

  setPermissionRequestHandler(handler: RequestHandler): void {
    this.request = handler;
  }

  setDevicePermissionHandler(handler: DeviceHandler): void {
    this.device = handler;
  }

  setSpellCheckerEnabled(): void {}
}

const defaultSession = new Session();

export const session = {
  defaultSession,
  /** Has Chromium grant and refuse what the application does. */
  async applyPermissions(contents: WebContents): Promise<void> {
    const origin = new URL(toFront('app://slapgrid/')).origin;
    for (const [permission, name] of Object.entries(PERMISSIONS)) {
      const granted =
        defaultSession.check === null ||
        defaultSession.check(contents as never, permission as keyof typeof PERMISSIONS, 'app://slapgrid/', {
          isMainFrame: true,
          requestingUrl: 'app://slapgrid/',
        });
      await browser().send('Browser.setPermission', {
        permission: { name },
        setting: granted ? 'granted' : 'denied',
        origin,
      });
    }
  },
};
