/**
 * `Tray`. Nothing of it is shown, unless the test has a panel (`STAND_IN_TRAY=panel`): then it is a real icon on the session's bus.
 */
import { EventEmitter } from 'node:events';
import process from 'node:process';
import type { Menu } from './menu.ts';
import type { NativeImage } from './native-image.ts';
import { readiness } from './readiness.ts';
import type { StatusItem } from './status-item.ts';

export class Tray extends EventEmitter {
  readonly #item: Promise<StatusItem> | null;
  #destroyed = false;

  constructor(image: NativeImage) {
    super();
    readiness.refuseBeforeReady('Tray');
    this.#item =
      process.env['STAND_IN_TRAY'] === 'panel'
        ? import('./status-item.ts').then((all) => new all.StatusItem(image, () => this.emit('click')))
        : null;
  }

  setImage(image: NativeImage): void {
    void this.#item?.then((item) => item.setImage(image));
  }

  setToolTip(text: string): void {
    void this.#item?.then((item) => item.setToolTip(text));
  }

  setContextMenu(menu: Menu | null): void {
    void this.#item?.then((item) => item.setMenu(menu));
  }

  destroy(): void {
    void this.#item?.then((item) => item.end());
    this.#destroyed = true;
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }
}
