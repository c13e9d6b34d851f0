/** Battery and charge: from UPower, else from `/sys/class/power_supply`, else as the desktop tells. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { FollowedProperties } from '../../dbus/properties.ts';
import { kernelText } from '../../kernel-text.ts';
import type { Battery } from '../facts.ts';
import { numberIn, type Told } from './source.ts';

const FOLDER = 'class/power_supply';
/** `UP_DEVICE_KIND_BATTERY` (UPower, “Device”, Type). */
const BATTERY_KIND = 2;

/** A charge that no battery has is none. */
export function chargeOf(percent: unknown): number | null {
  return typeof percent === 'number' && percent >= 0 && percent <= 100 ? Math.round(percent) : null;
}

export type UPower = { daemon: FollowedProperties; display: FollowedProperties };

/** UPower's own view of all batteries together (“DisplayDevice”). */
export function batteryOfUPower({ daemon, display }: UPower): Told<Battery> | null {
  const onBattery = daemon.value('OnBattery');
  if (typeof onBattery !== 'boolean') return null;
  const present = display.value('IsPresent') === true && display.value('Type') === BATTERY_KIND;
  const percent = present ? chargeOf(display.value('Percentage')) : null;
  return { value: { onBattery, percent, present: present || onBattery }, source: 'UPower' };
}

type Supply = { charge: number | null; full: number | null; percent: number | null; discharging: boolean };

/** @param sys where `/sys` is. */
export function batteryOfKernel(sys: string): Told<Battery> | null {
  const folder = path.join(sys, FOLDER);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return null;
  }
  const batteries: Supply[] = [];
  let pluggedIn = false;
  for (const name of names) {
    const read = (file: string): string => kernelText(path.join(folder, name, file))?.trim() ?? '';
    const type = read('type');
    // A mouse or a headset runs on a battery of its own.
    if (type === 'Battery' && read('scope') !== 'Device' && read('present') !== '0') {
      batteries.push(supplyOf(read));
    } else if (type !== 'Battery' && read('online') === '1') pluggedIn = true;
  }
  const onBattery = !pluggedIn && batteries.some(({ discharging }) => discharging);
  const value = { onBattery, percent: togetherOf(batteries), present: batteries.length > 0 };
  return { value, source: `/sys/${FOLDER}` };
}

function supplyOf(read: (file: string) => string): Supply {
  const number = (...files: string[]): number | null =>
    files.map((file) => numberIn(read(file))).find((value) => value !== null) ?? null;
  return {
    charge: number('energy_now', 'charge_now'),
    full: number('energy_full', 'charge_full'),
    percent: chargeOf(number('capacity')),
    discharging: read('status') === 'Discharging',
  };
}

/** Of several batteries the smaller counts less. One that tells nonsense makes the whole unknown. */
function togetherOf(batteries: readonly Supply[]): number | null {
  if (batteries.length === 0) return null;
  const percents = batteries.map(({ percent }) => percent);
  if (percents.includes(null)) return null;
  const full = sum(batteries.map((battery) => battery.full));
  const charge = sum(batteries.map((battery) => battery.charge));
  const weighed = full === null || charge === null || full <= 0 ? null : chargeOf((charge / full) * 100);
  const mean = (sum(percents) ?? 0) / batteries.length;
  return batteries.length > 1 && weighed !== null ? weighed : Math.round(mean);
}

function sum(values: readonly (number | null)[]): number | null {
  let total = 0;
  for (const value of values) {
    if (value === null) return null;
    total += value;
  }
  return total;
}
