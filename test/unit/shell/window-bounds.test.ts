import { describe, expect, it } from 'vitest';
import { windowBounds, type Rectangle } from '../../../main/window/bounds.ts';

const laptop: Rectangle = { x: 0, y: 27, width: 1920, height: 1053 };
const beside: Rectangle = { x: 1920, y: 0, width: 2560, height: 1440 };
const small: Rectangle = { x: 0, y: 0, width: 800, height: 560 };

describe('the window', () => {
  it('is first in the middle of the primary display', () => {
    expect(windowBounds(null, [laptop, beside])).toEqual({ x: 420, y: 194, width: 1080, height: 720 });
  });

  it('is no larger than the display', () => {
    expect(windowBounds(null, [small])).toEqual({ x: 0, y: 0, width: 800, height: 560 });
  });

  it('comes back to its place, on any display', () => {
    const saved = { x: 2500, y: 300, width: 900, height: 700 };
    expect(windowBounds(saved, [laptop, beside])).toEqual(saved);
  });

  it('comes back partly beside the display when that is where it was', () => {
    const saved = { x: -300, y: 400, width: 900, height: 700 };
    expect(windowBounds(saved, [laptop])).toEqual(saved);
  });

  it('comes to the primary display with its size when its own is gone', () => {
    const saved = { x: 2500, y: 300, width: 900, height: 700 };
    expect(windowBounds(saved, [laptop])).toEqual({ x: 510, y: 204, width: 900, height: 700 });
  });

  it.each<[string, Partial<Rectangle>]>([
    ['above', { y: -40 }],
    ['below', { y: 1070 }],
    ['left of', { x: -850 }],
    ['right of', { x: 1900 }],
  ])('is brought back from %s the display, where it could not be moved', (_where, place) => {
    const { x, y } = windowBounds({ x: 100, y: 100, width: 900, height: 700, ...place }, [laptop]);
    expect([x, y]).toEqual([510, 204]);
  });

  it('has a size that the page can use, whatever was saved', () => {
    const { width, height } = windowBounds({ x: 100, y: 100, width: 1, height: 100_000 }, [laptop]);
    expect([width, height]).toEqual([360, 1053]);
  });
});
