/**
 * `BrowserWindow`: a page of Chromium with the bounds, the visibility and the life of a window.
 */
import { EventEmitter } from 'node:events';
import type Electron from 'electron';
import { app, standInEvent } from './app.ts';
import { readiness } from './readiness.ts';
import { WebContents } from './web-contents.ts';
import { windows } from './windows.ts';

type Offered = Pick<
  Electron.BrowserWindow,
  | 'close'
  | 'destroy'
  | 'focus'
  | 'getBounds'
  | 'getNormalBounds'
  | 'getTitle'
  | 'hide'
  | 'id'
  | 'isDestroyed'
  | 'isFocused'
  | 'isMaximized'
  | 'isMinimized'
  | 'isVisible'
  | 'loadURL'
  | 'maximize'
  | 'restore'
  | 'setBounds'
  | 'setTitle'
  | 'show'
>;

const FIRST = { x: 0, y: 0, width: 800, height: 600 };

let last = 0;

export class BrowserWindow extends EventEmitter implements Offered {
  readonly id = (last += 1);
  readonly webContents: WebContents;
  #bounds: Electron.Rectangle;
  #visible: boolean;
  #focused = false;
  #minimized = false;
  #maximized = false;
  #destroyed = false;
  #title: string;

  constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
    super();
    readiness.refuseBeforeReady('BrowserWindow');
    refuseUnsafe(options.webPreferences ?? {});
    const { x = FIRST.x, y = FIRST.y, width = FIRST.width, height = FIRST.height } = options;
    this.#bounds = { x, y, width, height };
    this.#visible = options.show ?? true;
    this.#title = options.title ?? app.name;
    windows.add(this);
    this.webContents = new WebContents(this, this.#bounds);
    app.emit('browser-window-created', standInEvent({}), this);
  }

  static getAllWindows(): BrowserWindow[] {
    return [...windows];
  }

  static fromId(id: number): BrowserWindow | null {
    return [...windows].find((window) => window.id === id) ?? null;
  }

  static fromWebContents(contents: WebContents | undefined): BrowserWindow | null {
    return contents?.window ?? null;
  }

  static getFocusedWindow(): BrowserWindow | null {
    return [...windows].find((window) => window.isFocused()) ?? null;
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url);
  }

  show(): void {
    this.#visible = true;
    this.emit('show');
    this.focus();
  }

  hide(): void {
    this.#visible = false;
    this.#focused = false;
    this.emit('hide');
  }

  focus(): void {
    for (const window of windows) window.#focused = window === this;
    this.emit('focus');
  }

  restore(): void {
    this.#minimized = false;
    this.emit('restore');
  }

  minimize(): void {
    this.#minimized = true;
    this.emit('minimize');
  }

  maximize(): void {
    this.#maximized = true;
    this.emit('maximize');
  }

  isVisible(): boolean {
    return this.#visible;
  }

  isFocused(): boolean {
    return this.#focused;
  }

  isMinimized(): boolean {
    return this.#minimized;
  }

  isMaximized(): boolean {
    return this.#maximized;
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }

  setTitle(title: string): void {
    this.#title = title;
  }

  getTitle(): string {
    return this.#title;
  }

  getBounds(): Electron.Rectangle {
    return this.#bounds;
  }

  getNormalBounds(): Electron.Rectangle {
    return this.#bounds;
  }

  setBounds(bounds: Partial<Electron.Rectangle>): void {
    this.#bounds = { ...this.#bounds, ...bounds };
    this.emit('move');
    this.emit('resize');
  }

  close(): void {
    if (this.#destroyed) return;
    const closing = standInEvent({});
    this.emit('close', closing);
    if (!closing.defaultPrevented) this.destroy();
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    windows.delete(this);
    void this.webContents.end();
    this.webContents.emit('destroyed');
    this.emit('closed');
    if (windows.size === 0 && !app.emit('window-all-closed')) app.quit();
  }
}

/** The stand-in cannot show what these would let a page do, so an application that has them is not tested with it. */
function refuseUnsafe(preferences: Electron.WebPreferences): void {
  if (preferences.nodeIntegration === true) throw new Error('the stand-in refuses nodeIntegration');
  if (preferences.contextIsolation === false) throw new Error('the stand-in refuses contextIsolation: false');
  if (preferences.sandbox === false) throw new Error('the stand-in refuses sandbox: false');
  if (preferences.webSecurity === false) throw new Error('the stand-in refuses webSecurity: false');
}

export const webContents = {
  getAllWebContents: (): WebContents[] => [...windows].map((window) => window.webContents),
  fromId: (id: number): WebContents | undefined =>
    [...windows].map((window) => window.webContents).find((contents) => contents.id === id),
  fromDevToolsTargetId: (targetId: string): WebContents | undefined =>
    [...windows].map((window) => window.webContents).find((contents) => contents.targetId === targetId),
};
