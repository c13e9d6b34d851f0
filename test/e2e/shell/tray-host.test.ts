/** Whether a panel shows icons, asked of a real bus. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { defineInterface, sessionBus, type MessageBus } from 'dbus-native';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchTrayHost, type TrayHost } from '../../../main/tray/host.ts';
import { eventually } from './processes.ts';

const WATCHER = 'org.kde.StatusNotifierWatcher';

let folder: string;
let daemon: ChildProcess;
let address: string;
let panels: MessageBus[];
let hosts: TrayHost[];
let told: boolean[];

async function startBus(listen: string): Promise<void> {
  daemon = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'dbus-daemon', '--session', '--nofork', '--print-address', `--address=${listen}`],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  if (daemon.stdout === null) throw new Error('the bus says nothing');
  const [line]: string[] = await once(createInterface(daemon.stdout), 'line');
  address = line ?? '';
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-bus-'));
  [panels, hosts, told] = [[], [], []];
  await startBus(`unix:dir=${folder}`);
});
afterEach(async () => {
  for (const host of hosts) host.close();
  await Promise.all(panels.map((panel) => panel.close()));
  const ended = once(daemon, 'exit');
  if (daemon.exitCode === null && daemon.signalCode === null) {
    daemon.kill('SIGKILL');
    await ended;
  }
  await rm(folder, { recursive: true });
});

/** A panel; as some do, it is on the bus before it shows anything. */
async function startPanel({ shows = true } = {}): Promise<{ end(): Promise<void>; show(): void }> {
  const bus = sessionBus({ busAddress: address });
  panels.push(bus);
  let registered = shows;
  const watcher = defineInterface({
    name: WATCHER,
    properties: { IsStatusNotifierHostRegistered: { type: 'b', access: 'read', get: () => registered } },
    signals: { StatusNotifierHostRegistered: {} },
  });
  await bus.export('/StatusNotifierWatcher', watcher);
  await bus.requestName(WATCHER, 0);
  return {
    end: () => bus.close(),
    show: () => {
      registered = true;
      watcher.emit['StatusNotifierHostRegistered']?.();
    },
  };
}

async function watchHost(
  environment: NodeJS.ProcessEnv = { DBUS_SESSION_BUS_ADDRESS: address },
): Promise<TrayHost> {
  const host = await watchTrayHost('linux', (present) => told.push(present), environment);
  hosts.push(host);
  return host;
}

describe('a panel', () => {
  it('that is there is found at once, and nobody has to be told', async () => {
    await startPanel();
    expect((await watchHost()).present).toBe(true);
    expect(told).toEqual([]);
  });

  it('that comes, goes and comes again is noticed each time', async () => {
    const host = await watchHost();
    expect(host.present).toBe(false);
    const panel = await startPanel();
    await eventually(() => expect(told).toEqual([true]));
    await panel.end();
    await eventually(() => expect(told).toEqual([true, false]));
    await startPanel();
    await eventually(() => expect(told).toEqual([true, false, true]));
    expect(host.present).toBe(true);
  });

  it('that is not ready is one only when it says so', async () => {
    const panel = await startPanel({ shows: false });
    const host = await watchHost();
    expect(host.present).toBe(false);
    panel.show();
    await eventually(() => expect(told).toEqual([true]));
  });

  it('that says nothing is found by who asks', async () => {
    const bus = sessionBus({ busAddress: address });
    panels.push(bus);
    let registered = false;
    const silent = defineInterface({
      name: WATCHER,
      properties: { IsStatusNotifierHostRegistered: { type: 'b', access: 'read', get: () => registered } },
    });
    await bus.export('/StatusNotifierWatcher', silent);
    await bus.requestName(WATCHER, 0);
    const host = await watchHost();
    registered = true;
    expect(await host.ask()).toBe(true);
    expect(told).toEqual([true]);
  });
});

describe('a bus', () => {
  it('in the abstract namespace is as good', async () => {
    daemon.kill('SIGKILL');
    await startBus(`unix:abstract=${folder}/bus`);
    await startPanel();
    expect((await watchHost()).present).toBe(true);
  });

  it('is found at its usual place', async () => {
    daemon.kill('SIGKILL');
    await startBus(`unix:path=${folder}/bus`);
    await startPanel();
    expect((await watchHost({ XDG_RUNTIME_DIR: folder })).present).toBe(true);
  });

  it('that goes takes its panel along', async () => {
    await startPanel();
    const host = await watchHost();
    daemon.kill('SIGKILL');
    await eventually(async () => expect(await host.ask()).toBe(false));
  });

  it.each([
    ['is not there', {}],
    ['cannot be reached', { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent;tcp:host=localhost' }],
  ])('that %s has no panel', async (_what, environment) => {
    const host = await watchHost(environment);
    expect([host.present, await host.ask()]).toEqual([false, false]);
  });

  it.each([
    ['ends at once', ''],
    ['refuses', 'REJECTED EXTERNAL\r\n'],
    ['speaks nonsense', `OK 1234\r\n`],
  ])('that %s has none either', async (_what, answer) => {
    const server: Server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        if (answer === '') socket.destroy();
        else socket.write(answer);
        socket.once('data', () => socket.end(Buffer.alloc(64, 0xff)));
      });
    }).listen(path.join(folder, 'false'));
    await once(server, 'listening');
    const host = await watchHost({ DBUS_SESSION_BUS_ADDRESS: `unix:path=${folder}/false` });
    expect(host.present).toBe(false);
    server.close();
  });
});

it.each(['darwin', 'win32'] as const)('is there always on %s', async (platform) => {
  const host = await watchTrayHost(platform, () => {}, {});
  expect([host.present, await host.ask()]).toEqual([true, true]);
});
