/**
 * The built page's files. Only what is there when the server starts is ever served, by its exact name.
 */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SlapgridError } from '../errors.ts';

type PageFile = { file: string; type: string; bytes: number; cached: boolean };

/** URL path → file. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** @throws SlapgridError `page-missing` when the page was not built. */
export async function findPageFiles(folder: string): Promise<PageFiles> {
  const files = new Map<string, PageFile>();
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  for (const name of names) {
    const type = TYPES[path.extname(name)];
    if (type === undefined) continue;
    const file = path.join(folder, name);
    const { size } = await stat(file);
    // Names below assets/ contain a digest of the content.
    files.set(`/${name}`, { file, type, bytes: size, cached: name.startsWith('assets/') });
  }
  const index = files.get('/index.html');
  if (index === undefined) throw new SlapgridError('page-missing', { folder });
  return files.set('/', index);
}

/** What the page may load, and what others may do with it: nothing. Mantine needs inline styles. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export async function sendPageFile(
  response: ServerResponse,
  { file, type, bytes, cached }: PageFile,
  headOnly: boolean,
): Promise<void> {
  response.writeHead(200, {
    'content-type': type,
    'content-length': bytes,
    'cache-control': cached ? 'public, max-age=31536000, immutable' : 'no-store',
  });
  if (headOnly) response.end();
  // In one piece: none is large, and each piece is a way to another thread and back.
  else await pipeline(createReadStream(file, { highWaterMark: Math.max(bytes, 1) }), response);
}
