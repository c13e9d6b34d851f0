/**
 * What an application asks of the desktop. Nothing of it is shown: what was asked is what tests look at.
 */
import { EventEmitter } from 'node:events';
import type Electron from 'electron';

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

class PowerMonitor extends EventEmitter {
  /** What tests set. */
  readonly battery = { on: false };
  readonly idle = { seconds: 0 };

  isOnBatteryPower(): boolean {
    return this.battery.on;
  }

  getSystemIdleTime(): number {
    return this.idle.seconds;
  }
}

export const powerMonitor = new PowerMonitor();

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
