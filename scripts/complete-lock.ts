/**
 * Completes `package-lock.json` after `npm install`: adds the platform packages that npm could not resolve.
 *
 * Tools written in Rust or Go publish one optional package per platform. Where a registry (or a mirror of it) does not have those
 * of other platforms, `npm install` leaves them out of the lock file, and `npm ci` then refuses that lock file everywhere
 * ("Missing: … from lock file"). With an entry that names version, system and processor, npm knows what it may pass over.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

type Entry = {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
};

const file = path.join(import.meta.dirname, '..', 'package-lock.json');
const lock: { packages: Record<string, Entry> } = JSON.parse(readFileSync(file, 'utf8'));

/** What the name says, as in `binding-linux-arm64-musl`. Wasm builds run nowhere by themselves. */
function platformOf(name: string): Pick<Entry, 'os' | 'cpu' | 'libc'> {
  const words = name.slice(name.indexOf('/') + 1).split('-');
  const systems = new Set([
    'android',
    'darwin',
    'freebsd',
    'linux',
    'openharmony',
    'win32',
    'aix',
    'netbsd',
    'openbsd',
    'sunos',
  ]);
  const processors = new Set([
    'arm',
    'arm64',
    'ia32',
    'ppc64',
    'riscv64',
    's390x',
    'x64',
    'loong64',
    'wasm32',
  ]);
  const os = words.filter((word) => systems.has(word));
  const cpu = words.filter((word) => processors.has(word));
  if (words.some((word) => word.startsWith('musl'))) return { os, cpu, libc: ['musl'] };
  return { os, cpu };
}

let added = 0;
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    const platform = platformOf(name);
    if (key in lock.packages || (platform.os?.length ?? 0) + (platform.cpu?.length ?? 0) === 0) continue;
    lock.packages[key] = {
      version,
      ...(entry.dev === true ? { dev: true } : {}),
      optional: true,
      ...platform,
    };
    added += 1;
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([one], [other]) => (one < other ? -1 : 1)),
);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} platform packages added`);
