/** Facts from the services of a system, on a real bus (dbus-daemon) with services that say what the test wants. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { sessionBus, type MessageBus } from 'dbus-native';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Facts, Sources } from '../../../agent/conditions/facts.ts';
import { HostFacts } from '../../../agent/conditions/host-facts.ts';
import { systemAddresses } from '../../../agent/dbus/bus.ts';
import { eventually } from '../supervisor/eventually.ts';

const UPOWER = 'org.freedesktop.UPower';
const DISPLAY = '/org/freedesktop/UPower/devices/DisplayDevice';
const LOGIND = 'org.freedesktop.login1';
const NETWORK = 'org.freedesktop.NetworkManager';
const SESSION = 'org.gnome.SessionManager';

const pathOf = (name: string): string => `/${name.replaceAll('.', '/')}`;

type Properties = Readonly<Record<string, [type: string, value: unknown]>>;

let folder: string;
let address: string;
let daemon: ChildProcess;
let uptime: number;
let services: MessageBus[];
let hosts: HostFacts[];
let changes: number;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-facts-'));
  [services, hosts, changes, uptime] = [[], [], 0, 1_000_000];
  await startBus();
});
afterEach(async () => {
  for (const host of hosts) host.close();
  await Promise.all(services.map((service) => service.close()));
  await endBus();
  await rm(folder, { recursive: true, maxRetries: 10 });
});

/** At the same place each time. */
async function startBus(): Promise<void> {
  const socket = path.join(folder, 'bus');
  const configuration = path.join(folder, 'bus.conf');
  await writeFile(configuration, CONFIGURATION.replace('SOCKET', socket));
  const line = ['--nofork', '--print-address', `--config-file=${configuration}`];
  daemon = spawn('setpriv', ['--pdeathsig', 'KILL', 'dbus-daemon', ...line], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (daemon.stdout === null) throw new Error('the bus says nothing');
  [address = ''] = (await once(createInterface(daemon.stdout), 'line')) as string[];
}

async function endBus(): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const ended = once(daemon, 'exit');
  daemon.kill('SIGKILL');
  await ended;
}

const CONFIGURATION = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=SOCKET</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;

type Service = { change: (name: string, value: unknown) => void; end: () => Promise<void> };

/** A service with properties, that tells each change. */
async function serve(
  name: string,
  properties: Properties,
  place = pathOf(name),
  as = name,
): Promise<Service> {
  const bus = sessionBus({ busAddress: address });
  services.push(bus);
  const values: Record<string, unknown> = Object.fromEntries(
    Object.entries(properties).map(([key, [, value]]) => [key, value]),
  );
  const types = Object.fromEntries(Object.entries(properties).map(([key, [type]]) => [key, type]));
  bus.exportInterface(values, place, { name: as, properties: types, methods: {}, signals: {} });
  await bus.requestName(name, 0);
  return {
    change: (key, value) => {
      values[key] = value;
      bus.emitPropertiesChanged(place, as, { [key]: value });
    },
    end: () => bus.close(),
  };
}

/** UPower as it is on a laptop. */
async function serveUPower(
  onBattery: boolean,
  percentage: number,
): Promise<{ daemon: Service; display: Service }> {
  const bus = sessionBus({ busAddress: address });
  services.push(bus);
  const upper: Record<string, unknown> = { OnBattery: onBattery };
  const lower: Record<string, unknown> = { IsPresent: true, Type: 2, Percentage: percentage };
  const device = `${UPOWER}.Device`;
  bus.exportInterface(upper, pathOf(UPOWER), {
    name: UPOWER,
    properties: { OnBattery: 'b' },
    methods: {},
    signals: {},
  });
  bus.exportInterface(lower, DISPLAY, {
    name: device,
    properties: { IsPresent: 'b', Type: 'u', Percentage: 'd' },
    methods: {},
    signals: {},
  });
  await bus.requestName(UPOWER, 0);
  const changer =
    (values: Record<string, unknown>, place: string, name: string) =>
    (key: string, value: unknown): void => {
      values[key] = value;
      bus.emitPropertiesChanged(place, name, { [key]: value });
    };
  const end = (): Promise<void> => bus.close();
  return {
    daemon: { change: changer(upper, pathOf(UPOWER), UPOWER), end },
    display: { change: changer(lower, DISPLAY, device), end },
  };
}

async function hostFacts(): Promise<HostFacts> {
  await mkdir(path.join(folder, 'sys'), { recursive: true });
  const addresses = systemAddresses({ DBUS_SYSTEM_BUS_ADDRESS: address });
  const host = new HostFacts({
    proc: path.join(folder, 'proc'),
    sys: path.join(folder, 'sys'),
    buses: { system: addresses, session: addresses },
    home: folder,
    processors: 2,
    ours: () => 0,
    now: Date.now,
    uptime: () => uptime,
  });
  host.onChange(() => {
    changes += 1;
  });
  hosts.push(host);
  return host;
}

async function factsOf(host: HostFacts): Promise<{ facts: Facts; sources: Sources }> {
  return host.look();
}

