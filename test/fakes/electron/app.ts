/**
 * `app`: its life from the entry point to the end, its folders, its arguments, and that there is only one of it.
 */
import { EventEmitter } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, watch, writeFileSync } from 'node:fs';
import { homedir, hostname, tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import type Electron from 'electron';
import { entry, isPackaged } from './entry.ts';
import { readiness } from './readiness.ts';
import { windows } from './windows.ts';

type Offered = Pick<
  Electron.App,
  | 'enableSandbox'
  | 'isReady'
  | 'whenReady'
  | 'quit'
  | 'exit'
  | 'getAppPath'
  | 'getLocale'
  | 'getName'
  | 'getPath'
  | 'getVersion'
  | 'isPackaged'
  | 'name'
  | 'releaseSingleInstanceLock'
  | 'requestSingleInstanceLock'
  | 'setAppUserModelId'
  | 'setAsDefaultProtocolClient'
  | 'setName'
  | 'setPath'
>;

/** What `preventDefault` is asked of. */
export type StandInEvent = { defaultPrevented: boolean; preventDefault(): void };

export function standInEvent<Details extends object>(details: Details): Details & StandInEvent {
  return {
    ...details,
    defaultPrevented: false,
    preventDefault() {
      this.defaultPrevented = true;
    },
  };
}

function switchValue(name: string): string | undefined {
  const given = process.argv.find((argument) => argument.startsWith(`--${name}=`));
  return given?.slice(name.length + 3);
}

class App extends EventEmitter implements Offered {
  readonly isPackaged = isPackaged;
  name = 'Electron';
  readonly #ready = Promise.withResolvers<void>();
  readonly #paths = new Map<string, string>();
  #lock: DatabaseSync | null = null;
  #quitting = false;

  readonly commandLine = {
    hasSwitch: (name: string): boolean =>
      process.argv.some((argument) => argument === `--${name}` || argument.startsWith(`--${name}=`)),
    getSwitchValue: (name: string): string => switchValue(name) ?? '',
    appendSwitch: (_name: string, _value?: string): void => {},
  };

  becomeReady(): void {
    readiness.begin();
    // It lives until it quits, whether it has anything to wait for or not.
    setInterval(() => {}, 2 ** 31 - 1);
    this.#ready.resolve();
    this.emit('ready');
  }

  isReady(): boolean {
    return readiness.ready;
  }

  whenReady(): Promise<void> {
    return this.#ready.promise;
  }

  getAppPath(): string {
    return path.dirname(entry);
  }

  getLocale(): string {
    return 'en-US';
  }

  getName(): string {
    return this.name;
  }

  setName(name: string): void {
    this.name = name;
  }

  getVersion(): string {
    return '0.0.0';
  }

  enableSandbox(): void {
    readiness.refuseWhenReady('app.enableSandbox');
  }

  setAppUserModelId(): void {}

  setAsDefaultProtocolClient(): boolean {
    return true;
  }

  getPath(name: Parameters<Electron.App['getPath']>[0]): string {
    const found = this.#paths.get(name) ?? this.#defaultPath(name);
    if (name === 'userData') mkdirSync(found, { recursive: true });
    return found;
  }

  setPath(name: string, folder: string): void {
    this.#paths.set(name, folder);
  }

  #defaultPath(name: string): string {
    if (name === 'home') return homedir();
    if (name === 'temp') return tmpdir();
    const appData = process.env['XDG_CONFIG_HOME'] ?? path.join(homedir(), '.config');
    if (name === 'appData') return appData;
    const userData =
      this.#paths.get('userData') ?? switchValue('user-data-dir') ?? path.join(appData, this.name);
    return name === 'userData' ? userData : path.join(userData, name);
  }

  /** As with the binary, a folder in which no lock can be made is answered as one that is locked. */
  requestSingleInstanceLock(): boolean {
    if (this.#lock !== null) return true;
    try {
      return this.#takeLock();
    } catch {
      return false;
    }
  }

  /** The lock is the kernel's, so it goes with its holder; who comes second leaves a note of how it was started. */
  #takeLock(): boolean {
    const own = this.getPath('userData');
    const notes = path.join(own, 'second-instances');
    mkdirSync(notes, { recursive: true });
    const lock = new DatabaseSync(path.join(own, 'single-instance'), { timeout: 0 });
    try {
      lock.exec('BEGIN EXCLUSIVE');
    } catch {
      lock.close();
      const note = { argv: process.argv, workingDirectory: process.cwd() };
      writeFileSync(path.join(notes, String(process.pid)), JSON.stringify(note), { flush: true });
      return false;
    }
    // As Chromium shows who holds it.
    const sign = path.join(own, 'SingletonLock');
    rmSync(sign, { force: true });
    symlinkSync(`${hostname()}-${process.pid}`, sign);
    this.#lock = lock;
    watch(notes, { persistent: false }, () => this.#readNotes(notes));
    return true;
  }

  releaseSingleInstanceLock(): void {
    this.#lock?.close();
    this.#lock = null;
  }

  #readNotes(folder: string): void {
    for (const name of readdirSync(folder)) {
      const file = path.join(folder, name);
      const text = readFileSync(file, 'utf8');
      // It is being written: the watcher speaks again.
      if (text === '') continue;
      const { argv, workingDirectory }: { argv: string[]; workingDirectory: string } = JSON.parse(text);
      rmSync(file);
      this.emit('second-instance', standInEvent({}), argv, workingDirectory, null);
    }
  }

  quit(): void {
    if (this.#quitting) return;
    const before = standInEvent({});
    this.emit('before-quit', before);
    if (before.defaultPrevented) return;
    for (const window of windows) window.close();
    if (windows.size > 0) return;
    const will = standInEvent({});
    this.emit('will-quit', will);
    if (will.defaultPrevented) return;
    this.#quitting = true;
    this.emit('quit', standInEvent({}), 0);
    this.exit(0);
  }

  exit(status = 0): void {
    // Who asked through the debugger hears the answer first.
    setImmediate(() => process.exit(status));
  }
}

export const app = new App();
