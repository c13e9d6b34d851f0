/**
 * Builds `dist/`: the agent as one file that needs no node_modules, the command line in small parts that are loaded when
 * used, the page, the application around it, and what they read at run time.
 *
 * Everything is built aside and renamed into place, under a lock that the kernel drops when the builder dies; so a build may
 * be killed, run twice at once, or run while a command of the former build is being loaded. Nothing is done when nothing changed, unless `--force` is given.
 */
import {
  chmod,
  chown,
  copyFile,
  cp,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { build, type Plugin } from 'rolldown';
import { build as buildPage } from 'vite';
import { digestOfAgent } from '../agent/runtime/release.ts';
import { buildShell } from './build-shell.ts';
import { notices } from './notices.ts';

const project = path.dirname(import.meta.dirname);
const dist = path.join(project, 'dist');
/** On the same file system as `dist`, and ignored by everything that looks at the project. */
const workshop = path.join(project, 'node_modules', '.slapgrid-build');

/** What `dist` is made from. The launcher watches the same list. */
const SOURCES = [
  'agent',
  'slap',
  'main',
  'renderer',
  'assets',
  'scripts/build.ts',
  'scripts/build-shell.ts',
  'scripts/notices.ts',
  'package.json',
  'package-lock.json',
];
/** What the page is made from: its own folder and the types and sentences it shares. */
const PAGE_SOURCES = [
  'renderer',
  'agent/api',
  'assets',
  'scripts/build.ts',
  'scripts/notices.ts',
  'package.json',
  'package-lock.json',
];

/** What is compiled, and not bundled. */
const ADDONS = [{ name: 'keytar', license: path.join(project, 'node_modules', 'keytar', 'LICENSE.md') }];

/** Fonts of the page. */
const FONTS = ['hanken-grotesk', 'jetbrains-mono'].map((name) => ({
  name,
  license: path.join(project, 'assets', 'fonts', `OFL-${name}.txt`),
}));

/** Newest modification time (ms) of files and folders below `places`. A removed file shows in its folder's time. */
async function newest(places: readonly string[]): Promise<number> {
  let latest = 0;
  for (const place of places) {
    const absolute = path.join(project, place);
    const found = await stat(absolute);
    latest = Math.max(latest, found.mtimeMs);
    if (!found.isDirectory()) continue;
    for (const entry of await readdir(absolute, { recursive: true, withFileTypes: true })) {
      latest = Math.max(latest, (await stat(path.join(entry.parentPath, entry.name))).mtimeMs);
    }
  }
  return latest;
}

/** When the present `dist` was begun (ms), or 0 when there is none. */
async function builtAt(): Promise<number> {
  try {
    return (await stat(path.join(dist, '.built'))).mtimeMs;
  } catch {
    return 0;
  }
}

/**
 * Imported as a module, `node:http` has all of its exports read at once, and one of them loads a whole HTTP client: 30 ms and 3 MB
 * for the agent and for every command that calls it. As a plain object it gives what is asked for.
 */
const plainHttp: Plugin = {
  name: 'plain-http',
  resolveId: (id) => (id === 'node:http' ? '\0node:http' : null),
  load(id) {
    if (id !== '\0node:http') return null;
    const names = Object.entries(Object.getOwnPropertyDescriptors(http)).filter(
      ([, each]) => 'value' in each,
    );
    return [
      `const http = process.getBuiltinModule('node:http');`,
      ...names.map(([name]) => `export const ${name} = /* @__PURE__ */ (() => http.${name})();`),
      'export default http;',
    ].join('\n');
  },
};

/** The server of the API speaks with messages of its own (`agent/api/small-messages.ts`), not with those of an HTTP client. */
const smallMessages: Plugin = {
  name: 'small-messages',
  transform(code, id) {
    if (!id.includes('/@trpc/server/dist/')) return null;
    const place = JSON.stringify(path.join(project, 'agent', 'api', 'small-messages.ts'));
    return `import { Headers, Request, Response } from ${place};\n${code}`;
  },
};

const bundling = {
  cwd: project,
  platform: 'node',
  logLevel: 'warn',
  // Names are kept so that a stack trace in a report can be read.
  optimization: { inlineConst: true },
} as const;

/** A part of its own in the agent's folder, by its name there. */
const apart = (file: string, name: string): Plugin => ({
  name: 'apart',
  resolveId: (id) => (id === file ? { id: `./${name}`, external: 'relative' } : null),
});

async function buildAgent(folder: string): Promise<void> {
  await build({
    ...bundling,
    plugins: [apart('./main.ts', 'agent-main.mjs')],
    input: { agent: 'agent/entry.ts' },
    output: { dir: folder, format: 'esm', entryFileNames: '[name].mjs', comments: false },
  });
  await build({
    ...bundling,
    plugins: [plainHttp, smallMessages, notices(ADDONS)],
    input: { 'agent-main': 'agent/main.ts' },
    output: {
      dir: folder,
      format: 'esm',
      entryFileNames: '[name].mjs',
      codeSplitting: false,
      comments: false,
      minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
    },
  });
  await copyFile(path.join(project, 'agent', 'supervisor', 'shim.sh'), path.join(folder, 'shim.sh'));
  await chmod(path.join(folder, 'shim.sh'), 0o755);
  await copyFile(
    path.join(project, 'agent', 'grid', 'promise_runner.py'),
    path.join(folder, 'promise_runner.py'),
  );
  await cp(path.join(project, 'assets', 'software'), path.join(folder, 'assets', 'software'), {
    recursive: true,
  });
}

/** What speaks to the keyring, and the library that it loads: of this platform, because the agent runs here. */
async function buildKeyring(folder: string): Promise<void> {
  await build({
    ...bundling,
    input: { keyring: 'agent/secrets/keyring-process.ts' },
    output: {
      dir: folder,
      format: 'esm',
      entryFileNames: '[name].mjs',
      codeSplitting: false,
      comments: false,
    },
  });
  const prebuilt = path.join('keytar', 'prebuilds', `${process.platform}-${process.arch}`, 'keytar.node');
  await copyFile(path.join(project, 'node_modules', prebuilt), path.join(folder, 'keytar.node'));
}

async function buildCommandLine(folder: string): Promise<void> {
  await build({
    ...bundling,
    plugins: [plainHttp, notices()],
    input: { cli: 'agent/cli/main.ts' },
    output: {
      dir: folder,
      format: 'esm',
      entryFileNames: '[name].mjs',
      chunkFileNames: '[name]-[hash].mjs',
      comments: false,
      minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
    },
  });
}

async function buildRenderer(folder: string, since: number): Promise<void> {
  if (since > (await newest(PAGE_SOURCES))) {
    await cp(path.join(dist, 'agent', 'page'), folder, { recursive: true });
    return;
  }
  await buildPage({
    root: path.join(project, 'renderer'),
    configFile: path.join(project, 'renderer', 'vite.config.ts'),
    logLevel: 'warn',
    plugins: [notices(FONTS)],
    build: { outDir: folder, emptyOutDir: true },
  });
}

async function writeVersion(folder: string): Promise<void> {
  const manifest: unknown = JSON.parse(await readFile(path.join(project, 'package.json'), 'utf8'));
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : undefined;
  const release = { version, digest: await digestOfAgent(folder) };
  await writeFile(path.join(folder, 'version.json'), `${JSON.stringify(release)}\n`);
}

/** Gives what root built to the owner of the project, who must be able to build again. */
async function giveToOwner(folder: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(project);
  await chown(folder, uid, gid);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    await chown(path.join(entry.parentPath, entry.name), uid, gid);
  }
}

