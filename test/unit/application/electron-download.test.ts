/**
 * The real installer of the npm package, which asks a mirror on this computer.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  downloadElectron,
  failedDownload,
  type Download,
  type DownloadOptions,
} from '../../../agent/application/electron-download.ts';
import { findElectron, type ElectronPackage } from '../../../agent/application/electron.ts';
import { pathsOf, type Paths } from '../../../agent/paths.ts';
import { zipOf } from './zip.ts';

const modules = path.resolve(import.meta.dirname, '../../../node_modules');
const DAY = 24 * 3_600_000;
const AT = Date.parse('2026-11-22T14:00:00.000Z');

let folder: string;
let paths: Paths;
let electron: ElectronPackage;
let mirror: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-electron-'));
  paths = pathsOf(path.join(folder, 'home'));
  await mkdir(paths.private, { recursive: true });
  // A copy of its own, beside which the program is put; what it needs is where it always is.
  const copies = path.join(folder, 'node_modules');
  await mkdir(copies);
  for (const name of ['@electron', '@electron-internal']) {
    await symlink(path.join(modules, name), path.join(copies, name));
  }
  await mkdir(path.join(copies, 'electron'));
  for (const name of ['package.json', 'install.js', 'checksums.json']) {
    await cp(path.join(modules, 'electron', name), path.join(copies, 'electron', name));
  }
  const found = await findElectron(folder, {}, 'linux');
  if (found.state !== 'absent') throw new Error(found.state);
  ({ electron } = found);
  mirror = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
  await once(mirror, 'listening');
});
afterEach(async () => {
  mirror.closeAllConnections();
  mirror.close();
  await rm(folder, { recursive: true });
});

function download(more: Partial<DownloadOptions> = {}, variables: NodeJS.ProcessEnv = {}): Promise<Download> {
  const address = mirror.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return downloadElectron(paths, electron, {
    environment: {
      PATH: process.env['PATH'],
      HOME: folder,
      ELECTRON_MIRROR: `http://127.0.0.1:${port}/`,
      electron_config_cache: path.join(folder, 'cache'),
      ...variables,
    },
    signal: new AbortController().signal,
    onProgress: () => undefined,
    now: () => AT,
    ...more,
  });
}

/** A release of Electron as far as its installer goes. */
const RELEASE = (version: string): Buffer => zipOf({ version, electron: '#!/bin/sh\necho a program\n' });

const leftovers = async (): Promise<string[]> => (await readdir(paths.private)).toSorted();

it('has the program afterwards, and nothing else', async () => {
  const archive = RELEASE(electron.version);
  const sum = createHash('sha256').update(archive).digest('hex');
  answer = ({ url = '' }, response) => {
    const name = path.basename(url).replace(/^SHASUMS256.*/u, '');
    response.end(
      name === '' ? `${sum} *electron-v${electron.version}-${process.platform}-${process.arch}.zip` : archive,
    );
  };
  const seen: number[] = [];
  // The sums of the package are those of the true release.
  const variables = { electron_use_remote_checksums: '1' };
  const done = await download({ onProgress: (bytes) => void seen.push(bytes) }, variables);
  const program = path.join(electron.folder, 'dist', 'electron');
  expect(done).toEqual({ outcome: 'done', program });
  expect(await findElectron(folder, {}, 'linux')).toEqual({ state: 'here', program });
  expect(seen.length).toBeGreaterThan(0);
  expect(await leftovers()).toEqual([]);
});

it('refuses what is not the release that the package knows', async () => {
  answer = (_request, response) => response.end(RELEASE(electron.version));
  expect(await download()).toMatchObject({ outcome: 'failed', detail: expect.stringMatching(/checksum/iu) });
  expect(await findElectron(folder, {}, 'linux')).toMatchObject({ state: 'absent' });
});

it('that fails is not tried again for a day, and says why', async () => {
  answer = (_request, response) => response.writeHead(503).end();
  const failed = await download();
  expect(failed).toMatchObject({ outcome: 'failed', detail: expect.stringContaining('503') });
  expect(await leftovers()).toEqual(['electron-download.json']);
  expect(await failedDownload(paths, electron, AT + DAY - 1)).toMatchObject({
    at: '2026-11-22T14:00:00.000Z',
    detail: expect.stringContaining('503'),
  });
  expect(await failedDownload(paths, electron, AT + DAY)).toBeNull();
  // A clock that was set back, and another version.
  expect(await failedDownload(paths, electron, AT - DAY)).toBeNull();
  expect(await failedDownload(paths, { ...electron, version: '1.0.0' }, AT)).toBeNull();
});

it('that is given up ends at once, and leaves nothing behind', async () => {
  const given = new AbortController();
  answer = (_request, response) => {
    response.writeHead(200, { 'content-length': 100_000_000 }).write('x'.repeat(10_000));
    setImmediate(() => given.abort());
  };
  expect(await download({ signal: given.signal })).toEqual({ outcome: 'cancelled' });
  expect(await leftovers()).toEqual(['electron-download.json']);
  expect(await failedDownload(paths, electron, AT)).toMatchObject({ detail: '' });
});

it('that stands still has failed', async () => {
  answer = (_request, response) => {
    response.writeHead(200, { 'content-length': 100_000_000 }).write('x'.repeat(10_000));
  };
  expect(await download({ silenceMilliseconds: 1500 })).toEqual({
    outcome: 'failed',
    detail: 'nothing came any more',
  });
});
