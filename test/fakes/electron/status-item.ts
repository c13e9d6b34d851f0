/**
 * A tray icon on the session's bus as Chromium makes one (`StatusIconLinuxDbus`), for a test with a real panel: an
 * `org.kde.StatusNotifierItem` with a `com.canonical.dbusmenu`.
 *
 * Like Chromium it decides at once whether a panel is there, and is never shown when none is; and it registers itself again when
 * another panel comes, and gives up when that one refuses.
 */
import process from 'node:process';
import { defineInterface, sessionBus, Variant, type DefinedInterface, type MessageBus } from 'dbus-native';
import type { Menu, MenuItem } from './menu.ts';
import type { NativeImage } from './native-image.ts';
import { readPng } from './png.ts';

const WATCHER = 'org.kde.StatusNotifierWatcher';
const WATCHER_PATH = '/StatusNotifierWatcher';
const ITEM = 'org.kde.StatusNotifierItem';
const ITEM_PATH = '/StatusNotifierItem';
const MENU = 'com.canonical.dbusmenu';
const MENU_PATH = '/com/canonical/dbusmenu';

type Properties = Record<string, Variant>;
/** A number, its properties, and its children as variants of the same. */
type Layout = [number, Properties, Variant[]];
const LAYOUT = '(ia{sv}av)';

let last = 0;

export class StatusItem {
  readonly #bus: MessageBus;
  readonly #name = `${ITEM}-${process.pid}-${(last += 1)}`;
  readonly #onClick: () => void;
  readonly #item: DefinedInterface;
  readonly #menuInterface: DefinedInterface;
  #image: NativeImage;
  #toolTip = '';
  #menu: Menu | null = null;
  #revision = 1;
  #items = new Map<number, MenuItem>();
  #exported = false;

  constructor(image: NativeImage, onClick: () => void) {
    this.#image = image;
    this.#onClick = onClick;
    this.#bus = sessionBus();
    // What a panel still asks of an icon that has just gone is answered into nothing.
    this.#bus.connection.on('error', () => {});
    this.#item = this.#defineItem();
    this.#menuInterface = this.#defineMenu();
    void this.#begin().catch(() => this.end());
  }

