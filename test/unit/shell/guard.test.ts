import { EventEmitter } from 'node:events';
import type { App, Session } from 'electron';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { guardPages, guardSession, opensOutside } from '../../../main/window/guard.ts';

const { openExternal } = vi.hoisted(() => ({ openExternal: vi.fn(async (_url: string) => undefined) }));
vi.mock('electron', () => ({ shell: { openExternal } }));

beforeEach(() => openExternal.mockClear());

/** The page of a window, as far as it is asked. */
class Contents extends EventEmitter {
  open: ((details: { url: string }) => { action: string }) | null = null;

  setWindowOpenHandler(handler: NonNullable<Contents['open']>): void {
    this.open = handler;
  }

  /** Whether it is prevented. */
  asks(event: string, details: object = {}): boolean {
    let prevented = false;
    this.emit(event, { ...details, preventDefault: () => (prevented = true) });
    return prevented;
  }
}

function guardedPage(): Contents {
  const app = new EventEmitter();
  guardPages(app as unknown as App);
  const contents = new Contents();
  app.emit('web-contents-created', {}, contents);
  return contents;
}

describe('a page', () => {
  it.each([
    'https://example.org/',
    'app://other/',
    'app://slapgrid.example.org/',
    'app://slapgrid/other.html',
    'app://user@slapgrid/',
    'file:///etc/passwd',
    'data:text/html,x',
    'javascript:alert(1)',
    'blob:https://example.org/1',
    'about:blank',
    'no address',
  ])('does not go to %s, in no frame', (url) => {
    for (const isMainFrame of [true, false]) {
      expect(guardedPage().asks('will-frame-navigate', { url, isMainFrame })).toBe(true);
    }
  });

  it.each(['app://slapgrid/', 'app://slapgrid/#/doctor', 'app://slapgrid/download/one-time'])(
    'goes to %s',
    (url) => expect(guardedPage().asks('will-frame-navigate', { url, isMainFrame: true })).toBe(false),
  );

  it('is led nowhere else, and embeds nothing', () => {
    expect(guardedPage().asks('will-redirect', { url: 'app://slapgrid/' })).toBe(true);
    expect(guardedPage().asks('will-attach-webview')).toBe(true);
  });

  it('opens no window; what a browser shows is opened there', () => {
    const page = guardedPage();
    for (const url of ['https://example.org/', 'app://slapgrid/', 'file:///etc/passwd', 'ms-cxh-full://x']) {
      expect(page.open?.({ url })).toEqual({ action: 'deny' });
    }
    expect(openExternal.mock.calls).toEqual([['https://example.org/']]);
  });
});

it.each([
  'smb://host/share',
  'slapgrid://request/x',
  'https://a:b@example.org/',
  'mailto:a@b',
  'vscode://x',
  '',
])('%s is not handed to the system', (url) => expect(opensOutside(url)).toBe(false));

describe('the session', () => {
  const given: Record<string, unknown> = {};
  const session = new Proxy(
    {},
    { get: (_target, name) => (handler: unknown) => void (given[String(name)] = handler) },
  );
  guardSession(session as Session);
  const check = given['setPermissionCheckHandler'] as (contents: null, permission: string) => boolean;
  const request = given['setPermissionRequestHandler'] as (
    contents: null,
    permission: string,
    answer: (granted: boolean) => void,
  ) => void;
  const device = given['setDevicePermissionHandler'] as () => boolean;

  it.each([
    'clipboard-read',
    'media',
    'display-capture',
    'geolocation',
    'notifications',
    'midi',
    'midiSysex',
    'pointerLock',
    'fullscreen',
    'openExternal',
    'idle-detection',
    'fileSystem',
    'hid',
    'serial',
    'usb',
    'storage-access',
    'local-network-access',
    'something-new',
  ])('refuses %s, asked or checked', (permission) => {
    const granted = vi.fn();
    request(null, permission, granted);
    expect(granted.mock.calls).toEqual([[false]]);
    expect(check(null, permission)).toBe(false);
  });

  it('grants the way onto the clipboard, and no device', () => {
    expect(check(null, 'clipboard-sanitized-write')).toBe(true);
    expect(device()).toBe(false);
  });
});
