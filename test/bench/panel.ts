/**
 * In place of a panel: takes the icon of an application on a bus of its own, and chooses from its menu.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { defineInterface, sessionBus, type MessageBus } from 'dbus-native';

const WATCHER = 'org.kde.StatusNotifierWatcher';
const MENU = { path: '/com/canonical/dbusmenu', interface: 'com.canonical.dbusmenu' };

/** A number, its properties, and its children. */
type Layout = [id: number, properties: { label?: string }, children: Layout[]];

export class StandInPanel {
  readonly address: string;
  /** The name of the icon that came first. */
  readonly registered: Promise<string>;
  readonly #daemon: ChildProcess;
  readonly #bus: MessageBus;

  private constructor(address: string, registered: Promise<string>, daemon: ChildProcess, bus: MessageBus) {
    this.address = address;
    this.registered = registered;
    this.#daemon = daemon;
    this.#bus = bus;
  }

  static async start(folder: string): Promise<StandInPanel> {
    const listen = ['--nofork', '--print-address', `--address=unix:dir=${folder}`];
    const daemon = spawn('setpriv', ['--pdeathsig', 'KILL', 'dbus-daemon', '--session', ...listen], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [address = '']: string[] = await once(createInterface(daemon.stdout), 'line');
    const bus = sessionBus({ busAddress: address });
    const registered = Promise.withResolvers<string>();
    const watcher = defineInterface({
      name: WATCHER,
      properties: { IsStatusNotifierHostRegistered: { type: 'b', access: 'read', get: () => true } },
      methods: {
        RegisterStatusNotifierItem: {
          in: { name: 's' },
          handler: ({ name }: { name: string }) => registered.resolve(name),
        },
      },
    });
    await bus.export('/StatusNotifierWatcher', watcher);
    await bus.requestName(WATCHER, 0);
    return new StandInPanel(address, registered.promise, daemon, bus);
  }

  async choose(label: string): Promise<void> {
    const destination = await this.registered;
    const [, [, , items]] = await this.#bus.invoke<[number, Layout]>({
      ...MENU,
      destination,
      member: 'GetLayout',
      signature: 'iias',
      body: [0, -1, []],
    });
    const item = items.find(([, properties]) => properties.label === label);
    if (item === undefined) throw new Error(`there is no ${label}`);
    await this.#bus.invoke({
      ...MENU,
      destination,
      member: 'Event',
      signature: 'isvu',
      body: [item[0], 'clicked', ['s', ''], 0],
    });
  }

  async close(): Promise<void> {
    await this.#bus.close();
    const ended = once(this.#daemon, 'exit');
    this.#daemon.kill('SIGKILL');
    await ended;
  }
}