async function buildAll(): Promise<void> {
  // A file changed while we build is newer than the beginning, so the next start sees it.
  const began = new Date();
  const aside = path.join(workshop, 'new');
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { recursive: true });
  const since = await builtAt();
  await Promise.all([
    buildAgent(path.join(aside, 'agent')),
    buildKeyring(path.join(aside, 'agent')),
    buildCommandLine(path.join(aside, 'cli')),
    buildRenderer(path.join(aside, 'agent', 'page'), since),
    buildShell(path.join(aside, 'main')),
  ]);
  await writeVersion(path.join(aside, 'agent'));
  const stamp = path.join(aside, '.built');
  await writeFile(stamp, '');
  await utimes(stamp, began, began);
  await giveToOwner(workshop);
  await mkdir(dist, { recursive: true });
  await giveToOwner(dist);
  await replaceFolder('agent');
  await replaceFolder('main');
  await replaceCommandLine(path.join(aside, 'cli'));
  await rename(stamp, path.join(dist, '.built'));
}

/** Puts a folder that was built aside in the place of the former one. */
async function replaceFolder(name: string): Promise<void> {
  const replaced = path.join(workshop, 'old');
  await rm(replaced, { recursive: true, force: true });
  try {
    await rename(path.join(dist, name), replaced);
  } catch {
    // There was none.
  }
  await rename(path.join(workshop, 'new', name), path.join(dist, name));
  await rm(replaced, { recursive: true, force: true });
}

/** How long a command that was started from an earlier build may still load parts of it (ms). */
const KEPT_MILLISECONDS = 3_600_000;

/** Parts carry a digest in their names and never change; the entry comes last and is switched at once. */
async function replaceCommandLine(built: string): Promise<void> {
  const target = path.join(dist, 'cli');
  await mkdir(target, { recursive: true });
  const parts = await readdir(built);
  for (const name of parts.toSorted(
    (left, right) => Number(left === 'cli.mjs') - Number(right === 'cli.mjs'),
  )) {
    await rename(path.join(built, name), path.join(target, name));
  }
  for (const name of await readdir(target)) {
    const file = path.join(target, name);
    const old = Date.now() - (await stat(file)).mtimeMs > KEPT_MILLISECONDS;
    if (old && !parts.includes(name)) await rm(file);
  }
}

await mkdir(workshop, { recursive: true });
// SQLite's lock on this file is the kernel's (fcntl): it is gone with the process that held it.
const lock = new DatabaseSync(path.join(workshop, 'lock'), { timeout: 120_000 });
try {
  lock.exec('BEGIN EXCLUSIVE');
  if (process.argv.includes('--force') || (await builtAt()) <= (await newest(SOURCES))) await buildAll();
} catch (error) {
  // The bundler's message shows the place; its stack would hide it.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  lock.close();
}
