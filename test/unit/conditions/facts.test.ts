import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { batteryOfKernel } from '../../../agent/conditions/facts/battery.ts';
import { DesktopTelling } from '../../../agent/conditions/facts/desktop.ts';
import { roomOf } from '../../../agent/conditions/facts/disk.ts';
import { LoadOfOthers } from '../../../agent/conditions/facts/load.ts';
import { Temperature } from '../../../agent/conditions/facts/temperature.ts';
import { HostFacts } from '../../../agent/conditions/host-facts.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'slapgrid-facts-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Lays out files as the kernel has them. */
function lay(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${content}\n`);
  }
}

/** Folders and their files: `supply('BAT0', { type: 'Battery' })`. */
function supply(name: string, files: Readonly<Record<string, string>>): void {
  lay(
    Object.fromEntries(
      Object.entries(files).map(([file, content]) => [`class/power_supply/${name}/${file}`, content]),
    ),
  );
}

const BATTERY = { type: 'Battery', status: 'Discharging', capacity: '62', present: '1' };

describe('the battery, by the kernel', () => {
  const battery = (): unknown => batteryOfKernel(root)?.value;

  it('is not known where the kernel tells of no supply at all', () => {
    expect(batteryOfKernel(root)).toBeNull();
  });

  it('is none where no supply is one', () => {
    mkdirSync(path.join(root, 'class/power_supply'), { recursive: true });
    expect(batteryOfKernel(root)).toEqual({
      value: { onBattery: false, percent: null, present: false },
      source: '/sys/class/power_supply',
    });
  });

  it('is used when it discharges and nothing is plugged in', () => {
    supply('AC', { type: 'Mains', online: '0' });
    supply('BAT0', BATTERY);
    expect(battery()).toEqual({ onBattery: true, percent: 62, present: true });
  });

  it.each([
    ['mains', 'Mains'],
    ['a USB charger', 'USB'],
  ])('is not used while %s gives power, whatever it says', (_what, type) => {
    supply('AC', { type, online: '1' });
    supply('BAT0', BATTERY);
    expect(battery()).toMatchObject({ onBattery: false });
  });

  it('of a mouse is none of the computer’s', () => {
    supply('hid', { ...BATTERY, scope: 'Device' });
    expect(battery()).toEqual({ onBattery: false, percent: null, present: false });
  });

  it('may be two, of which the smaller counts less', () => {
    supply('BAT0', { ...BATTERY, capacity: '100', energy_now: '10', energy_full: '10' });
    supply('BAT1', { ...BATTERY, capacity: '50', energy_now: '45', energy_full: '90' });
    expect(battery()).toMatchObject({ percent: 55 });
  });

  it.each(['300', '-1', 'full', '', '1e3'])('has no charge when it says “%s”', (capacity) => {
    supply('BAT0', { ...BATTERY, capacity });
    expect(battery()).toEqual({ onBattery: true, percent: null, present: true });
  });

  it('has no charge when it does not say', () => {
    supply('BAT0', { type: 'Battery', status: 'Discharging' });
    expect(battery()).toMatchObject({ onBattery: true, percent: null });
  });
});

describe('what the desktop tells', () => {
  it('counts for two minutes', () => {
    let uptime = 0;
    const desktop = new DesktopTelling(() => uptime);
    expect([desktop.battery(), desktop.activity(0), desktop.fullscreen()]).toEqual([null, null, null]);
    desktop.tell({ onBattery: true, idleSeconds: 10, fullscreen: true });
    uptime = 60_000;
    expect(desktop.battery()?.value).toMatchObject({ onBattery: true });
    expect(desktop.activity(1_000_000)?.value).toBe(1_000_000 - 70_000);
    expect(desktop.fullscreen()?.value).toBe(true);
    uptime = 120_000;
    expect([desktop.battery(), desktop.activity(0), desktop.fullscreen()]).toEqual([null, null, null]);
  });

  it('is nothing for what it leaves out', () => {
    const desktop = new DesktopTelling(() => 0);
    desktop.tell({ onBattery: false });
    expect([desktop.activity(0), desktop.fullscreen()]).toEqual([null, null]);
  });
});

describe('the load of other programs', () => {
  /** Ticks of two processors since the start. */
  function stat(busy: number, idle: number): void {
    lay({ stat: `cpu  ${busy} 0 0 ${idle} 0 0 0 0 0 0\ncpu0 1 1 1 1 1 1 1 1 1 1` });
  }

  it('is not known before two looks', () => {
    stat(100, 100);
    expect(new LoadOfOthers(root, 2, () => 0).read()).toBeNull();
  });

  it('is everything but ours', () => {
    let ours = 0;
    const load = new LoadOfOthers(root, 2, () => ours);
    stat(0, 0);
    load.read();
    stat(1500, 1500);
    expect(load.read()).toEqual({ value: 50, source: '/proc/stat' });
    ours = 0.6;
    stat(3000, 3000);
    expect(load.read()?.value).toBe(20);
    ours = 2;
    stat(4500, 4500);
    expect(load.read()?.value).toBe(0);
  });

  it('is as before when hardly any time has passed', () => {
    const load = new LoadOfOthers(root, 2, () => 0);
    stat(0, 0);
    load.read();
    stat(1500, 1500);
    load.read();
    stat(1600, 1500);
    expect(load.read()?.value).toBe(50);
  });

  it('is not known where counters go back, or say nothing', () => {
    const load = new LoadOfOthers(root, 2, () => 0);
    stat(5000, 5000);
    load.read();
    stat(10, 10);
    expect(load.read()).toBeNull();
    lay({ stat: 'nonsense' });
    expect(load.read()).toBeNull();
    lay({ stat: 'cpu  x y z' });
    expect(load.read()).toBeNull();
  });
});

describe('the temperature', () => {
  const celsius = (): unknown => new Temperature(root).read();

  it('is the hottest that a driver of the processor tells', () => {
    lay({
      'class/hwmon/hwmon0/name': 'coretemp',
      'class/hwmon/hwmon0/temp1_input': '61000',
      'class/hwmon/hwmon0/temp2_input': '71600',
      'class/hwmon/hwmon1/name': 'nvme',
      'class/hwmon/hwmon1/temp1_input': '99000',
      'class/thermal/thermal_zone0/type': 'x86_pkg_temp',
      'class/thermal/thermal_zone0/temp': '30000',
    });
    expect(celsius()).toEqual({ value: 72, source: '/sys/class/hwmon' });
  });

  it('is that of a zone of the processor otherwise', () => {
    lay({
      'class/thermal/thermal_zone0/type': 'iwlwifi_1',
      'class/thermal/thermal_zone0/temp': '90000',
      'class/thermal/thermal_zone1/type': 'cpu-thermal',
      'class/thermal/thermal_zone1/temp': '55000',
    });
    expect(celsius()).toEqual({ value: 55, source: '/sys/class/thermal' });
  });

  it.each(['0', '-273000', '200000', 'hot', ''])('is not known when it says “%s”', (said) => {
    lay({ 'class/hwmon/hwmon0/name': 'k10temp', 'class/hwmon/hwmon0/temp1_input': said });
    expect(celsius()).toBeNull();
  });

  it('is not known where nothing tells it', () => {
    expect(celsius()).toBeNull();
  });
});

describe('the disk', () => {
  it('tells its room', async () => {
    const room = await roomOf(root);
    expect(room?.value.totalBytes).toBeGreaterThan(room?.value.freeBytes ?? Number.POSITIVE_INFINITY);
  });

  it('is not known where it does not answer', async () => {
    expect(await roomOf(path.join(root, 'nowhere'))).toBeNull();
  });
});

it('knows nothing of a computer that tells nothing', async () => {
  const host = new HostFacts({
    proc: root,
    sys: root,
    buses: { system: [path.join(root, 'no-bus')], session: [] },
    home: path.join(root, 'nowhere'),
    processors: 2,
    ours: () => 0,
    now: () => 0,
    uptime: () => 0,
  });
  const { facts, sources } = await host.look();
  host.close();
  expect(Object.values(facts).every((fact) => fact === null)).toBe(true);
  expect(Object.keys(sources)).toEqual(['schedule']);
});
