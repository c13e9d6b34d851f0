/**
 * The tray icon. It is told what is known, and draws from that alone: telling it the same again changes nothing.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  Menu,
  nativeImage,
  nativeTheme,
  Tray,
  type MenuItemConstructorOptions,
  type NativeImage,
} from 'electron';
import type { Action } from '../action.ts';
import type { Outlook } from '../outlook.ts';
import { trayIcon, type PanelShade, type TrayIcon } from './icon.ts';
import { traySentence, trayTemplate, type TrayItem } from './template.ts';

export type TrayOptions = {
  /** Folder of the drawings. */
  icons: string;
  platform: NodeJS.Platform;
  onAction: (action: Action) => void;
};

export class TrayPresence {
  readonly #options: TrayOptions;
  #outlook: Outlook = { phase: 'starting' };
  #tray: Tray | null = null;
  #drawn = { icon: '', tooltip: '', menu: '' };

  constructor(options: TrayOptions) {
    this.#options = options;
    nativeTheme.on('updated', () => this.#render());
    this.#render();
  }

  setOutlook(outlook: Outlook): void {
    this.#outlook = outlook;
    this.#render();
  }

  #render(): void {
    const { platform } = this.#options;
    const icon = trayIcon(this.#outlook, platform, panelShade(platform));
    const tooltip = traySentence(this.#outlook);
    const template = trayTemplate(this.#outlook);
    const drawn = { icon: JSON.stringify(icon), tooltip, menu: JSON.stringify(template) };
    const tray = (this.#tray ??= this.#create(icon));
    if (drawn.icon !== this.#drawn.icon) tray.setImage(this.#imageOf(icon));
    if (drawn.tooltip !== this.#drawn.tooltip) tray.setToolTip(tooltip);
    // On Linux a menu that was set is not looked at again.
    if (drawn.menu !== this.#drawn.menu) tray.setContextMenu(this.#menuOf(template));
    this.#drawn = drawn;
  }

  #create(icon: TrayIcon): Tray {
    const tray = new Tray(this.#imageOf(icon));
    // Elsewhere a click opens the menu already; on Windows only the other button does.
    if (this.#options.platform === 'win32') tray.on('click', () => tray.popUpContextMenu());
    return tray;
  }

  #imageOf({ files, template }: TrayIcon): NativeImage {
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
      const { id, action, submenu } = item;
      // An ampersand would underline the letter after it.
      const label = item.label.replaceAll('&', '&&');
      if (submenu !== undefined) return { id, label, submenu: this.#itemsOf(submenu) };
      if (action === undefined) return { id, label, enabled: false };
      return { id, label, click: () => this.#options.onAction(action) };
    });
  }
}

/** Only Windows says how light its panel is; macOS draws the icon itself. */
function panelShade(platform: NodeJS.Platform): PanelShade {
  if (platform !== 'win32') return 'unknown';
  return nativeTheme.shouldUseDarkColorsForSystemIntegratedUI ? 'dark' : 'light';
}
