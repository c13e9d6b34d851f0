/** What an agent has loaded that was started, asked, and left alone: all of it stays for as long as the computer runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pathsOf } from '../../../agent/paths.ts';
import { agentEnvironment, NODE_ARGUMENTS } from '../../../agent/setup/agent-process.ts';
import { Home, until } from './home.ts';

let home: Home;
let runtime: string;
beforeEach(async () => {
  home = await Home.make({ seed: false });
  home.start();
  const { runtime: runtimes } = pathsOf(home.data);
  runtime = path.join(runtimes, (await readdir(runtimes))[0] ?? '');
  await endAgent();
});
afterEach(() => home.remove());

async function endAgent(): Promise<void> {
  await (await home.calls()).shutdown.mutate();
  await until(async () =>
    home.state().then(
      () => false,
      () => true,
    ),
  );
}

it('has no HTTP client and no TLS', async () => {
  const file = path.join(home.folder, 'loaded');
  const witness = `
    import { writeFileSync } from 'node:fs';
    process.on('exit', () => writeFileSync(${JSON.stringify(file)}, process.moduleLoadList.join('\\n')));`;
  const agent = spawn(
    path.join(runtime, 'node'),
    [
      ...NODE_ARGUMENTS,
      '--import',
      `data:text/javascript,${encodeURIComponent(witness)}`,
      path.join(runtime, 'agent.mjs'),
    ],
    { env: agentEnvironment(home.data, home.environment), stdio: 'ignore' },
  );
  const ended = once(agent, 'exit');
  await until(async () =>
    home.state().then(
      () => true,
      () => false,
    ),
  );
  await endAgent();
  await ended;
  const loaded = (await readFile(file, 'utf8')).split('\n');
  expect(loaded).toContain('NativeModule http');
  expect(loaded.filter((name) => /undici|NativeModule (?:https|tls)$/u.test(name))).toEqual([]);
});

it('has kept what Node compiled of it, for itself alone', async () => {
  const compiled = path.join(runtime, 'compiled');
  await until(async () => existsSync(compiled) && (await readdir(compiled, { recursive: true })).length > 1);
  expect((await stat(compiled)).mode & 0o777).toBe(0o700);
});
