/**
 * Draws the tray's icons from their drawings (`assets/icons/tray/drawings`): a picture of the exact size for each, one of the double
 * size where a panel may be twice as dense, and for Windows one file with all sizes. Run it when a drawing has changed.
 */
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { chromium, type Page } from '@playwright/test';

const folder = path.join(import.meta.dirname, '..', 'assets', 'icons', 'tray');
const drawings = path.join(folder, 'drawings');

/** Linux panels take 22 and 24 mostly; twice as dense they take the double. */
const DOUBLED: ReadonlySet<number> = new Set([22, 24, 32]);
/** Of the double sizes Windows takes these; 125 % of 16 is 20. */
const WINDOWS = [16, 20, 24, 32, 40, 48, 64];

/** Which sizes of a variant anybody asks for. */
const SIZES: Readonly<Record<string, readonly number[]>> = {
  template: [16, 32],
  'mono-on-any': [22, 24, 32, 44, 48, 64],
  'color-on-dark': [22, 24, 32, 44, 48, 64],
  'color-on-light': [22, 24, 32, 44, 48, 64],
};

type Picture = { png: Buffer; pixels: Buffer };

/** Chromium draws it, at `pixels` of the size it was drawn for. */
async function draw(page: Page, svg: string, pixels: number): Promise<Picture> {
  const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  const { png, rgba } = await page.evaluate(
    async ([url, size]) => {
      const image = new Image(size, size);
      image.src = url;
      await image.decode();
      const canvas = new OffscreenCanvas(size, size);
      const context = canvas.getContext('2d');
      if (context === null) throw new Error('no canvas');
      context.drawImage(image, 0, 0, size, size);
      const blob = await canvas.convertToBlob({ type: 'image/png' });
      return {
        png: [...new Uint8Array(await blob.arrayBuffer())],
        rgba: [...context.getImageData(0, 0, size, size).data],
      };
    },
    [source, pixels] as const,
  );
  return { png: Buffer.from(png), pixels: Buffer.from(rgba) };
}

/** An icon file: a directory, then for each size a bitmap with its lowest row first, and a mask that hides nothing. */
function iconFile(pictures: ReadonlyMap<number, Buffer>): Buffer {
  const images = [...pictures].map(([size, rgba]) => bitmap(size, rgba));
  const head = Buffer.alloc(6 + images.length * 16);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(images.length, 4);
  let at = head.length;
  for (const [index, size] of [...pictures.keys()].entries()) {
    const length = images[index]?.length ?? 0;
    const entry = 6 + index * 16;
    head.writeUInt8(size, entry);
    head.writeUInt8(size, entry + 1);
    head.writeUInt16LE(1, entry + 4);
    head.writeUInt16LE(32, entry + 6);
    head.writeUInt32LE(length, entry + 8);
    head.writeUInt32LE(at, entry + 12);
    at += length;
  }
  return Buffer.concat([head, ...images]);
}

function bitmap(size: number, rgba: Buffer): Buffer {
  const head = Buffer.alloc(40);
  head.writeUInt32LE(40, 0);
  head.writeInt32LE(size, 4);
  // The mask counts as the other half of the height.
  head.writeInt32LE(size * 2, 8);
  head.writeUInt16LE(1, 12);
  head.writeUInt16LE(32, 14);
  const rows = Array.from({ length: size }, (_, row) => {
    const line = Buffer.alloc(size * 4);
    for (let column = 0; column < size; column += 1) {
      const from = ((size - 1 - row) * size + column) * 4;
      const [red = 0, green = 0, blue = 0, alpha = 0] = rgba.subarray(from, from + 4);
      line.set([blue, green, red, alpha], column * 4);
    }
    return line;
  });
  return Buffer.concat([head, ...rows, Buffer.alloc(Math.ceil(size / 32) * 4 * size)]);
}

/** Drawn for that size, or for half of it. */
async function drawing(kind: string, size: number, variant: string): Promise<string> {
  const drawn = DOUBLED.has(size / 2) || size === 40 ? size / 2 : size;
  return readFile(path.join(drawings, `${kind}-${drawn}-${variant}.svg`), 'utf8');
}

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const page = await browser.newPage();
  for (const name of await readdir(folder))
    if (/\.(?:png|ico)$/u.test(name)) await rm(path.join(folder, name));
  for (const kind of ['hosting', 'paused', 'local', 'problem']) {
    for (const [variant, sizes] of Object.entries(SIZES)) {
      for (const size of sizes) {
        const { png } = await draw(page, await drawing(kind, size, variant), size);
        await writeFile(path.join(folder, `tray-${kind}-${size}-${variant}.png`), png);
      }
    }
    for (const shade of ['dark', 'light']) {
      const pictures = new Map<number, Buffer>();
      for (const size of WINDOWS) {
        const svg = await drawing(kind, size, `color-on-${shade}`);
        pictures.set(size, (await draw(page, svg, size)).pixels);
      }
      await writeFile(path.join(folder, `tray-${kind}-on-${shade}.ico`), iconFile(pictures));
    }
  }
} finally {
  await browser.close();
}
