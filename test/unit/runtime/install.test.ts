import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pathsOf, type Paths } from '../../../agent/paths.ts';
import { installRuntime, removeUnusedRuntimes, type RuntimeSource } from '../../../agent/runtime/install.ts';
import { digestOfAgent } from '../../../agent/runtime/release.ts';
import { processesUsing, programOf } from '../../../agent/runtime/processes.ts';

let folder: string;
let paths: Paths;
let source: RuntimeSource;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-runtime-'));
  paths = pathsOf(path.join(folder, 'home'));
  await mkdir(paths.home);
  source = await build('one');
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  await rm(folder, { recursive: true });
});

/** A build whose Node is a small program that answers as Node does. */
async function build(content: string): Promise<RuntimeSource> {
  const agentFolder = path.join(folder, `build-${content}`);
  await mkdir(path.join(agentFolder, 'assets', 'software'), { recursive: true });
  await writeFile(path.join(agentFolder, 'agent.mjs'), `// ${content}`);
  await writeFile(path.join(agentFolder, 'shim.sh'), '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 });
  await writeFile(path.join(agentFolder, 'assets', 'software', 'x.yaml'), 'x: 1');
  const release = { version: '1.2.3', digest: await digestOfAgent(agentFolder) };
  await writeFile(path.join(agentFolder, 'version.json'), JSON.stringify(release));
  const node = path.join(folder, 'node');
  await writeFile(node, '#!/bin/sh\necho v24.0.0\n', { mode: 0o755 });
  return { agentFolder, node, nodeVersion: 'v24.0.0' };
}

describe('the runtime', () => {
  test('is a whole copy of Node and the agent, named by version and digest', async () => {
    const runtime = await installRuntime(paths, source);
    expect(runtime.name).toMatch(/^1\.2\.3-[0-9a-f]{12}$/);
    expect(runtime.folder).toBe(path.join(paths.runtime, runtime.name));
    expect(await readFile(runtime.agent, 'utf8')).toBe('// one');
    expect(await readFile(path.join(runtime.folder, 'assets/software/x.yaml'), 'utf8')).toBe('x: 1');
    expect((await stat(runtime.node)).mode & 0o777).toBe(0o755);
    expect((await stat(path.join(runtime.folder, 'shim.sh'))).mode & 0o777).toBe(0o755);
    expect(await readdir(paths.runtime)).toEqual([runtime.name]);
  });

  test('that is there already is used as it is', async () => {
    const first = await installRuntime(paths, source);
    const made = await stat(first.folder);
    expect(await installRuntime(paths, source)).toEqual(first);
    expect((await stat(first.folder)).ctimeMs).toBe(made.ctimeMs);
  });

  test('made twice at once is one', async () => {
    const [left, right] = await Promise.all([installRuntime(paths, source), installRuntime(paths, source)]);
    expect(left).toEqual(right);
    expect(await readdir(paths.runtime)).toEqual([left.name]);
  });

  test('of another build or another Node is another', async () => {
    const names = await Promise.all([
      installRuntime(paths, source),
      installRuntime(paths, { ...source, nodeVersion: 'v24.99.0' }),
      installRuntime(paths, await build('two')),
    ]);
    expect(new Set(names.map(({ name }) => name)).size).toBe(3);
  });

  test('that cannot be executed where it is leaves nothing behind', async () => {
    await writeFile(source.node, 'not a program');
    await expect(installRuntime(paths, source)).rejects.toMatchObject({ code: 'runtime-not-executable' });
    expect(await readdir(paths.runtime)).toEqual([]);
  });

  test('of a build that is not what it says is refused, and leaves nothing behind', async () => {
    await writeFile(path.join(source.agentFolder, 'agent.mjs'), '// changed meanwhile');
    await expect(installRuntime(paths, source)).rejects.toMatchObject({ code: 'runtime-damaged' });
    expect(await readdir(paths.runtime)).toEqual([]);
  });

  test('outlives the build it came from', async () => {
    const runtime = await installRuntime(paths, source);
    await rm(source.agentFolder, { recursive: true });
    expect(await readFile(runtime.agent, 'utf8')).toBe('// one');
  });
});

describe('an older runtime', () => {
  test('goes when nothing uses it', async () => {
    const old = await installRuntime(paths, source);
    const present = await installRuntime(paths, await build('two'));
    expect(await removeUnusedRuntimes(paths, present, Date.now)).toEqual([old.name]);
    expect(await readdir(paths.runtime)).toEqual([present.name]);
  });

  test('stays while a shim runs from it', async () => {
    const old = await installRuntime(paths, source);
    const present = await installRuntime(paths, await build('two'));
    const shim = spawn('/bin/sh', ['-c', `. ${old.folder}/shim.sh`, 'shim'], {
      stdio: 'ignore',
      cwd: old.folder,
    });
    children.push(shim);
    await expect.poll(() => processesUsing(old.folder)).toContain(shim.pid);
    expect(await removeUnusedRuntimes(paths, present, Date.now)).toEqual([]);
    shim.kill('SIGKILL');
    await once(shim, 'exit');
    expect(await removeUnusedRuntimes(paths, present, Date.now)).toEqual([old.name]);
  });

  test('that was interrupted in the making goes, one that is being made stays for an hour', async () => {
    const present = await installRuntime(paths, source);
    const ended = spawnSync('true').pid;
    const [fresh, left, stale] = [`.new-${process.pid}-a`, `.new-${ended}-b`, `.new-${process.pid}-c`];
    for (const name of [fresh, left, stale]) await mkdir(path.join(paths.runtime, name));
    const twoHoursAgo = new Date(Date.now() - 7_200_000);
    await utimes(path.join(paths.runtime, stale), twoHoursAgo, twoHoursAgo);
    const removed = await removeUnusedRuntimes(paths, present, Date.now);
    expect(removed.toSorted()).toEqual([left, stale].toSorted());
  });
});

describe('processes using a folder', () => {
  test('are those that name a file of it in an argument, have one open, or run one', async () => {
    const script = path.join(folder, 'script.sh');
    await writeFile(script, 'echo ready; read line\n');
    await chmod(script, 0o755);
    const shell = spawn('/bin/sh', [script], { stdio: ['pipe', 'pipe', 'ignore'], cwd: '/' });
    children.push(shell);
    await once(shell.stdout, 'data');
    expect(await processesUsing(folder)).toEqual([shell.pid]);
    expect(await processesUsing(`${folder}-other`)).toEqual([]);
  });

  test('know their program', async () => {
    expect(await programOf(process.pid)).toBe(process.execPath);
    expect(await programOf(0)).toBeNull();
  });
});
