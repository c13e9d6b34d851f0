/**
 * Properties of one object on a bus, followed: asked once, then as its signals say (`org.freedesktop.DBus.Properties`). What the bus
 * delivers directly may come from anybody, so only signals of the name's owner count.
 */
import { BUS, type Bus } from './bus.ts';
import type { ReceivedMessage } from './message.ts';
import type { BusValue } from './values.ts';

const PROPERTIES = 'org.freedesktop.DBus.Properties';

export type BusObject = { destination: string; path: string; interface: string };

export class FollowedProperties {
  readonly #bus: Bus;
  readonly #object: BusObject;
  readonly #onChange: () => void;
  /** Unique name of who has the destination's name; null: nobody. */
  #owner: string | null = null;
  #values: { [name: string]: BusValue } = {};

  private constructor(bus: Bus, object: BusObject, onChange: () => void) {
    this.#bus = bus;
    this.#object = object;
    this.#onChange = onChange;
  }

  /** Resolves when it is known what there is; nobody has to be there yet. @throws Error when the bus does not answer. */
  static async follow(bus: Bus, object: BusObject, onChange: () => void): Promise<FollowedProperties> {
    const followed = new FollowedProperties(bus, object, onChange);
    const { destination, path } = object;
    bus.onSignal((signal) => followed.#hear(signal));
    await bus.match(
      `type='signal',sender='${BUS.destination}',member='NameOwnerChanged',arg0='${destination}'`,
    );
    await bus.match(
      `type='signal',sender='${destination}',path='${path}',interface='${PROPERTIES}',member='PropertiesChanged'`,
    );
    await followed.refresh();
    return followed;
  }

  /** undefined: nobody tells. */
  value(name: string): BusValue | undefined {
    return this.#bus.ended ? undefined : this.#values[name];
  }

  /** Asks for all of them, for who does not signal every change. */
  async refresh(): Promise<void> {
    this.#owner = await this.#ownerNow();
    this.#values = this.#owner === null ? {} : await this.#all();
  }

  async #ownerNow(): Promise<string | null> {
    try {
      const { values } = await this.#bus.call({
        ...BUS,
        member: 'GetNameOwner',
        arguments: [this.#object.destination],
      });
      return typeof values[0] === 'string' ? values[0] : null;
    } catch {
      return null;
    }
  }

  async #all(): Promise<{ [name: string]: BusValue }> {
    const { destination, path, interface: name } = this.#object;
    try {
      const call = { destination, path, interface: PROPERTIES, member: 'GetAll', arguments: [name] };
      return dictionary((await this.#bus.call(call)).values[0]);
    } catch {
      // It has no such object: this computer has no battery, no network that is managed.
      return {};
    }
  }

  #hear({ sender, path, interface: from, member, values }: ReceivedMessage): void {
    if (sender === BUS.destination && member === 'NameOwnerChanged') {
      if (values[0] === this.#object.destination) void this.#again();
      return;
    }
    if (member !== 'PropertiesChanged' || from !== PROPERTIES) return;
    if (sender !== this.#owner || path !== this.#object.path || values[0] !== this.#object.interface) return;
    this.#values = { ...this.#values, ...dictionary(values[1]) };
    if (Array.isArray(values[2]) && values[2].length > 0) void this.#again();
    else this.#onChange();
  }

  /** Another one has the name, or something changed without its value being told. */
  async #again(): Promise<void> {
    await this.refresh();
    this.#onChange();
  }
}

function dictionary(value: BusValue | undefined): { [name: string]: BusValue } {
  return typeof value === 'object' && !Array.isArray(value) ? value : {};
}
