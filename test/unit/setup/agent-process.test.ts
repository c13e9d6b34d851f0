import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pathsOf, type Paths } from '../../../agent/paths.ts';
import { isRunning } from '../../../agent/runtime/processes.ts';
import {
  agentEnvironment,
  ALREADY_RUNNING_STATUS,
  startAgent,
  waitForAgent,
  waitForEnd,
  type StartedAgent,
} from '../../../agent/setup/agent-process.ts';

let paths: Paths;
let started: StartedAgent | undefined;

beforeEach(async () => {
  paths = pathsOf(await mkdtemp(path.join(tmpdir(), 'slapgrid-agent-')));
  await mkdir(paths.private, { mode: 0o700 });
});

afterEach(async () => {
  if (started !== undefined && (await started.status()) === null) process.kill(started.pid, 'SIGKILL');
  started = undefined;
  await rm(paths.home, { recursive: true });
});

async function start(program: string): Promise<StartedAgent> {
  const agent = path.join(paths.home, 'agent.mjs');
  await writeFile(agent, program);
  started = await startAgent(paths, { node: process.execPath, agent });
  return started;
}

const limits = { timeoutSeconds: 20, now: Date.now };

describe('the agent', () => {
  test('runs in a session of its own, away from here, with its output in its log', async () => {
    await writeFile(paths.agentLog, 'from before\n');
    const agent = await start(`
      import { readFileSync } from 'node:fs';
      console.log(process.cwd(), process.env.SLAPGRID_HOME, process.stdin.isTTY ?? 'no terminal');
      console.log('session', readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')[3]);
      setInterval(() => {}, 1000);
    `);
    await expect.poll(() => agent.log()).toContain('session');
    expect(await agent.log()).toBe(`/ ${paths.home} no terminal\nsession ${agent.pid}\n`);
    expect(await readFile(paths.agentLog, 'utf8')).toMatch(/^from before\n/);
  });

  test('gets the host’s proxy and languages of the environment, and no more', () => {
    const environment = agentEnvironment('/data', {
      LANG: 'fr_FR.UTF-8',
      https_proxy: 'http://proxy:3128',
      AWS_SECRET_ACCESS_KEY: 'secret',
      NODE_OPTIONS: '--inspect',
      PATH: '/home/me/bin',
    });
    expect(environment).toEqual({
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      SLAPGRID_HOME: '/data',
      LANG: 'fr_FR.UTF-8',
      https_proxy: 'http://proxy:3128',
    });
  });

  test('is awaited until it answers', async () => {
    const agent = await start('setInterval(() => {}, 1000)');
    let asked = 0;
    const connection = await waitForAgent(
      agent,
      async () => {
        asked += 1;
        return asked < 3 ? undefined : 'answer';
      },
      limits,
    );
    expect(connection).toBe('answer');
  });

  test('that ends at once is told with its last words', async () => {
    const agent = await start(`console.log('no port is free'); process.exit(1)`);
    await expect(waitForAgent(agent, async () => undefined, limits)).rejects.toMatchObject({
      code: 'agent-did-not-start',
      message: expect.stringContaining('no port is free'),
    });
  });

  test('that leaves to another one is no failure: the other is awaited', async () => {
    const agent = await start(`process.exit(${ALREADY_RUNNING_STATUS})`);
    await expect.poll(() => agent.status()).toBe(ALREADY_RUNNING_STATUS);
    let asked = 0;
    const connect = async (): Promise<string | undefined> => {
      asked += 1;
      return asked < 3 ? undefined : 'the other';
    };
    expect(await waitForAgent(agent, connect, limits)).toBe('the other');
  });

  test('that never answers is told when the time is over', async () => {
    const agent = await start('setInterval(() => {}, 1000)');
    let now = 0;
    const waiting = waitForAgent(agent, async () => undefined, {
      timeoutSeconds: 60,
      now: () => (now += 31_000),
    });
    await expect(waiting).rejects.toMatchObject({ code: 'agent-slow' });
    expect(await isRunning(agent.pid)).toBe(true);
  });

  test('that was asked to end is awaited until it has', async () => {
    const agent = await start('setInterval(() => {}, 1000)');
    process.kill(agent.pid, 'SIGTERM');
    await waitForEnd(agent.pid, limits);
    expect(await isRunning(agent.pid)).toBe(false);
  });
});
