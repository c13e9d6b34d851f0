import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pathsOf, type Paths } from '../../../agent/paths.ts';
import { isRunning } from '../../../agent/runtime/processes.ts';
import { serviceName } from '../../../agent/service/name.ts';
import { startService } from '../../../agent/service/start-service.ts';
import { isInService, isManagerEnding } from '../../../agent/service/surroundings.ts';
import { UserManager } from '../../../agent/service/user-manager.ts';
import { waitForAgent, type StartedAgent } from '../../../agent/setup/agent-process.ts';

/** The stand-in of systemctl goes first. */
const SEARCH_PATH = path.resolve(import.meta.dirname, '../../fakes/systemd');

let folder: string;
let runtime: string;
let paths: Paths;
let socket: Server;
let started: StartedAgent | undefined;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-manager-'));
  runtime = path.join(folder, 'run');
  paths = pathsOf(path.join(folder, `it's "50 %" of $HOME`));
  await mkdir(paths.private, { recursive: true });
  await mkdir(path.join(runtime, 'systemd'), { recursive: true });
  socket = createServer().listen(path.join(runtime, 'systemd', 'private'));
  await once(socket, 'listening');
});
afterEach(async () => {
  socket.close();
  if (started !== undefined && (await isRunning(started.pid))) process.kill(started.pid, 'SIGKILL');
  started = undefined;
  await rm(folder, { recursive: true });
});

async function manager(): Promise<UserManager> {
  const found = await UserManager.at(runtime, SEARCH_PATH);
  if (found === null) throw new Error('no manager');
  return found;
}

async function asked(): Promise<string[]> {
  return (await readFile(path.join(runtime, 'systemctl'), 'utf8')).trim().split('\n');
}

/** Starts a program as if it were the agent. */
async function start(program: string): Promise<StartedAgent> {
  const agent = path.join(paths.home, 'agent.mjs');
  await writeFile(agent, program);
  started = await startService(await manager(), paths, { node: process.execPath, agent });
  return started;
}

describe('the systemd of a user', () => {
  it('is there while its private socket is, in a folder of theirs', async () => {
    expect(await UserManager.at(runtime, SEARCH_PATH)).not.toBeNull();
    await new Promise((resolve) => {
      socket.close(resolve);
    });
    expect(await UserManager.at(runtime, SEARCH_PATH)).toBeNull();
    await writeFile(path.join(runtime, 'systemd', 'private'), '');
    expect(await UserManager.at(runtime, SEARCH_PATH)).toBeNull();
    expect(await UserManager.at(path.join(folder, 'nowhere'), SEARCH_PATH)).toBeNull();
  });

  it('starts the agent on its data folder, whatever that is called, with what it may know', async () => {
    const agent = await start(`
      console.log([process.env.SLAPGRID_HOME, process.cwd(), process.env.PATH, process.execArgv].join('|'));
      setInterval(() => {}, 1000);
    `);
    await expect.poll(() => agent.log()).toContain('|');
    expect(await agent.log()).toBe(
      `${paths.home}|/|/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin|--max-semi-space-size=1\n`,
    );
    expect(await agent.status()).toBeNull();
    const unit = `${serviceName(paths.home)}.service`;
    expect(await asked()).toEqual([
      '--user daemon-reload',
      `--user reset-failed ${unit}`,
      `--user start ${unit}`,
      `--user show --property=LoadState,ActiveState,MainPID,ExecMainStatus ${unit}`,
    ]);
    // It may hold the password of a proxy.
    expect((await stat(path.join(runtime, 'systemd', 'user', unit))).mode & 0o777).toBe(0o600);
  });

  it('lets an agent that ended at once be told with its last words, and does not try it again', async () => {
    const agent = await start(`console.log('no port is free'); process.exit(1)`);
    await expect.poll(() => agent.status()).not.toBeNull();
    await expect(
      waitForAgent({ ...agent, status: async () => 1 }, async () => undefined, {
        timeoutSeconds: 20,
        now: Date.now,
      }),
    ).rejects.toMatchObject({
      code: 'agent-did-not-start',
      message: expect.stringContaining('no port is free'),
    });
    expect((await asked()).at(-1)).toBe(`--user stop ${serviceName(paths.home)}.service`);
  });

  it('that refuses is an error, and leaves nothing that could be started later', async () => {
    await writeFile(path.join(runtime, 'refuses'), '');
    await expect(start('')).rejects.toThrow('Connection refused');
  });

  it('forgets what was defined, and ends nothing', async () => {
    const agent = await start('setInterval(() => {}, 1000)');
    const name = serviceName(paths.home);
    await (await manager()).forget(name);
    expect((await (await manager()).state(name)).load).toBe('not-found');
    expect(await isRunning(agent.pid)).toBe(true);
  });
});

describe('a process', () => {
  it('knows whether systemd looks after it, by its control group', async () => {
    const file = path.join(folder, 'cgroup');
    const user = '/user.slice/user-1000.slice/user@1000.service/app.slice';
    await writeFile(file, `0::${user}/slapgrid.service\n`);
    expect(await isInService('slapgrid', file)).toBe(true);
    expect(await isInService('grid', file)).toBe(false);
    await writeFile(file, `0::${user}/app-org.gnome.Terminal.slice/vte-spawn.scope\n`);
    expect(await isInService('slapgrid', file)).toBe(false);
  });

  it('knows whether the systemd that started it is ending', async () => {
    // For root the one of the system is asked; its stand-in is one of a user.
    const bin = path.join(folder, 'bin');
    await mkdir(bin);
    await writeFile(path.join(bin, 'systemctl'), '#!/bin/sh\necho stopping; exit 1\n');
    await chmod(path.join(bin, 'systemctl'), 0o755);
    const environment = { PATH: `${bin}:/bin`, INVOCATION_ID: '0123456789abcdef' };
    expect(await isManagerEnding(environment)).toBe(true);
    expect(await isManagerEnding({ PATH: environment.PATH })).toBe(false);
    await writeFile(path.join(bin, 'systemctl'), '#!/bin/sh\necho degraded; exit 1\n');
    expect(await isManagerEnding(environment)).toBe(false);
  });
});