describe('UPower', () => {
  it('tells battery and charge, and each change by itself', async () => {
    const upower = await serveUPower(false, 80);
    const host = await hostFacts();
    const { facts, sources } = await factsOf(host);
    expect(facts.battery).toEqual({ onBattery: false, percent: 80, present: true });
    expect(sources.battery).toBe('UPower');
    upower.daemon.change('OnBattery', true);
    await eventually(() => changes > 0);
    expect((await factsOf(host)).facts.battery).toMatchObject({ onBattery: true, percent: 80 });
    upower.display.change('Percentage', 61.5);
    await eventually(() => changes > 1);
    expect((await factsOf(host)).facts.battery).toMatchObject({ percent: 62 });
  });

  it.each([300, -1, 1e300])('whose battery says %d tells no charge', async (percentage) => {
    await serveUPower(true, percentage);
    expect((await factsOf(await hostFacts())).facts.battery).toEqual({
      onBattery: true,
      percent: null,
      present: true,
    });
  });

  it('is believed before the kernel, and the kernel when it has gone', async () => {
    const upower = await serveUPower(true, 40);
    const battery = path.join(folder, 'sys/class/power_supply/BAT0');
    await mkdir(battery, { recursive: true });
    const files = { type: 'Battery', status: 'Charging', capacity: '90' };
    for (const [name, content] of Object.entries(files)) await writeFile(path.join(battery, name), content);
    const host = await hostFacts();
    expect((await factsOf(host)).facts.battery).toMatchObject({ percent: 40 });
    await upower.daemon.end();
    await eventually(() => changes > 0);
    const { facts, sources } = await factsOf(host);
    expect(facts.battery).toEqual({ onBattery: false, percent: 90, present: true });
    expect(sources.battery).toBe('/sys/class/power_supply');
  });

  it('is heard when it comes after the agent', async () => {
    const host = await hostFacts();
    expect((await factsOf(host)).facts.battery).toBeNull();
    await serveUPower(true, 40);
    await eventually(() => changes > 0);
    expect((await factsOf(host)).facts.battery).toMatchObject({ onBattery: true });
  });
});

describe('logind', () => {
  it('tells since when nobody used the computer, without being asked to signal it', async () => {
    const since = BigInt(Date.now() - 600_000) * 1000n;
    const logind = await serve(
      LOGIND,
      { IdleHint: ['b', true], IdleSinceHint: ['t', since] },
      pathOf(LOGIND),
      `${LOGIND}.Manager`,
    );
    const host = await hostFacts();
    const { facts, sources } = await factsOf(host);
    expect(facts.activeAt).toBe(Number(since / 1000n));
    expect(sources.activity).toBe('logind');
    logind.change('IdleHint', false);
    await eventually(() => changes > 0);
    expect(Date.now() - ((await factsOf(host)).facts.activeAt ?? 0)).toBeLessThan(60_000);
  });

  it('gives way to the desktop, which knows it better', async () => {
    await serve(
      LOGIND,
      { IdleHint: ['b', false], IdleSinceHint: ['t', 0n] },
      pathOf(LOGIND),
      `${LOGIND}.Manager`,
    );
    const host = await hostFacts();
    host.tellDesktop({ idleSeconds: 300 });
    const { facts, sources } = await factsOf(host);
    expect(Date.now() - (facts.activeAt ?? 0)).toBeGreaterThanOrEqual(300_000);
    expect(sources.activity).toBe('desktop');
  });

  it('tells that the computer woke up', async () => {
    const bus = sessionBus({ busAddress: address });
    services.push(bus);
    await bus.requestName(LOGIND, 0);
    await factsOf(await hostFacts());
    bus.sendSignal(pathOf(LOGIND), `${LOGIND}.Manager`, 'PrepareForSleep', 'b', [false]);
    await eventually(() => changes > 0);
  });
});

describe('NetworkManager', () => {
  it.each([
    [0, null],
    [1, true],
    [2, false],
    [3, true],
    [4, false],
    [99, null],
  ])('says of the connection %i: %s', async (said, metered) => {
    await serve(NETWORK, { Metered: ['u', said] });
    expect((await factsOf(await hostFacts())).facts.metered).toBe(metered);
  });
});

describe('the session of GNOME', () => {
  it.each([
    [0, false],
    [4, false],
    [8, true],
    [12, true],
  ])('is kept awake by %i: %s', async (actions, fullscreen) => {
    await serve(SESSION, { InhibitedActions: ['u', actions] });
    expect((await factsOf(await hostFacts())).facts.fullscreen).toBe(fullscreen);
  });
});

describe('who pretends to be a service', () => {
  it('is not believed, though the bus brings what it says', async () => {
    await serveUPower(false, 80);
    const host = await hostFacts();
    await factsOf(host);
    const stranger = sessionBus({ busAddress: address });
    services.push(stranger);
    const names = (await stranger.listNames()).filter((name) => name.startsWith(':'));
    const changed = [UPOWER, [['OnBattery', ['b', true]]], []];
    // Sent to each of them directly, past what they asked the bus for.
    for (const destination of names) {
      stranger.connection.message({
        type: 4,
        serial: 1000,
        destination,
        path: pathOf(UPOWER),
        interface: 'org.freedesktop.DBus.Properties',
        member: 'PropertiesChanged',
        signature: 'sa{sv}as',
        body: changed,
      });
    }
    await stranger.listNames();
    expect((await factsOf(host)).facts.battery).toMatchObject({ onBattery: false });
  });
});

describe('a bus', () => {
  it('that is not there leaves everything unknown', async () => {
    await endBus();
    const { facts } = await factsOf(await hostFacts());
    expect([facts.battery, facts.activeAt, facts.metered, facts.fullscreen]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  it('that goes away is asked for again, and not believed meanwhile', async () => {
    await serve(NETWORK, { Metered: ['u', 1] });
    const host = await hostFacts();
    expect((await factsOf(host)).facts.metered).toBe(true);
    await endBus();
    await eventually(async () => (await factsOf(host)).facts.metered === null);
    services = [];
    await rm(path.join(folder, 'bus'), { force: true });
    await startBus();
    await serve(NETWORK, { Metered: ['u', 1] });
    uptime += 120_000;
    await eventually(async () => (await factsOf(host)).facts.metered === true);
  });
});
