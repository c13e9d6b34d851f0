/**
 * The pixels of a PNG file (PNG specification) with eight bits for each of red, green, blue and alpha, not interlaced: what the
 * drawings of the tray are.
 */
import { inflateSync } from 'node:zlib';

export type Pixels = { width: number; height: number; pixels: Buffer };

const SIGNATURE_BYTES = 8;
const PIXEL_BYTES = 4;

export function readPng(file: Buffer): Pixels {
  let width = 0;
  let height = 0;
  const data: Buffer[] = [];
  for (let at = SIGNATURE_BYTES; at < file.length;) {
    const length = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    const chunk = file.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') {
      width = chunk.readUInt32BE(0);
      height = chunk.readUInt32BE(4);
      if (chunk.toString('hex', 8, 13) !== '0806000000') throw new Error('not a drawing of the tray');
    }
    if (type === 'IDAT') data.push(chunk);
    at += length + 12;
  }
  return { width, height, pixels: unfiltered(inflateSync(Buffer.concat(data)), width, height) };
}

/** Each row begins with the number of its filter, which says what was taken off its bytes (specification, 9.2). */
function unfiltered(rows: Buffer, width: number, height: number): Buffer {
  const stride = width * PIXEL_BYTES;
  const pixels = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = rows.readUInt8(y * (stride + 1));
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x < PIXEL_BYTES ? 0 : pixels.readUInt8(at - PIXEL_BYTES);
      const above = y === 0 ? 0 : pixels.readUInt8(at - stride);
      const corner = x < PIXEL_BYTES || y === 0 ? 0 : pixels.readUInt8(at - stride - PIXEL_BYTES);
      const raw = rows.readUInt8(y * (stride + 1) + 1 + x);
      pixels.writeUInt8((raw + predicted(filter, left, above, corner)) & 0xff, at);
    }
  }
  return pixels;
}

function predicted(filter: number, left: number, above: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  if (filter !== 4) return 0;
  const estimate = left + above - corner;
  const [nearest = 0] = [left, above, corner].toSorted(
    (one, other) => Math.abs(estimate - one) - Math.abs(estimate - other),
  );
  return nearest;
}
