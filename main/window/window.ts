/**
 * The one window. It is destroyed when it is closed, with the renderer behind it, and comes back where it was.
 */
import { BrowserWindow, nativeTheme, screen } from 'electron';
import { PAGE_ORIGIN } from '../page/scheme.ts';
import { SMALLEST_SIZE, windowBounds, type Displays, type Rectangle } from './bounds.ts';

export type SavedPlace = Rectangle & { maximized: boolean };

export type PlaceStore = {
  read(): SavedPlace | null;
  write(place: SavedPlace): void;
};

/** Of the page before it has drawn anything (`theme.ts`). */
const BACKGROUND = { light: '#ffffff', dark: '#1a1b1e' };

/** A page that breaks as soon as it is shown again is not shown again. */
const RELOAD_MILLISECONDS = 60_000;

export class PageWindow {
  readonly #places: PlaceStore;
  readonly #icon: string;
  readonly #onClosed: () => void;
  #window: BrowserWindow | null = null;
  #reloadedAt = -RELOAD_MILLISECONDS;

  /**
   * @param icon file of the picture that the desktop shows for it.
   * @param onClosed called when it was closed, whoever closed it.
   */
  constructor(places: PlaceStore, icon: string, onClosed: () => void) {
    this.#places = places;
    this.#icon = icon;
    this.#onClosed = onClosed;
  }

  /** Whether a person can see it. */
  get shown(): boolean {
    const window = this.#window;
    return window !== null && window.isVisible() && !window.isMinimized();
  }

  /**
   * Opens it, or brings it to the front.
   * @param screen of the page; without one, where it was or where it begins.
   */
  async show(screen_?: string): Promise<void> {
    const open = this.#window;
    if (open === null) {
      await this.#open(screen_ ?? '');
      return;
    }
    if (open.isMinimized()) open.restore();
    open.show();
    open.focus();
    if (screen_ !== undefined) await open.loadURL(`${PAGE_ORIGIN}/${screen_}`);
  }

  async #open(screen_: string): Promise<void> {
    const saved = this.#places.read();
    const window = new BrowserWindow({
      ...windowBounds(saved, displays()),
      minWidth: SMALLEST_SIZE.width,
      minHeight: SMALLEST_SIZE.height,
      show: false,
      title: 'Slapgrid',
      icon: this.#icon,
      autoHideMenuBar: true,
      backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
      webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false, spellcheck: false },
    });
    this.#window = window;
    window.once('ready-to-show', () => {
      if (saved?.maximized === true) window.maximize();
      window.show();
    });
    window.on('close', () => {
      this.#places.write({ ...window.getNormalBounds(), maximized: window.isMaximized() });
    });
    window.once('closed', () => {
      this.#window = null;
      this.#onClosed();
    });
    window.webContents.on('render-process-gone', () => this.#mend(window));
    await window.loadURL(`${PAGE_ORIGIN}/${screen_}`);
  }

  #mend(window: BrowserWindow): void {
    const now = performance.now();
    if (now - this.#reloadedAt < RELOAD_MILLISECONDS) window.destroy();
    else window.webContents.reload();
    this.#reloadedAt = now;
  }
}

function displays(): Displays {
  const primary = screen.getPrimaryDisplay();
  const others = screen.getAllDisplays().filter(({ id }) => id !== primary.id);
  return [primary.workArea, ...others.map(({ workArea }) => workArea)];
}
