/**
 * Notices that the disk is nearly full, while something can still be done: looked at once a minute, which costs a call of the kernel.
 */
import { statfs } from 'node:fs/promises';
import type { Clock } from './clock.ts';
import { SlapgridError } from './errors.ts';
import type { StateStore } from './state.ts';

const LITTLE_BYTES = 1_000_000_000;
/** Somebody has made room; a little more than before is not that. */
const ENOUGH_BYTES = 1_200_000_000;
const LOOK_MILLISECONDS = 60_000;

export type DiskWatchOptions = {
  home: string;
  store: Pick<StateStore, 'notice' | 'withdrawNotice'>;
  clock: Clock;
  freeBytes?: (folder: string) => Promise<number>;
};

export class DiskWatch {
  readonly #options: Required<DiskWatchOptions>;
  #cancel = (): void => undefined;
  #ended = false;
  #little = false;

  constructor(options: DiskWatchOptions) {
    this.#options = { freeBytes: freeBytesOf, ...options };
  }

  async start(): Promise<void> {
    await this.#look();
    if (this.#ended) return;
    this.#cancel = this.#options.clock.after(LOOK_MILLISECONDS, () => void this.start());
  }

  close(): void {
    this.#ended = true;
    this.#cancel();
  }

  async #look(): Promise<void> {
    const { home, store, freeBytes } = this.#options;
    let free: number;
    try {
      free = await freeBytes(home);
    } catch {
      // A disk that cannot be asked says nothing of its room; others meet that first.
      return;
    }
    if (!this.#little && free < LITTLE_BYTES) {
      this.#little = true;
      store.notice(
        'disk',
        new SlapgridError('disk-nearly-full', { home, free: Math.floor(free / 1e6) }).toView(),
      );
    } else if (this.#little && free >= ENOUGH_BYTES) {
      this.#little = false;
      store.withdrawNotice('disk');
    }
  }
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