  setImage(image: NativeImage): void {
    this.#image = image;
    if (this.#exported) this.#item.emit['NewIcon']?.();
  }

  setToolTip(text: string): void {
    this.#toolTip = text;
    if (this.#exported) this.#item.emit['NewToolTip']?.();
  }

  setMenu(menu: Menu | null): void {
    this.#menu = menu;
    this.#revision += 1;
    if (this.#exported) this.#menuInterface.emit['LayoutUpdated']?.(this.#revision, 0);
  }

  end(): void {
    this.#exported = false;
    void this.#bus.close();
  }

  async #begin(): Promise<void> {
    const registered = await this.#bus.invoke<boolean>({
      destination: WATCHER,
      path: WATCHER_PATH,
      interface: 'org.freedesktop.DBus.Properties',
      member: 'Get',
      signature: 'ss',
      body: [WATCHER, 'IsStatusNotifierHostRegistered'],
    });
    if (!registered) throw new Error('no panel shows icons');
    await this.#bus.export(ITEM_PATH, this.#item);
    await this.#bus.export(MENU_PATH, this.#menuInterface);
    this.#exported = true;
    await this.#bus.requestName(this.#name, 0);
    await this.#bus.addMatch(
      `type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='${WATCHER}'`,
    );
    const changed = this.#bus.mangle('/org/freedesktop/DBus', 'org.freedesktop.DBus', 'NameOwnerChanged');
    this.#bus.signals.on(changed, ([name, , owner]: string[]) => {
      if (name === WATCHER && owner !== '') void this.#register().catch(() => this.end());
    });
    await this.#register();
  }

  async #register(): Promise<void> {
    await this.#bus.invoke({
      destination: WATCHER,
      path: WATCHER_PATH,
      interface: WATCHER,
      member: 'RegisterStatusNotifierItem',
      signature: 's',
      body: [this.#name],
    });
  }

  #defineItem(): DefinedInterface {
    const fixed = (type: string, value: unknown): { type: string; access: 'read'; get: () => unknown } => ({
      type,
      access: 'read',
      get: () => value,
    });
    const point = { x: 'i', y: 'i' };
    return defineInterface({
      name: ITEM,
      properties: {
        Category: fixed('s', 'ApplicationStatus'),
        Id: fixed('s', this.#name),
        Title: fixed('s', ''),
        Status: fixed('s', 'Active'),
        WindowId: fixed('i', 0),
        ItemIsMenu: fixed('b', false),
        Menu: fixed('o', MENU_PATH),
        IconName: fixed('s', ''),
        OverlayIconName: fixed('s', ''),
        OverlayIconPixmap: fixed('a(iiay)', []),
        AttentionIconName: fixed('s', ''),
        AttentionIconPixmap: fixed('a(iiay)', []),
        AttentionMovieName: fixed('s', ''),
        IconPixmap: { type: 'a(iiay)', access: 'read', get: () => this.#pixmaps() },
        ToolTip: { type: '(sa(iiay)ss)', access: 'read', get: () => ['', [], this.#toolTip, ''] },
      },
      methods: {
        Activate: { in: point, handler: () => this.#onClick() },
        SecondaryActivate: { in: point, handler: () => undefined },
        ContextMenu: { in: point, handler: () => undefined },
        Scroll: { in: { delta: 'i', orientation: 's' }, handler: () => undefined },
      },
      signals: { NewIcon: {}, NewToolTip: {}, NewStatus: { args: { status: 's' } } },
    });
  }

  /** Each picture in the bytes of the network: alpha, red, green, blue. */
  #pixmaps(): [number, number, Buffer][] {
    return this.#image.representations.map(({ bytes }) => {
      const { width, height, pixels } = readPng(bytes);
      const turned = Buffer.alloc(pixels.length);
      for (let at = 0; at < pixels.length; at += 4) {
        turned.writeUInt8(pixels.readUInt8(at + 3), at);
        pixels.copy(turned, at + 1, at, at + 3);
      }
      return [width, height, turned];
    });
  }

  #defineMenu(): DefinedInterface {
    return defineInterface({
      name: MENU,
      properties: {
        Version: { type: 'u', access: 'read', get: () => 3 },
        Status: { type: 's', access: 'read', get: () => 'normal' },
        TextDirection: { type: 's', access: 'read', get: () => 'ltr' },
        IconThemePath: { type: 'as', access: 'read', get: () => [] },
      },
      methods: {
        GetLayout: {
          in: { parent: 'i', depth: 'i', names: 'as' },
          out: { revision: 'u', layout: LAYOUT },
          handler: ({ parent }: { parent: number }) => ({
            revision: this.#revision,
            layout: this.#layoutFrom(parent),
          }),
        },
        GetGroupProperties: {
          in: { ids: 'ai', names: 'as' },
          out: { properties: 'a(ia{sv})' },
          handler: ({ ids }: { ids: number[] }) =>
            ids.flatMap((id) => {
              const item = this.#items.get(id);
              return item === undefined ? [] : [[id, propertiesOf(item)]];
            }),
        },
        GetProperty: {
          in: { id: 'i', name: 's' },
          out: { value: 'v' },
          handler: ({ id, name }: { id: number; name: string }) => {
            const item = this.#items.get(id);
            return (item === undefined ? {} : propertiesOf(item))[name] ?? new Variant('s', '');
          },
        },
        Event: {
          in: { id: 'i', event: 's', data: 'v', timestamp: 'u' },
          handler: ({ id, event }: { id: number; event: string }) => this.#happened(id, event),
        },
        EventGroup: {
          in: { events: 'a(isvu)' },
          out: { unknown: 'ai' },
          handler: ({ events }: { events: [number, string][] }) => {
            for (const [id, event] of events) this.#happened(id, event);
            return [];
          },
        },
        AboutToShow: { in: { id: 'i' }, out: { changed: 'b' }, handler: () => false },
        AboutToShowGroup: {
          in: { ids: 'ai' },
          out: { changed: 'ai', unknown: 'ai' },
          handler: () => ({ changed: [], unknown: [] }),
        },
      },
      signals: {
        LayoutUpdated: { args: { revision: 'u', parent: 'i' } },
        ItemsPropertiesUpdated: { args: { updated: 'a(ia{sv})', removed: 'a(ias)' } },
      },
    });
  }

  #happened(id: number, event: string): void {
    if (event === 'clicked') this.#items.get(id)?.click();
  }

  #layoutFrom(parent: number): Layout {
    if (parent !== 0) {
      const item = this.#items.get(parent);
      return [parent, item === undefined ? {} : propertiesOf(item), this.#children(item?.submenu)];
    }
    this.#items = new Map();
    return [0, { 'children-display': new Variant('s', 'submenu') }, this.#children(this.#menu)];
  }

  #children(menu: Menu | null | undefined): Variant[] {
    return (menu?.items ?? []).map((item) => {
      const id = this.#items.size + 1;
      this.#items.set(id, item);
      return new Variant(LAYOUT, [id, propertiesOf(item), this.#children(item.submenu)]);
    });
  }
}

function propertiesOf(item: MenuItem): Properties {
  const { type, label, enabled, visible, checked, submenu } = item;
  if (type === 'separator') return { type: new Variant('s', 'separator') };
  return {
    // What is underlined for the keyboard is written “&” by Electron and “_” here.
    label: new Variant('s', label.replaceAll('_', '__').replaceAll('&&', '&')),
    enabled: new Variant('b', enabled),
    visible: new Variant('b', visible),
    ...(type === 'checkbox'
      ? { 'toggle-type': new Variant('s', 'checkmark'), 'toggle-state': new Variant('i', checked ? 1 : 0) }
      : {}),
    ...(submenu === undefined ? {} : { 'children-display': new Variant('s', 'submenu') }),
  };
}
