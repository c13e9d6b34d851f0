import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOfAgent, readRelease } from '../../../agent/runtime/release.ts';

const project = path.resolve(import.meta.dirname, '../../..');
let clone: string;

/** A clone after `npm ci`: its own sources, the same packages. */
beforeAll(async () => {
  clone = await mkdtemp(path.join(tmpdir(), 'slapgrid-clone-'));
  for (const name of [
    'agent',
    'slap',
    'main',
    'renderer',
    'assets',
    'scripts',
    'package.json',
    'package-lock.json',
    'slapgrid',
  ]) {
    await cp(path.join(project, name), path.join(clone, name), { recursive: true });
  }
  await mkdir(path.join(clone, 'node_modules'));
  for (const name of await readdir(path.join(project, 'node_modules'))) {
    if (name.startsWith('.slapgrid') || name.startsWith('.vite')) continue;
    await symlink(path.join(project, 'node_modules', name), path.join(clone, 'node_modules', name));
  }
});

afterAll(async () => {
  await rm(clone, { recursive: true });
});

type Ended = { status: number | null; output: string };

async function run(
  program: string,
  argv: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const child = spawn(program, argv, {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [status]: (number | null)[] = await once(child, 'close');
  return { status: status ?? null, output };
}

const launch = (...argv: string[]): Promise<Ended> => run(path.join(clone, 'slapgrid'), argv);
const build = (...argv: string[]): Promise<Ended> =>
  run(process.execPath, [path.join(clone, 'scripts', 'build.ts'), ...argv]);
const builtAt = async (): Promise<number> => (await stat(path.join(clone, 'dist', '.built'))).mtimeMs;

/** Whether what `dist` says of the agent is what it holds. */
async function isWhole(): Promise<boolean> {
  const agent = path.join(clone, 'dist', 'agent');
  return (await readRelease(agent)).digest === (await digestOfAgent(agent));
}

describe('the launcher in a clone', () => {
  test('builds what is missing, then only what changed', async () => {
    expect(await launch('--version')).toMatchObject({ status: 0 });
    expect(await isWhole()).toBe(true);
    const first = await builtAt();
    await launch('--version');
    expect(await builtAt()).toBe(first);
    const now = new Date();
    await utimes(path.join(clone, 'agent', 'errors.ts'), now, now);
    await launch('--version');
    expect(await builtAt()).toBeGreaterThan(first);
  });

  test('builds again when a source was removed', async () => {
    const extra = path.join(clone, 'agent', 'extra.ts');
    await writeFile(extra, 'export const extra = 1;\n');
    await launch('--version');
    const before = await builtAt();
    await rm(extra);
    await launch('--version');
    expect(await builtAt()).toBeGreaterThan(before);
  });
});

describe('a build', () => {
  test('is an agent that needs no packages: its entry, one file, its shim, the runner of plug-ins, its way to the keyring, the page, the catalogue', async () => {
    await build();
    const alone = await mkdtemp(path.join(tmpdir(), 'slapgrid-alone-'));
    await cp(path.join(clone, 'dist', 'agent'), alone, { recursive: true });
    const names = await readdir(alone);
    const modes = (await stat(path.join(alone, 'shim.sh'))).mode & 0o777;
    // It loads, and gets as far as its data folder, which here is a file.
    const ended = await run(process.execPath, [path.join(alone, 'agent.mjs')], {
      SLAPGRID_HOME: '/etc/passwd',
    });
    await rm(alone, { recursive: true });
    expect(names.toSorted()).toEqual([
      'THIRD-PARTY-NOTICES.txt',
      'agent-main.mjs',
      'agent.mjs',
      'assets',
      'keyring.mjs',
      'keytar.node',
      'page',
      'promise_runner.py',
      'shim.sh',
      'version.json',
    ]);
    expect(modes).toBe(0o755);
    expect(ended.output).not.toMatch(/ERR_MODULE_NOT_FOUND|Cannot find/);
    expect(ended.status).not.toBe(0);
  });

  test('that is run twice at once is whole, and commands go on while it is', async () => {
    await build();
    const [left, right, command] = await Promise.all([
      build('--force'),
      build('--force'),
      run(process.execPath, [path.join(clone, 'dist', 'cli', 'cli.mjs'), '--help']),
    ]);
    expect([left.status, right.status, command.status]).toEqual([0, 0, 0]);
    expect(await isWhole()).toBe(true);
  });

  test('that is killed leaves the former one, and the next one is not held up', async () => {
    await build();
    const before = await readFile(path.join(clone, 'dist', 'agent', 'version.json'), 'utf8');
    const child = spawn(process.execPath, [path.join(clone, 'scripts', 'build.ts'), '--force'], {
      stdio: 'ignore',
    });
    const aside = path.join(clone, 'node_modules', '.slapgrid-build', 'new');
    await expect.poll(() => readdir(aside).catch(() => undefined), { interval: 2 }).toBeDefined();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await readFile(path.join(clone, 'dist', 'agent', 'version.json'), 'utf8')).toBe(before);
    expect(await isWhole()).toBe(true);
    expect((await build('--force')).status).toBe(0);
  });

  test('that fails says where, and leaves the former one', async () => {
    await build();
    const errors = path.join(clone, 'agent', 'errors.ts');
    const source = await readFile(errors, 'utf8');
    await writeFile(errors, `${source}\nexport const broken = ;\n`);
    const ended = await launch('--version');
    await writeFile(errors, source);
    expect(ended.status).toBe(1);
    expect(ended.output).toContain('agent/errors.ts');
    expect(await isWhole()).toBe(true);
  });
});

describe('the launcher before npm ci', () => {
  test('says what to run, whatever Node is here', async () => {
    const bare = await mkdtemp(path.join(tmpdir(), 'slapgrid-bare-'));
    await copyFile(path.join(project, 'slapgrid'), path.join(bare, 'slapgrid'));
    await chmod(path.join(bare, 'slapgrid'), 0o755);
    const bin = path.join(bare, 'bin');
    await mkdir(bin);
    const said: Ended[] = [];
    for (const version of ['v20.20.2', 'v24.14.9']) {
      await writeFile(path.join(bin, 'node'), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
      said.push(await run(path.join(bare, 'slapgrid'), ['status'], { PATH: `${bin}:/usr/bin:/bin` }));
    }
    await rm(bare, { recursive: true });
    for (const ended of said) {
      expect(ended.status).toBe(1);
      expect(ended.output).toContain('npm ci');
    }
  });
});
