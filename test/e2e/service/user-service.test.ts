/**
 * The agent as a service of a user's systemd: of a real one where that can be had, else of a stand-in (`manager.ts`).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serviceName } from '../../../agent/service/name.ts';
import { isAlive, until } from '../agent/home.ts';
import { ordinaryUser, type OrdinaryUser } from '../shell/ordinary-user.ts';
import { canHaveManager, realManager, standInManager, type Manager } from './manager.ts';

const isReal = await canHaveManager();

let at: OrdinaryUser;
let runtime: string;
let manager: Manager;

beforeAll(async () => {
  const enter: string[] = [];
  at = await ordinaryUser('service', { enter });
  const { home, user, clone } = at;
  runtime = path.join(home.folder, 'run');
  await mkdir(runtime, { mode: 0o700 });
  await chown(runtime, user.uid, user.gid);
  if (isReal) {
    manager = await realManager(runtime, user, home.folder, enter);
  } else {
    manager = await standInManager(runtime, user);
    home.environment['PATH'] = `${path.join(clone, 'test', 'fakes', 'systemd')}:${process.env['PATH']}`;
  }
});
afterAll(async () => {
  await at.remove();
  await manager.remove();
});

const unit = (): string => `${serviceName(at.home.data)}.service`;
const unitFile = (): string => path.join(runtime, 'systemd', 'user', unit());

function systemctl(...words: string[]): string {
  const done = at.home.runProgram('systemctl', ['--user', ...words]);
  if (done.status !== 0) throw new Error(done.stderr);
  return done.stdout;
}

const mainPid = (): number =>
  Number(/^MainPID=(\d+)$/mu.exec(systemctl('show', '--property=MainPID', unit()))?.[1]);

/** By the command: the agent is not the tester's. */
type Status = { agent: { pid: number }; instances: { state: string; services: { pid: number | null }[] }[] };
const status = (): Status => at.home.json(['status']) as Status;
const service = (): number => status().instances[0]?.services[0]?.pid ?? 0;
const reachesStarted = (): Promise<unknown> =>
  until(() => at.home.run(['status', '--json']).status === 0 && status().instances[0]?.state === 'started');

/** A systemctl that goes first, and says what it is told to. */
async function systemctlThat(script: string): Promise<string> {
  const folder = path.join(at.clone, 'systemctl');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'systemctl'), `#!/bin/sh\n${script}\n`);
  await chmod(path.join(folder, 'systemctl'), 0o755);
  return `${folder}:${process.env['PATH']}`;
}

it('is started by systemd, which is told to leave alone what it has started', async () => {
  at.home.start();
  expect(await readFile(unitFile(), 'utf8')).toContain('KillMode=process');
  expect(mainPid()).toBe(await at.home.agentPid());
});

it('may be stopped and started by systemd, and no service notices', async () => {
  at.home.request('cache', 'memcached');
  const before = service();
  const agent = await at.home.agentPid();
  systemctl('stop', unit());
  expect(isAlive(before)).toBe(true);
  await until(() => !isAlive(agent));
  systemctl('start', unit());
  await reachesStarted();
  expect(service()).toBe(before);
});

it('goes on without systemd where that cannot start it, and the person is told', async () => {
  const before = service();
  const agent = await at.home.agentPid();
  systemctl('stop', unit());
  await until(() => !isAlive(agent));
  const { environment } = at.home;
  const search = environment['PATH'];
  environment['PATH'] = await systemctlThat(
    'echo "Failed to connect to bus: Connection refused" >&2; exit 1',
  );
  const started = at.home.run(['start', '--headless', '--detach']);
  environment['PATH'] = search;
  expect(started.stderr.trim()).toBe(
    'Your systemd could not look after Slapgrid (Failed to connect to bus: Connection refused), so it was started without.',
  );
  expect(started.status).toBe(0);
  await reachesStarted();
  expect(service()).toBe(before);
});

it('is systemd’s again with the next start', async () => {
  await at.home.killAgent();
  at.home.start();
  expect(mainPid()).toBe(await at.home.agentPid());
});

if (isReal) {
  it('that crashes is started again, and no service notices', async () => {
    const before = service();
    const agent = await at.home.agentPid();
    await at.home.killAgent();
    await until(() => ![0, agent].includes(mainPid()));
    await reachesStarted();
    expect(service()).toBe(before);
  });

  it('tells what happens when its person logs out', () => {
    const { checks } = JSON.parse(at.home.run(['doctor', '--json']).stdout) as {
      checks: { id: string; detail: string }[];
    };
    expect(checks.find(({ id }) => id === 'service')?.detail).toContain('until you log out');
  });

  it('ends its services cleanly with the last session, and systemd has nothing to kill', async () => {
    const before = service();
    expect(await manager.end()).toBe(false);
    expect(isAlive(before)).toBe(false);
  });
} else {
  it('ends its services cleanly when the systemd that started it ends, and they run again afterwards', async () => {
    const before = service();
    await at.home.killAgent();
    expect(isAlive(before)).toBe(true);
    // As systemd starts it, but with a systemctl that says that the session is over.
    const [, node = '', agent = ''] =
      /"slapgrid" "[^"]*" "([^"]*)" "([^"]*)"/u.exec(await readFile(unitFile(), 'utf8')) ?? [];
    const PATH = await systemctlThat('echo stopping; exit 1');
    const env = { ...at.home.environment, PATH, INVOCATION_ID: '0123456789abcdef' };
    const { uid, gid } = at.user;
    const running = spawn(node, [agent], { env, stdio: 'ignore', cwd: '/', uid, gid });
    await until(async () => (await at.home.agentPid()) === running.pid);
    await reachesStarted();
    expect(service()).toBe(before);
    running.kill('SIGTERM');
    await once(running, 'exit');
    expect(isAlive(before)).toBe(false);
    at.home.start();
    await reachesStarted();
  });

  it('is forgotten by systemd with the rest of it', () => {
    expect(at.home.run(['uninstall', '--yes']).status).toBe(0);
    expect(existsSync(unitFile())).toBe(false);
  });
}
