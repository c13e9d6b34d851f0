/**
 * The page of a window: where it is, what it may open, where it may go.
 */
import { EventEmitter } from 'node:events';
import type Electron from 'electron';
import { app, standInEvent } from './app.ts';
import { browser } from './browser.ts';
import { fromFront, toFront } from './protocol.ts';
import { session } from './session.ts';
import type { BrowserWindow } from './window.ts';

type Offered = Pick<
  Electron.WebContents,
  | 'close'
  | 'executeJavaScript'
  | 'getURL'
  | 'id'
  | 'isDestroyed'
  | 'loadURL'
  | 'reload'
  | 'setWindowOpenHandler'
>;

type OpenHandler = Parameters<Electron.WebContents['setWindowOpenHandler']>[0];
type Paused = { requestId: string; frameId: string; request: { url: string } };

let last = 0;

export class WebContents extends EventEmitter implements Offered {
  readonly id = (last += 1);
  readonly session = session.defaultSession;
  readonly window: BrowserWindow;
  targetId = '';
  readonly opened: Promise<void>;
  #session = '';
  #url = '';
  /** What the application itself is loading is not asked about. */
  #loading = '';
  #open: OpenHandler = () => ({ action: 'allow' });

  constructor(window: BrowserWindow, size: { width: number; height: number }) {
    super();
    this.window = window;
    this.opened = this.#begin(size);
    app.emit('web-contents-created', standInEvent({}), this);
  }

  async #begin({ width, height }: { width: number; height: number }): Promise<void> {
    const { targetId } = await browser().send<{ targetId: string }>('Target.createTarget', {
      url: 'about:blank',
      newWindow: true,
      width,
      height,
    });
    this.targetId = targetId;
    const attached = await browser().send<{ sessionId: string }>('Target.attachToTarget', {
      targetId,
      flatten: true,
    });
    this.#session = attached.sessionId;
    browser().on('Fetch.requestPaused', this.#paused);
    browser().on('Page.windowOpen', this.#windowOpen);
    browser().on('Target.targetCreated', this.#targetCreated);
    browser().on('Target.targetDestroyed', this.#targetDestroyed);
    await this.#send('Page.enable');
    await this.#send('Fetch.enable', { patterns: [{ resourceType: 'Document' }] });
    await browser().send('Target.setDiscoverTargets', { discover: true });
    await session.applyPermissions(this);
  }

  /** A navigation: the application may forbid it, but for its own. */
  readonly #paused = (event: Paused, session_: string): void => {
    if (session_ !== this.#session) return;
    const { requestId, frameId, request } = event;
    const url = fromFront(request.url);
    const navigation = standInEvent({ url, isMainFrame: frameId === this.targetId });
    if (request.url !== this.#loading) {
      this.emit('will-frame-navigate', navigation);
      if (navigation.isMainFrame && !navigation.defaultPrevented) this.emit('will-navigate', navigation, url);
    }
    if (navigation.defaultPrevented)
      void this.#send('Fetch.failRequest', { requestId, errorReason: 'Aborted' });
    else void this.#send('Fetch.continueRequest', { requestId });
  };

  readonly #windowOpen = ({ url }: { url: string }, session_: string): void => {
    if (session_ !== this.#session) return;
    const details = { url: fromFront(url), frameName: '', features: '', disposition: 'new-window' as const };
    const { action } = this.#open({ ...details, referrer: { url: '', policy: 'default' } });
    if (action !== 'deny') throw new Error('the stand-in opens no window by itself');
  };

  /** Chromium has opened a window before anybody could say no. */
  readonly #targetCreated = ({
    targetInfo,
  }: {
    targetInfo: { openerId?: string; targetId: string };
  }): void => {
    if (targetInfo.openerId !== this.targetId) return;
    void browser().send('Target.closeTarget', { targetId: targetInfo.targetId });
  };

  /** Whoever drives the browser has closed the page: its window goes with it. */
  readonly #targetDestroyed = ({ targetId }: { targetId: string }): void => {
    if (targetId === this.targetId) this.window.destroy();
  };

  async loadURL(url: string): Promise<void> {
    this.#url = url;
    await this.opened;
    const address = toFront(url);
    this.#loading = address.replace(/#.*$/u, '');
    const loaded = new Promise<void>((resolve) => {
      const onLoad = (_event: unknown, of: string): void => {
        if (of !== this.#session) return;
        browser().off('Page.loadEventFired', onLoad);
        resolve();
      };
      browser().on('Page.loadEventFired', onLoad);
    });
    const { errorText, loaderId } = await this.#send<{ errorText?: string; loaderId?: string }>(
      'Page.navigate',
      {
        url: address,
      },
    );
    if (errorText !== undefined) {
      this.emit('did-fail-load', standInEvent({}), -2, errorText, url, true);
      throw new Error(`${errorText} loading ${url}`);
    }
    // Without a loader only the part after “#” has changed.
    if (loaderId !== undefined) await loaded;
    this.#loading = '';
    this.emit('did-finish-load');
    this.window.emit('ready-to-show');
  }

  async executeJavaScript(code: string): Promise<unknown> {
    await this.opened;
    const { result, exceptionDetails } = await this.#send<{
      result: { value?: unknown };
      exceptionDetails?: { text: string };
    }>('Runtime.evaluate', { expression: code, awaitPromise: true, returnByValue: true });
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text);
    return result.value;
  }

  reload(): void {
    this.#loading = toFront(this.#url).replace(/#.*$/u, '');
    void this.#send('Page.reload');
  }

  getURL(): string {
    return this.#url;
  }

  isDestroyed(): boolean {
    return this.window.isDestroyed();
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.#open = handler;
  }

  close(): void {
    this.window.close();
  }

  /** The renderer goes with its window. */
  async end(): Promise<void> {
    await this.opened;
    browser().off('Fetch.requestPaused', this.#paused);
    browser().off('Page.windowOpen', this.#windowOpen);
    browser().off('Target.targetCreated', this.#targetCreated);
    browser().off('Target.targetDestroyed', this.#targetDestroyed);
    // It may be what has ended.
    await browser()
      .send('Target.closeTarget', { targetId: this.targetId })
      .catch(() => {});
  }

  #send<Result>(method: string, params: object = {}): Promise<Result> {
    return browser().send<Result>(method, params, this.#session);
  }
}
