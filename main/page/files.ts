/**
 * The built page's files. Only what is there when the application starts is ever served, by its exact name.
 */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

/** URL path → file and its media type. */
export type PageFiles = ReadonlyMap<string, { file: string; type: string }>;

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** As the agent's own server sends them to a browser: the page loads from itself, and nothing else. Mantine needs inline styles. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

export async function findPageFiles(folder: string): Promise<PageFiles> {
  const files = new Map<string, { file: string; type: string }>();
  for (const name of await readdir(folder, { recursive: true })) {
    const type = TYPES[path.extname(name)];
    const address = `/${name.split(path.sep).join('/')}`;
    if (type !== undefined) files.set(address, { file: path.join(folder, name), type });
  }
  const index = files.get('/index.html');
  if (index === undefined) throw new Error(`there is no page in ${folder}`);
  return files.set('/', index);
}

export async function answerFile(files: PageFiles, request: Request): Promise<Response> {
  const found = files.get(new URL(request.url).pathname);
  if (found === undefined) return new Response(null, { status: 404, headers: HEADERS });
  if (request.method !== 'GET') return new Response(null, { status: 405, headers: HEADERS });
  return new Response(await readFile(found.file), { headers: { ...HEADERS, 'content-type': found.type } });
}
