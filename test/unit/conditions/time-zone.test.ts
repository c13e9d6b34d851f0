import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TimeZone } from '../../../agent/conditions/time-zone.ts';

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
