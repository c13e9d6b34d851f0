/**
 * Whether the desktop shows tray icons. On Linux a panel says so on the session's bus (StatusNotifierItem specification): it owns the
 * name of the watcher, and has registered itself with it as a host. Stock GNOME has neither.
 */
import { Bus, BUS, sessionAddresses } from '../../agent/dbus/bus.ts';
import type { ReceivedMessage } from '../../agent/dbus/message.ts';

const WATCHER = 'org.kde.StatusNotifierWatcher';
const WATCHER_PATH = '/StatusNotifierWatcher';

export type TrayHost = {
  /** Whether one shows icons now, as far as is known. */
  readonly present: boolean;
  /** Asks again; for who cannot wait for a signal, because not every panel sends one. */
  ask(): Promise<boolean>;
  close(): void;
};

/** macOS and Windows show icons always. */
const ALWAYS: TrayHost = { present: true, ask: () => Promise.resolve(true), close: () => {} };

const NEVER: TrayHost = { present: false, ask: () => Promise.resolve(false), close: () => {} };

/**
 * @param onChange called when icons are shown again, or no longer. Between two panels it is told of both.
 * @returns when it is known.
 */
export async function watchTrayHost(
  platform: NodeJS.Platform,
  onChange: (present: boolean) => void,
  environment?: NodeJS.ProcessEnv,
): Promise<TrayHost> {
  if (platform !== 'linux') return ALWAYS;
  const bus = await Bus.connect(sessionAddresses(environment));
  if (bus === null) return NEVER;
  try {
    return await WatchedHost.on(bus, onChange);
  } catch {
    // A bus that answers no longer has no panel either.
    bus.close();
    return NEVER;
  }
}

class WatchedHost implements TrayHost {
  readonly #bus: Bus;
  readonly #onChange: (present: boolean) => void;
  /** Null as long as nobody has been told anything. */
  #present: boolean | null = null;

  private constructor(bus: Bus, onChange: (present: boolean) => void) {
    this.#bus = bus;
    this.#onChange = onChange;
  }

  static async on(bus: Bus, onChange: (present: boolean) => void): Promise<WatchedHost> {
    const host = new WatchedHost(bus, onChange);
    bus.onSignal((signal) => void host.#hear(signal));
    await bus.match(`type='signal',sender='${BUS.destination}',member='NameOwnerChanged',arg0='${WATCHER}'`);
    await bus.match(`type='signal',path='${WATCHER_PATH}',interface='${WATCHER}'`);
    await host.ask();
    return host;
  }

  get present(): boolean {
    return this.#present === true;
  }

  async ask(): Promise<boolean> {
    this.#know(await this.#isRegistered());
    return this.present;
  }

  close(): void {
    this.#bus.close();
  }

  async #hear({ member }: ReceivedMessage): Promise<void> {
    // Another owner is another panel: the one that showed the icon is gone, however soon the next one comes.
    if (member === 'NameOwnerChanged') this.#know(false);
    else if (!member.startsWith('StatusNotifierHost')) return;
    await this.ask();
  }

  #know(present: boolean): void {
    const before = this.#present;
    this.#present = present;
    if (before !== null && before !== present) this.#onChange(present);
  }

  async #isRegistered(): Promise<boolean> {
    try {
      const answer = await this.#bus.call({
        destination: WATCHER,
        path: WATCHER_PATH,
        interface: 'org.freedesktop.DBus.Properties',
        member: 'Get',
        arguments: [WATCHER, 'IsStatusNotifierHostRegistered'],
      });
      return answer.values[0] === true;
    } catch {
      // Nobody has the name, or who has it does not know the question.
      return false;
    }
  }
}
