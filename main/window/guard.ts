/**
 * What a page may not do, whatever it holds: leave, open windows, embed, or use what the computer has.
 */
import { shell, type App, type Session, type WebContents } from 'electron';
import { isPage, PAGE_ORIGIN } from '../page/scheme.ts';

/** Buttons copy addresses. Nothing is read from the clipboard. */
const ALLOWED: ReadonlySet<string> = new Set(['clipboard-sanitized-write']);

/** For every page that there will be. */
export function guardPages(app: App): void {
  app.on('web-contents-created', (_event, contents) => guardPage(contents));
}

function guardPage(contents: WebContents): void {
  contents.on('will-frame-navigate', (event) => {
    // A download begins as a navigation of the frame, and ends as none.
    if (!isPage(event.url) && !isDownload(event.url)) event.preventDefault();
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    if (opensOutside(url)) void shell.openExternal(url);
    return { action: 'deny' };
  });
}

function isDownload(address: string): boolean {
  return address.startsWith(`${PAGE_ORIGIN}/download/`) || address.startsWith(`blob:${PAGE_ORIGIN}/`);
}

/** Only what a browser opens as a page: `openExternal` would start any program that is registered for a scheme. */
export function opensOutside(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, username, password } = new URL(address);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}

export function guardSession(session: Session): void {
  session.setPermissionCheckHandler((_contents, permission) => ALLOWED.has(permission));
  session.setPermissionRequestHandler((_contents, permission, answer) => answer(ALLOWED.has(permission)));
  session.setDevicePermissionHandler(() => false);
}
