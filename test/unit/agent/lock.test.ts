import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockDataFolder } from '../../../agent/lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

const module = new URL('../../../agent/lock.ts', import.meta.url).href;

/** A process that holds the lock until it is killed. */
async function holder(file: string): Promise<ReturnType<typeof spawn>> {
  const script = `import(${JSON.stringify(module)}).then(({ lockDataFolder }) => { lockDataFolder(${JSON.stringify(file)}); console.log('held'); setInterval(() => {}, 1e6); })`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  return child;
}

it('tells the second agent who has the folder', async () => {
  const file = path.join(folder, 'agent.lock');
  const other = await holder(file);
  expect(() => lockDataFolder(file)).toThrow(`process ${other.pid}`);
  other.kill('SIGKILL');
});

it('is free again when its holder was killed', async () => {
  const file = path.join(folder, 'agent.lock');
  const other = await holder(file);
  other.kill('SIGKILL');
  await new Promise((resolve) => other.once('exit', resolve));
  lockDataFolder(file).release();
});

it('is taken whatever something else wrote to its file, unless somebody holds it', async () => {
  const file = path.join(folder, 'agent.lock');
  await writeFile(file, 'garbage'.repeat(1000));
  lockDataFolder(file).release();
  const other = await holder(file);
  await writeFile(file, 'garbage'.repeat(1000));
  expect(() => lockDataFolder(file)).toThrow(`process ${other.pid}`);
  other.kill('SIGKILL');
});
