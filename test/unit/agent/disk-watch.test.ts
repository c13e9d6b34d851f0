import { expect, it } from 'vitest';
import { DiskWatch } from '../../../agent/disk-watch.ts';

/** A disk of which somebody says how much is free, and what is shown of it. */
class Disk {
  free = 50e9;
  readonly shown = new Map<string, string>();
  #next: (() => void) | null = null;
  readonly watch = new DiskWatch({
    home: '/home/ana/data',
    store: {
      notice: (id, { sentence }) => void this.shown.set(id, sentence),
      withdrawNotice: (id) => void this.shown.delete(id),
    },
    clock: {
      now: () => 0,
      after: (_milliseconds, call) => {
        this.#next = call;
        return () => (this.#next = null);
      },
    },
    freeBytes: () =>
      Number.isNaN(this.free) ? Promise.reject(new Error('EIO')) : Promise.resolve(this.free),
  });

  /** A minute passes. @returns the notices. */
  async after(free: number): Promise<string[]> {
    this.free = free;
    this.#next?.();
    await new Promise(setImmediate);
    return [...this.shown.values()];
  }

  get waits(): boolean {
    return this.#next !== null;
  }
}

it('says when little is left, and no longer when there is enough again', async () => {
  const disk = new Disk();
  await disk.watch.start();
  expect(await disk.after(1e9)).toEqual([]);
  expect(await disk.after(0.8e9)).toEqual([
    'The disk is nearly full: 800 MB are left where /home/ana/data is. What runs keeps running.',
  ]);
  expect(await disk.after(1.1e9)).toHaveLength(1);
  expect(await disk.after(1.3e9)).toEqual([]);
});

it('says it at once when the agent starts', async () => {
  const disk = new Disk();
  disk.free = 1;
  await disk.watch.start();
  expect(disk.shown.size).toBe(1);
});

it('goes on when the disk cannot be asked', async () => {
  const disk = new Disk();
  await disk.watch.start();
  expect(await disk.after(Number.NaN)).toEqual([]);
  expect(await disk.after(1)).toHaveLength(1);
});

it('ends', async () => {
  const disk = new Disk();
  await disk.watch.start();
  disk.watch.close();
  expect(disk.waits).toBe(false);
});
