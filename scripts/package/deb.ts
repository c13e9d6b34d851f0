#!/usr/bin/env node
/**
 * Makes a Debian package with dpkg-deb, in the place of fpm: with the arguments that electron-builder gives to fpm
 * (`CUSTOM_FPM_PATH`). A word that is no option maps a file, or what is in a folder (`folder/=/opt/x`), to its place.
 */
import { execFileSync } from 'node:child_process';
import { constants } from 'node:fs';
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { makePlain } from './plain-files.ts';

const text = { type: 'string', default: '' } as const;

/** An option that is not here is refused: what it asks for would be missing in the package. */
const { values: given, positionals: places } = parseArgs({
  allowPositionals: true,
  options: {
    input: { ...text, short: 's' },
    output: { ...text, short: 't' },
    force: { type: 'boolean' },
    depends: { type: 'string', short: 'd', multiple: true, default: [] },
    'deb-recommends': { type: 'string', multiple: true, default: [] },
    'deb-compression': { type: 'string', default: 'xz' },
    'deb-priority': { type: 'string', default: 'optional' },
    architecture: text,
    name: text,
    maintainer: text,
    version: text,
    url: text,
    category: text,
    description: text,
    package: text,
    'after-install': text,
    'before-remove': text,
    'after-remove': text,
    // What Debian has no field for.
    vendor: text,
    license: text,
  },
});

const SCRIPTS = { postinst: 'after-install', prerm: 'before-remove', postrm: 'after-remove' } as const;

/** electron-builder’s words for what dpkg-deb calls otherwise. */
const COMPRESSIONS: Readonly<Record<string, string>> = { gz: 'gzip', zst: 'zstd', xz: 'xz' };

async function layOut(root: string): Promise<void> {
  for (const place of places) {
    const [from = '', to = ''] = place.split('=');
    await cp(from, path.join(root, to), {
      recursive: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
    });
  }
}

/** As dpkg-gencontrol(1) counts: what each file takes, in whole KiB, and one for everything else. */
async function sizeOf(place: string): Promise<number> {
  const status = await lstat(place);
  if (status.isFile()) return Math.ceil(status.size / 1024);
  if (!status.isDirectory()) return 1;
  let size = 1;
  for (const name of await readdir(place)) size += await sizeOf(path.join(place, name));
  return size;
}

/** The synopsis, and every further line behind a space (deb-control(5)). */
function described(): string {
  const [synopsis = '', ...lines] = given.description.split('\n').map((line) => line.trim());
  return [synopsis, ...lines.map((line) => ` ${line === '' ? '.' : line}`)].join('\n');
}

async function writeControl(root: string): Promise<void> {
  const size = await sizeOf(root);
  const folder = path.join(root, 'DEBIAN');
  await mkdir(folder);
  const fields: Record<string, string> = {
    Package: given.name,
    Version: given.version,
    Architecture: given.architecture,
    Maintainer: given.maintainer,
    'Installed-Size': String(size),
    Depends: given.depends.join(', '),
    Recommends: given['deb-recommends'].join(', '),
    Section: given.category,
    Priority: given['deb-priority'],
    Homepage: given.url,
    Description: described(),
  };
  const lines = Object.entries(fields).filter(([, value]) => value !== '');
  await writeFile(path.join(folder, 'control'), lines.map(([name, value]) => `${name}: ${value}\n`).join(''));
  for (const [name, option] of Object.entries(SCRIPTS)) {
    if (given[option] === '') continue;
    await cp(given[option], path.join(folder, name));
  }
}

if (given.output !== 'deb') throw new Error(`this makes Debian packages only, not ${given.output}`);
const compression = COMPRESSIONS[given['deb-compression']];
if (compression === undefined) throw new Error(`dpkg-deb does not know ${given['deb-compression']}`);
const root = await mkdtemp(path.join(tmpdir(), 'slapgrid-deb-'));
try {
  await layOut(root);
  await writeControl(root);
  await makePlain(root);
  for (const name of await readdir(path.join(root, 'DEBIAN'))) {
    if (name in SCRIPTS) await chmod(path.join(root, 'DEBIAN', name), 0o755);
  }
  execFileSync('dpkg-deb', ['--root-owner-group', `-Z${compression}`, '--build', root, given.package], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
} finally {
  await rm(root, { recursive: true });
}
