/**
 * `Menu` and `MenuItem`, as far as a menu can be without being drawn.
 */
import { EventEmitter } from 'node:events';
import type Electron from 'electron';
import { app } from './app.ts';

type Template = Electron.MenuItemConstructorOptions;
type Offered = Pick<Electron.MenuItem, 'checked' | 'click' | 'enabled' | 'id' | 'label' | 'type' | 'visible'>;

export class MenuItem implements Offered {
  readonly id: string;
  readonly label: string;
  readonly type: Electron.MenuItem['type'];
  readonly role: Template['role'];
  readonly submenu: Menu | undefined;
  enabled: boolean;
  checked: boolean;
  visible: boolean;
  readonly #options: Template;

  constructor(options: Template) {
    const { submenu } = options;
    if (submenu !== undefined && !Array.isArray(submenu))
      throw new Error('the stand-in wants submenus as lists');
    this.submenu = submenu === undefined ? undefined : Menu.buildFromTemplate(submenu);
    this.type = options.type ?? (submenu === undefined ? 'normal' : 'submenu');
    this.id = options.id ?? '';
    this.label = options.label ?? options.role ?? '';
    this.role = options.role;
    this.enabled = options.enabled ?? true;
    this.checked = options.checked ?? false;
    this.visible = options.visible ?? true;
    this.#options = options;
  }

  readonly click = (): void => {
    if (!this.enabled) return;
    if (this.type === 'checkbox') this.checked = !this.checked;
    if (this.type === 'radio') this.checked = true;
    if (this.role === 'quit') app.quit();
    this.#options.click?.(this as never, undefined, {});
  };
}

export class Menu extends EventEmitter {
  static #application: Menu | null = null;
  readonly items: MenuItem[] = [];

  static buildFromTemplate(template: (Template | MenuItem)[]): Menu {
    const menu = new Menu();
    for (const each of template) menu.append(each instanceof MenuItem ? each : new MenuItem(each));
    return menu;
  }

  static setApplicationMenu(menu: Menu | null): void {
    Menu.#application = menu;
  }

  static getApplicationMenu(): Menu | null {
    return Menu.#application;
  }

  append(item: MenuItem): void {
    this.items.push(item);
  }

  getMenuItemById(id: string): MenuItem | null {
    for (const item of this.items) {
      const found = item.id === id ? item : item.submenu?.getMenuItemById(id);
      if (found !== undefined && found !== null) return found;
    }
    return null;
  }
}
