/**
 * The tray icon. It is told what is known, and draws from that alone: telling it the same again changes nothing.
 *
 * On Linux Electron decides once, when a `Tray` is made, how it is shown: by the panel that is there then, or for ever by a way that
 * most panels no longer know. It also gives up when a panel that has just come is not ready (Chromium's `StatusIconLinuxDbus`).
 * So an icon is made anew whenever a panel comes.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  Menu,
  nativeImage,
  nativeTheme,
  screen,
  Tray,
  type MenuItemConstructorOptions,
  type NativeImage,
} from 'electron';
import type { Action } from '../action.ts';
import { watchTrayHost, type TrayHost } from './host.ts';
import { trayIcon, type TrayIcon } from './icon.ts';
import { panelShade, type Desktop } from './panel.ts';
import { traySentence, trayTemplate, type TrayItem, type TrayState } from './template.ts';

export type TrayOptions = {
  /** Folder of the drawings. */
  icons: string;
  desktop: Desktop;
  onAction: (action: Action) => void;
};

const NOTHING = { icon: '', tooltip: '', menu: '' };

export class TrayPresence {
  readonly #options: TrayOptions;
  readonly #host: Promise<TrayHost>;
  #state: TrayState;
  #tray: Tray | null = null;
  #drawn = NOTHING;

  constructor(options: TrayOptions, state: TrayState) {
    this.#options = options;
    this.#state = state;
    this.#host = this.#begin();
  }

  setState(state: TrayState): void {
    this.#state = state;
    if (this.#tray !== null) this.#render();
  }

  /** Whether the desktop shows it, asked now. */
  async isShown(): Promise<boolean> {
    return (await this.#host).ask();
  }

  /** The icon is made when it is known whether a panel is there; one that comes later gets another. */
  async #begin(): Promise<TrayHost> {
    const host = await watchTrayHost(this.#options.desktop.platform, (present) => {
      if (present) this.#renew();
    });
    this.#renew();
    nativeTheme.on('updated', () => this.#render());
    screen.on('display-metrics-changed', () => this.#render());
    return host;
  }

  #renew(): void {
    this.#tray?.destroy();
    this.#tray = null;
    this.#drawn = NOTHING;
    this.#render();
  }

  #render(): void {
    const icon = this.#icon();
    const tooltip = traySentence(this.#state.outlook);
    const template = trayTemplate(this.#state);
    const drawn = { icon: JSON.stringify(icon), tooltip, menu: JSON.stringify(template) };
    const before = this.#drawn;
    this.#drawn = drawn;
    if (this.#tray === null) this.#tray = this.#create(icon);
    else if (drawn.icon !== before.icon) this.#tray.setImage(this.#imageOf(icon));
    if (drawn.tooltip !== before.tooltip) this.#tray.setToolTip(tooltip);
    // On Linux a menu that was set is not looked at again.
    if (drawn.menu !== before.menu) this.#tray.setContextMenu(this.#menuOf(template));
  }

  #icon(): TrayIcon {
    const { desktop } = this.#options;
    const shade = panelShade(desktop, {
      windows: nativeTheme.shouldUseDarkColors,
      panel: nativeTheme.shouldUseDarkColorsForSystemIntegratedUI,
    });
    const { scaleFactor } = screen.getPrimaryDisplay();
    return trayIcon(this.#state.outlook, { platform: desktop.platform, shade, scaleFactor });
  }

  #create(icon: TrayIcon): Tray {
    const tray = new Tray(this.#imageOf(icon));
    // Elsewhere a click opens the menu already; on Windows only the other button does.
    if (this.#options.desktop.platform === 'win32') tray.on('click', () => tray.popUpContextMenu());
    return tray;
  }

  #imageOf({ files, template }: TrayIcon): NativeImage {
    const [only, ...others] = files.map(({ name }) => path.join(this.#options.icons, name));
    if (only !== undefined && others.length === 0) return nativeImage.createFromPath(only);
    const image = nativeImage.createEmpty();
    for (const { scaleFactor, name } of files) {
      image.addRepresentation({ scaleFactor, buffer: readFileSync(path.join(this.#options.icons, name)) });
    }
    image.setTemplateImage(template);
    return image;
  }

  #menuOf(template: readonly TrayItem[]): Menu {
    return Menu.buildFromTemplate(this.#itemsOf(template));
  }

  #itemsOf(template: readonly TrayItem[]): MenuItemConstructorOptions[] {
    return template.map((item) => {
      if ('separator' in item) return { type: 'separator' };
      const { id, action, submenu, checked, radio } = item;
      // An ampersand would underline the letter after it.
      const label = item.label.replaceAll('&', '&&');
      if (submenu !== undefined) return { id, label, submenu: this.#itemsOf(submenu) };
      if (action === undefined) return { id, label, enabled: false };
      const click = (): void => this.#options.onAction(action);
      if (checked === undefined) return { id, label, click };
      return { id, label, click, type: radio === true ? 'radio' : 'checkbox', checked };
    });
  }
}
