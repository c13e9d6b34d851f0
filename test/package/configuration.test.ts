/** What `electron-builder.yml` says, for every system that a package is made for. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { FuseV1Options } from '@electron/fuses';
import type { Configuration } from 'electron-builder';
import { getConfig, validateConfiguration } from 'app-builder-lib/out/util/config/config.js';
import { DebugLogger } from 'builder-util';
import { beforeAll, describe, expect, it } from 'vitest';
import { packagesOf, REQUIREMENTS } from '../../agent/setup/system-packages.ts';
import { project } from './checkout.ts';

let configuration: Configuration;

beforeAll(async () => {
  configuration = await getConfig(project, null, null);
});

const validate = (changed: object): Promise<void> =>
  validateConfiguration({ ...configuration, ...changed }, new DebugLogger(false));

describe('the configuration', () => {
  it('is one that electron-builder understands, word by word', async () => {
    await validate({});
    await expect(validate({ electronFuse: {} })).rejects.toThrow('electronFuse');
  });

  it('names packages for three systems', () => {
    const { linux, mac, win } = configuration;
    expect([linux?.target, mac?.target, win?.target]).toEqual([['deb', 'AppImage'], 'dmg', 'nsis']);
  });

  it('publishes nowhere', () => {
    expect(configuration.publish).toBeNull();
  });

  it('takes nothing of node_modules', () => {
    expect(configuration.files).toEqual([{ filter: ['package.json', 'dist/main/**'] }]);
    expect(JSON.stringify(configuration)).not.toContain('node_modules');
  });

  it('does not start an AppImage without its sandbox', () => {
    // The older tools write --no-sandbox into what they make.
    expect(configuration.toolsets?.appimage).toMatch(/^1\./u);
    expect(JSON.stringify(configuration)).not.toContain('sandbox');
  });
});

describe('the fuses', () => {
  it('are each set, and closed', () => {
    expect(configuration.electronFuses).toEqual({
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
    });
  });

  it('are all that can be set', () => {
    const known = Object.values(FuseV1Options).filter((name) => typeof name === 'string');
    const set = Object.keys(configuration.electronFuses ?? {});
    expect(set.toSorted()).toEqual(
      known.map((name) => `${name.charAt(0).toLowerCase()}${name.slice(1)}`).toSorted(),
    );
  });
});

describe('the Debian package', () => {
  /** `Essential: yes` (Debian Policy 3.8): not to be depended on. */
  const ESSENTIAL = new Set(['bash', 'dpkg', 'tar', 'util-linux']);

  it('depends on all that the agent runs', () => {
    const needed = packagesOf(
      REQUIREMENTS.map(({ program }) => program),
      'debian',
    ).filter((name) => !ESSENTIAL.has(name));
    expect(configuration.deb?.depends).toEqual(expect.arrayContaining(needed));
  });

  it.each(['postinst', 'prerm', 'postrm', 'bin/slapgrid', 'bin/slapgrid-desktop'])(
    'is called in its %s what it is called elsewhere',
    async (name) => {
      const script = await readFile(path.join(project, 'packaging', 'deb', name), 'utf8').catch(() => '');
      const places = script.match(/\/opt\/[A-Za-z-]+/gu) ?? [];
      for (const place of places) expect(place).toBe(`/opt/${configuration.productName}`);
      const names = script.match(/slapgrid-[a-z]+/gu) ?? [];
      for (const each of names) expect(each).toBe(configuration.linux?.executableName);
    },
  );
});
