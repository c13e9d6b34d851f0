/**
 * The project as it is somewhere else, after `npm ci`: its own sources, the same packages.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

export const project = path.join(import.meta.dirname, '..', '..');

/** What a package is made from. */
const SOURCES = [
  'agent',
  'assets',
  'electron-builder.yml',
  'LICENSE',
  'main',
  'package-lock.json',
  'package.json',
  'packaging',
  'renderer',
  'scripts',
  'slap',
];

export async function checkOut(folder: string, version?: string): Promise<void> {
  for (const name of SOURCES) {
    await cp(path.join(project, name), path.join(folder, name), { recursive: true, verbatimSymlinks: true });
  }
  const modules = path.join(folder, 'node_modules');
  await mkdir(modules);
  for (const name of await readdir(path.join(project, 'node_modules'))) {
    if (name.startsWith('.')) continue;
    await symlink(path.join(project, 'node_modules', name), path.join(modules, name));
  }
  if (version === undefined) return;
  const manifest = path.join(folder, 'package.json');
  const text = await readFile(manifest, 'utf8');
  await writeFile(manifest, text.replace(/"version": "[^"]*"/u, `"version": "${version}"`));
}

export type Packing = {
  /** A checkout. */
  folder: string;
  /** Electron's distribution. */
  electron?: string;
  umask?: number;
  environment?: NodeJS.ProcessEnv;
};

export type Packed = { status: number | null; output: string };

/** Some day in 2026. */
export const SOURCE_DATE = 1_795_000_000;

/** `npm run package -- deb --quick`, into `release/` of the checkout. */
export async function pack({ folder, electron, umask, environment }: Packing): Promise<Packed> {
  const script = path.join(folder, 'scripts', 'package.ts');
  const mask = (umask ?? 0o022).toString(8);
  const child = spawn(
    'sh',
    ['-c', `umask ${mask} && exec "$@"`, 'sh', process.execPath, script, 'deb', '--quick'],
    {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        SOURCE_DATE_EPOCH: String(SOURCE_DATE),
        ...(electron === undefined ? {} : { ELECTRON_OVERRIDE_DIST_PATH: electron }),
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const [status]: (number | null)[] = await once(child, 'close');
  return { status: status ?? null, output };
}
