import { describe, expect, test } from 'vitest';
import { compareVersions } from '../../../agent/runtime/release.ts';

describe('versions', () => {
  test.each([
    ['0.9.0', '0.10.0'],
    ['0.1.0', '1.0.0'],
    ['1.0.0-rc.1', '1.0.0'],
    ['1.0.0-rc.2', '1.0.0-rc.10'],
  ])('%s is older than %s', (older, newer) => {
    expect(compareVersions(older, newer)).toBeLessThan(0);
    expect(compareVersions(newer, older)).toBeGreaterThan(0);
  });

  test('are equal to themselves', () => {
    expect(compareVersions('1.2.3', '1.2.3')).toBe(0);
    expect(compareVersions('1.2.3-rc.1', '1.2.3-rc.1')).toBe(0);
  });
});
