import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TimeZone, timeZoneName } from '../../../agent/conditions/time-zone.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'slapgrid-zone-'));
  file = path.join(folder, 'localtime');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
});

function travelTo(zone: string): void {
  rmSync(file, { force: true });
  symlinkSync(`/usr/share/zoneinfo/${zone}`, file);
}

it('is asked for again when the computer is elsewhere, and only then', () => {
  vi.stubEnv('TZ', undefined);
  travelTo('Europe/Paris');
  const zone = new TimeZone(file);
  expect(zone.follow()).toBe(false);
  travelTo('Asia/Tokyo');
  expect([zone.follow(), zone.follow()]).toEqual([true, false]);
  expect(process.env['TZ']).toBeUndefined();
});

it('is left as it was said for this process', () => {
  vi.stubEnv('TZ', 'UTC');
  const zone = new TimeZone(file);
  travelTo('Asia/Tokyo');
  expect(zone.follow()).toBe(false);
  expect(process.env['TZ']).toBe('UTC');
});

it('is called as the computer’s link says', () => {
  vi.stubEnv('TZ', undefined);
  const names = ['Asia/Tokyo', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5', 'Etc/UTC'].map((zone) => {
    travelTo(zone);
    return timeZoneName(file);
  });
  expect(names).toEqual(['Asia/Tokyo', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5', 'UTC']);
});

it('is called as Intl says where the link says nothing, or this process was told another', () => {
  vi.stubEnv('TZ', 'Asia/Tokyo');
  travelTo('Europe/Paris');
  expect(timeZoneName(file)).toBe('Asia/Tokyo');
  vi.stubEnv('TZ', undefined);
  travelTo('localtime');
  expect(timeZoneName(file)).toBe(Intl.DateTimeFormat().resolvedOptions().timeZone);
});
