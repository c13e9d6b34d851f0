/**
 * The services of the system that tell facts, followed on their buses. A bus that is not there, or goes away, is asked for again
 * now and then; until then what it would tell is not known.
 */
import { Bus } from '../../dbus/bus.ts';
import { FollowedProperties, type BusObject } from '../../dbus/properties.ts';
import type { UPower } from './battery.ts';

const UPOWER = { destination: 'org.freedesktop.UPower', path: '/org/freedesktop/UPower' };
const DAEMON: BusObject = { ...UPOWER, interface: 'org.freedesktop.UPower' };
const DISPLAY: BusObject = {
  ...UPOWER,
  path: `${UPOWER.path}/devices/DisplayDevice`,
  interface: 'org.freedesktop.UPower.Device',
};
const LOGIND: BusObject = {
  destination: 'org.freedesktop.login1',
  path: '/org/freedesktop/login1',
  interface: 'org.freedesktop.login1.Manager',
};
const NETWORK: BusObject = {
  destination: 'org.freedesktop.NetworkManager',
  path: '/org/freedesktop/NetworkManager',
  interface: 'org.freedesktop.NetworkManager',
};
const SESSION: BusObject = {
  destination: 'org.gnome.SessionManager',
  path: '/org/gnome/SessionManager',
  interface: 'org.gnome.SessionManager',
};

const AGAIN_MILLISECONDS = 60_000;

type SystemServices = { bus: Bus; upower: UPower; logind: FollowedProperties; network: FollowedProperties };
type SessionServices = { bus: Bus; session: FollowedProperties };

export type BusAddresses = { system: readonly string[]; session: readonly string[] };

export class FactBuses {
  readonly #addresses: BusAddresses;
  readonly #uptime: () => number;
  readonly #onChange: () => void;
  #system: SystemServices | null = null;
  #session: SessionServices | null = null;
  #triedAt = Number.NEGATIVE_INFINITY;
  #connecting: Promise<void> | null = null;
  #closed = false;

  /** @param onChange called when something of what they tell changed, and when the computer woke up. */
  constructor(addresses: BusAddresses, uptime: () => number, onChange: () => void) {
    this.#addresses = addresses;
    this.#uptime = uptime;
    this.#onChange = onChange;
  }

  get upower(): UPower | null {
    return this.#system?.upower ?? null;
  }

  get logind(): FollowedProperties | null {
    return this.#system?.logind ?? null;
  }

  get network(): FollowedProperties | null {
    return this.#system?.network ?? null;
  }

  get session(): FollowedProperties | null {
    return this.#session?.session ?? null;
  }

  /** Connects what is not, and asks logind, which does not signal the idleness of terminals. Never fails. */
  async refresh(): Promise<void> {
    if (this.#system?.bus.ended === true) this.#system = null;
    if (this.#session?.bus.ended === true) this.#session = null;
    const isMissing = this.#system === null || this.#session === null;
    if (isMissing && this.#uptime() - this.#triedAt >= AGAIN_MILLISECONDS) {
      this.#triedAt = this.#uptime();
      this.#connecting ??= this.#connect().finally(() => {
        this.#connecting = null;
      });
    }
    await this.#connecting;
    await this.#system?.logind.refresh();
  }

  close(): void {
    this.#closed = true;
    this.#system?.bus.close();
    this.#session?.bus.close();
  }

  async #connect(): Promise<void> {
    await Promise.all([
      this.#system === null ? this.#connectSystem() : null,
      this.#session === null ? this.#connectSession() : null,
    ]);
    if (this.#closed) this.close();
  }

  async #connectSystem(): Promise<void> {
    const bus = await Bus.connect(this.#addresses.system);
    if (bus === null) return;
    try {
      const follow = (object: BusObject): Promise<FollowedProperties> =>
        FollowedProperties.follow(bus, object, this.#onChange);
      const [daemon, display, logind, network] = await Promise.all([
        follow(DAEMON),
        follow(DISPLAY),
        follow(LOGIND),
        follow(NETWORK),
      ]);
      await this.#hearWaking(bus);
      this.#system = { bus, upower: { daemon, display }, logind, network };
    } catch {
      bus.close();
    }
  }

  async #hearWaking(bus: Bus): Promise<void> {
    bus.onSignal(({ member, values }) => {
      if (member === 'PrepareForSleep' && values[0] === false) this.#onChange();
    });
    await bus.match(
      `type='signal',sender='${LOGIND.destination}',path='${LOGIND.path}',member='PrepareForSleep'`,
    );
  }

  async #connectSession(): Promise<void> {
    const bus = await Bus.connect(this.#addresses.session);
    if (bus === null) return;
    try {
      this.#session = { bus, session: await FollowedProperties.follow(bus, SESSION, this.#onChange) };
    } catch {
      bus.close();
    }
  }
}
