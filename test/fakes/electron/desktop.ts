/**
 * What an application asks of the desktop. Nothing of it is shown: what was asked is what tests look at.
 */
import { EventEmitter } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type Electron from 'electron';
import type { Menu } from './menu.ts';
import { readiness } from './readiness.ts';

export class NativeImage {
  readonly representations: { scaleFactor: number; bytes: number }[] = [];
  #template = false;

  constructor(first: Buffer | null) {
    if (first !== null) this.representations.push({ scaleFactor: 1, bytes: first.length });
  }

  addRepresentation({ scaleFactor = 1, buffer }: Electron.AddRepresentationOptions): void {
    this.representations.push({ scaleFactor, bytes: buffer?.length ?? 0 });
  }

  isEmpty(): boolean {
    return this.representations.length === 0;
  }

  setTemplateImage(template: boolean): void {
    this.#template = template;
  }

  isTemplateImage(): boolean {
    return this.#template;
  }
}

export const nativeImage = {
  createEmpty: (): NativeImage => new NativeImage(null),
  createFromPath: (file: string): NativeImage =>
    new NativeImage(existsSync(file) ? readFileSync(file) : null),
};

export class Tray extends EventEmitter {
  #destroyed = false;

  constructor(_image: NativeImage) {
    super();
    readiness.refuseBeforeReady('Tray');
  }

  setImage(_image: NativeImage): void {}

  setToolTip(_text: string): void {}

  setContextMenu(_menu: Menu | null): void {}

  destroy(): void {
    this.#destroyed = true;
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }
}

export class Notification extends EventEmitter {
  readonly title: string;
  readonly body: string;
  readonly actions: Electron.NotificationAction[];

  constructor(options: Electron.NotificationConstructorOptions = {}) {
    super();
    this.title = options.title ?? '';
    this.body = options.body ?? '';
    this.actions = options.actions ?? [];
  }

  static isSupported(): boolean {
    return true;
  }

  show(): void {
    this.emit('show');
  }

  close(): void {
    this.emit('close');
  }
}

class NativeTheme extends EventEmitter {
  themeSource: Electron.NativeTheme['themeSource'] = 'system';
  readonly shouldUseDarkColors = false;
  readonly shouldUseDarkColorsForSystemIntegratedUI = false;
}

export const nativeTheme = new NativeTheme();

const WORK_AREA = { x: 0, y: 0, width: 1920, height: 1040 };

class Screen extends EventEmitter {
  getAllDisplays(): Pick<Electron.Display, 'id' | 'workArea' | 'scaleFactor'>[] {
    return [{ id: 1, workArea: WORK_AREA, scaleFactor: 1 }];
  }

  getPrimaryDisplay(): Pick<Electron.Display, 'id' | 'workArea' | 'scaleFactor'> {
    return { id: 1, workArea: WORK_AREA, scaleFactor: 1 };
  }
}

export const screen = new Screen();

let copied = '';

export const clipboard = {
  writeText: (text: string): Promise<void> => {
    copied = text;
    return Promise.resolve();
  },
  readText: (): Promise<string> => Promise.resolve(copied),
} satisfies Partial<Electron.Clipboard>;

export const shell = {
  openExternal: (_url: string): Promise<void> => Promise.resolve(),
} satisfies Partial<Electron.Shell>;

export const dialog = {
  showMessageBox: (options: Electron.MessageBoxOptions): Promise<Electron.MessageBoxReturnValue> =>
    Promise.resolve({ response: options.cancelId ?? 0, checkboxChecked: false }),
};

class IpcMain extends EventEmitter {
  handle(): void {
    throw new Error('the page of this application speaks to nobody but its scheme');
  }
}

export const ipcMain = new IpcMain();
