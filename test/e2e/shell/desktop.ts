/**
 * A desktop of its own: a display in memory, a session's bus, and when it is wanted a real panel (Xfce's).
 */
import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { sessionBus, type MessageBus } from 'dbus-native';
import { expect } from 'vitest';
import { childrenOf, eventually } from './processes.ts';

const WATCHER = 'org.kde.StatusNotifierWatcher';

/** One panel at the upper left, as wide as the screen, in which are tray icons and nothing else. */
const PANEL = `<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="30"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty"><property name="plugin-1" type="string" value="systray"/></property>
</channel>
`;

/** Of the screen, from the upper left. */
export type Area = { x: number; y: number; width: number; height: number };

export class TestDesktop {
  readonly environment: NodeJS.ProcessEnv;
  readonly #folder: string;
  readonly #display: ChildProcess;
  readonly #busProcess: ChildProcess;
  readonly #bus: MessageBus;
  #panel: ChildProcess | null = null;

  private constructor(
    folder: string,
    environment: NodeJS.ProcessEnv,
    processes: { display: ChildProcess; bus: ChildProcess },
    bus: MessageBus,
  ) {
    this.#folder = folder;
    this.environment = environment;
    this.#display = processes.display;
    this.#busProcess = processes.bus;
    this.#bus = bus;
  }

  static async start(): Promise<TestDesktop> {
    const folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-desktop-'));
    const settings = path.join(folder, 'xfce4', 'xfconf', 'xfce-perchannel-xml');
    await mkdir(settings, { recursive: true });
    await writeFile(path.join(settings, 'xfce4-panel.xml'), PANEL);
    const own = {
      PATH: process.env['PATH'],
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      XDG_CACHE_HOME: folder,
      XDG_RUNTIME_DIR: folder,
      NO_AT_BRIDGE: '1',
    };
    const screen = ['-screen', '0', '640x480x24', '-fbdir', folder, '-nolisten', 'tcp'];
    const display = begin('Xvfb', ['-displayfd', '1', ...screen], { env: own });
    const shown = { ...own, DISPLAY: `:${await firstLine(display)}` };
    // What the bus starts is shown there, too.
    const listen = ['--nofork', '--print-address', `--address=unix:dir=${folder}`];
    const bus = begin('dbus-daemon', ['--session', ...listen], { env: shown });
    const environment = { ...shown, DBUS_SESSION_BUS_ADDRESS: await firstLine(bus) };
    const connection = sessionBus({ busAddress: environment.DBUS_SESSION_BUS_ADDRESS });
    return new TestDesktop(folder, environment, { display, bus }, connection);
  }

  startPanel(): void {
    this.#panel = begin('xfce4-panel', ['--disable-wm-check'], { env: this.environment });
  }

  /** As it crashes: at once, with all that belongs to it. */
  async killPanel(): Promise<void> {
    if (this.#panel?.pid === undefined) return;
    if (this.#panel.exitCode !== null || this.#panel.signalCode !== null) return;
    const all = await childrenOf(this.#panel.pid, { itself: true });
    const ended = once(this.#panel, 'exit');
    for (const { pid } of all) process.kill(pid, 'SIGKILL');
    await ended;
    this.#panel = null;
  }

  /** As it crashes: whatever draws on it is left without. */
  async killDisplay(): Promise<void> {
    const ended = once(this.#display, 'exit');
    this.#display.kill('SIGKILL');
    await ended;
  }

  /** What the panel shows by its own word; empty when there is none. */
  async icons(): Promise<string[]> {
    try {
      return await this.#bus.invoke<string[]>({
        destination: WATCHER,
        path: '/StatusNotifierWatcher',
        interface: 'org.freedesktop.DBus.Properties',
        member: 'Get',
        signature: 'ss',
        body: [WATCHER, 'RegisteredStatusNotifierItems'],
      });
    } catch {
      return [];
    }
  }

  /** With the mouse and the keyboard (`xdotool`). */
  press(...actions: string[]): void {
    const { status, stderr } = spawnSync('xdotool', actions, { env: this.environment, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }

  /** How many pixels of an area have another colour than most of it. */
  async drawn(area: Area): Promise<number> {
    const amounts = new Map<string, number>();
    for (const pixel of pixelsOf(await this.#picture(), area))
      amounts.set(pixel, (amounts.get(pixel) ?? 0) + 1);
    return area.width * area.height - Math.max(...amounts.values());
  }

  /** What an area shows: the same text for the same picture. */
  async look(area: Area): Promise<string> {
    const hash = createHash('sha256');
    for (const pixel of pixelsOf(await this.#picture(), area)) hash.update(pixel);
    return hash.digest('hex');
  }

  #picture(): Promise<Buffer> {
    return readFile(path.join(this.#folder, 'Xvfb_screen0'));
  }

  /** What keeps Xfce's settings was started by the bus, and writes them once more when that goes: too late, and anew. */
  async #endSettings(): Promise<void> {
    const pid = await this.#bus
      .invoke<number>({
        destination: 'org.freedesktop.DBus',
        path: '/org/freedesktop/DBus',
        interface: 'org.freedesktop.DBus',
        member: 'GetConnectionUnixProcessID',
        signature: 's',
        body: ['org.xfce.Xfconf'],
      })
      .catch(() => null);
    if (pid === null) return;
    process.kill(pid, 'SIGKILL');
    await eventually(async () => expect(await childrenOf(pid, { itself: true })).toEqual([]));
  }

  async close(): Promise<void> {
    await this.killPanel();
    await this.#endSettings();
    await this.#bus.close();
    for (const each of [this.#display, this.#busProcess]) {
      if (each.exitCode !== null || each.signalCode !== null) continue;
      // What the bus has started ends with it.
      const ended = once(each, 'exit');
      each.kill('SIGTERM');
      await ended;
    }
    await rm(this.#folder, { recursive: true, maxRetries: 10 });
  }
}

/** It ends with the test, however that ends. */
function begin(program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
    ...options,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

async function firstLine({ stdout }: { stdout: Readable | null }): Promise<string> {
  if (stdout === null) throw new Error('it says nothing');
  const [line]: string[] = await once(createInterface(stdout), 'line');
  return line ?? '';
}

/** An X window dump (XWDFile.h): a head of numbers, the highest byte first, a table of colours, then the rows of pixels. */
function* pixelsOf(picture: Buffer, { x, y, width, height }: Area): Generator<string> {
  const number = (index: number): number => picture.readUInt32BE(index * 4);
  const [headBytes, bitsPerPixel, bytesPerRow, colours] = [number(0), number(11), number(12), number(19)];
  const first = headBytes + colours * 12;
  const size = bitsPerPixel / 8;
  for (let row = y; row < y + height; row += 1) {
    for (let column = x; column < x + width; column += 1) {
      const at = first + row * bytesPerRow + column * size;
      yield picture.toString('hex', at, at + size);
    }
  }
}
