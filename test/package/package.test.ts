/**
 * The Debian package, made as a release is made but around the stand-in of Electron; and, where root runs this, as something that is
 * installed, used, replaced and removed in a clean system.
 */
import { createHash } from 'node:crypto';
import type { ChildProcess } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { listPackage } from '@electron/asar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLAIMS_FOLDER } from '../../agent/node/addresses.ts';
import { STORED, tryMemcached, type Connection } from '../e2e/agent/clients.ts';
import { eventually } from '../e2e/shell/processes.ts';
import { makeDistribution } from '../fakes/electron/distribution.ts';
import { provideElectron } from '../../scripts/package/electron.ts';
import { checkOut, pack, project } from './checkout.ts';
import { SystemTree } from './system-tree.ts';

let workshop: string;
let electron: string;
let version: string;
/** The package, and what is in it. */
let deb: string;
let unpacked: string;

async function versionIn(manifest: string): Promise<string> {
  return (JSON.parse(await readFile(manifest, 'utf8')) as { version: string }).version;
}

async function debOf(folder: string): Promise<string> {
  const release = path.join(folder, 'release');
  const found = (await readdir(release)).find((name) => name.endsWith('.deb'));
  return path.join(release, found ?? '');
}

beforeAll(async () => {
  workshop = await mkdtemp(path.join(tmpdir(), 'slapgrid-package-'));
  await chmod(workshop, 0o755);
  electron = path.join(workshop, 'electron');
  await makeDistribution(
    electron,
    await versionIn(path.join(project, 'node_modules', 'electron', 'package.json')),
  );
  version = await versionIn(path.join(project, 'package.json'));
  const folder = path.join(workshop, 'one');
  await checkOut(folder);
  expect(await pack({ folder, electron })).toMatchObject({ status: 0 });
  deb = await debOf(folder);
  unpacked = path.join(workshop, 'unpacked');
  execFileSync('dpkg-deb', ['--raw-extract', deb, unpacked]);
});
afterAll(() => rm(workshop, { recursive: true }));

/** `e_machine` (elf(5)). */
const ELF_MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };

const inPackage = (file: string): string => path.join(unpacked, file);

describe('the same sources', () => {
  it('make the same bytes, whoever makes them, where and when', async () => {
    const folder = path.join(workshop, 'elsewhere', 'and deeper', 'two');
    await checkOut(folder);
    const environment = { TZ: 'Asia/Tokyo', LANG: 'C', BUILD_NUMBER: '77' };
    expect(await pack({ folder, electron, umask: 0o077, environment })).toMatchObject({ status: 0 });
    const digest = async (file: string): Promise<string> =>
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex');
    expect(await digest(await debOf(folder))).toBe(await digest(deb));
    await rm(folder, { recursive: true });
  });
});

describe('the package', () => {
  it('says what it is and what it needs', () => {
    const fields = execFileSync('dpkg-deb', ['--field', deb], { encoding: 'utf8' });
    expect(fields).toContain(`Package: slapgrid-desktop\nVersion: ${version}\n`);
    expect(fields).toMatch(/^Depends: .*\bbubblewrap\b/mu);
    expect(fields).toMatch(/^Maintainer: .+ <.+@.+>$/mu);
    expect(fields).toMatch(/^Description: .+\n .+/mu);
  });

  it('has its fuses closed', async () => {
    const wire = await getCurrentFuseWire(inPackage('opt/Slapgrid/slapgrid-desktop'));
    const [closed, open] = ['0', '1'].map((letter) => letter.charCodeAt(0));
    expect(wire).toMatchObject({
      [FuseV1Options.RunAsNode]: closed,
      [FuseV1Options.EnableCookieEncryption]: open,
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: closed,
      [FuseV1Options.EnableNodeCliInspectArguments]: closed,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: open,
      [FuseV1Options.OnlyLoadAppFromAsar]: open,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: closed,
      [FuseV1Options.GrantFileProtocolExtraPrivileges]: closed,
    });
  });

  it('has what runs beside the application as plain files', async () => {
    const resources = await readdir(inPackage('opt/Slapgrid/resources'));
    expect(resources.toSorted()).toEqual([
      'LICENSE.node.txt',
      'LICENSE.slapgrid.txt',
      'agent',
      'app.asar',
      'apparmor-profile',
      'cli',
      'node',
      'slapgrid',
    ]);
    const node = inPackage('opt/Slapgrid/resources/node');
    const said = execFileSync(node, ['--version'], { encoding: 'utf8', env: {} });
    expect(said.trim()).toBe(process.version);
    const command = inPackage('opt/Slapgrid/resources/slapgrid');
    expect(execFileSync(command, ['--version'], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } })).toBe(
      `${version}\n`,
    );
  });

  it('has one application in its archive, and its drawings', () => {
    const archive = inPackage('opt/Slapgrid/resources/app.asar');
    const files = listPackage(archive, { isPack: false }).filter((name) => path.extname(name) !== '');
    expect(files.filter((name) => !/\.(?:png|ico)$/u.test(name)).toSorted()).toEqual([
      '/dist/main/THIRD-PARTY-NOTICES.txt',
      '/dist/main/icons/application/app.svg',
      '/dist/main/main.mjs',
      '/package.json',
    ]);
  });

  it('has the keyring’s addon as a plain file, for this processor only', async () => {
    const names = await readdir(inPackage('opt/Slapgrid/resources'), { recursive: true });
    expect(names.filter((name) => name.endsWith('.node'))).toEqual(['agent/keytar.node']);
    const addon = await readFile(inPackage('opt/Slapgrid/resources/agent/keytar.node'));
    expect(addon.readUInt16LE(18)).toBe(ELF_MACHINES[process.arch]);
  });

  it('brings nothing to develop with, and no trace of where it was made', async () => {
    const own = inPackage('opt/Slapgrid/resources');
    const files = (await readdir(own, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
    expect(files.filter((file) => /\.(?:map|ts|tsx|test\.\w+)$|\/test\//u.test(file))).toEqual([]);
    const traces = [workshop, project, '://registry.', '_resolved', 'sourceMappingURL='];
    const found: string[] = [];
    for (const file of files.filter((each) => !/^(?:node|LICENSE\.node\.txt)$/u.test(path.basename(each)))) {
      const text = await readFile(file, 'latin1');
      for (const trace of traces) if (text.includes(trace)) found.push(`${file}: ${trace}`);
    }
    expect(found).toEqual([]);
  });

  it('brings the licences of all that is bundled', async () => {
    const noticesIn = (folder: string): Promise<string> =>
      readFile(inPackage(path.join('opt/Slapgrid/resources', folder, 'THIRD-PARTY-NOTICES.txt')), 'utf8');
    expect(await noticesIn('agent')).toMatch(/^zod \d.* \(MIT\)\n\n.*Permission is hereby granted/msu);
    expect(await noticesIn('cli')).toContain('commander');
    const page = await noticesIn('agent/page');
    expect(page).toContain('react-dom');
    expect(page).toContain('SIL OPEN FONT LICENSE');
    const beside = await readdir(inPackage('opt/Slapgrid'));
    expect(beside).toEqual(expect.arrayContaining(['LICENSE.electron.txt', 'LICENSES.chromium.html']));
  });

  it('is listed by desktops, and opens links', async () => {
    const entry = await readFile(inPackage('usr/share/applications/slapgrid-desktop.desktop'), 'utf8');
    expect(entry).toContain('\nExec=/opt/Slapgrid/slapgrid-desktop %U\n');
    expect(entry).toContain('\nIcon=slapgrid-desktop\n');
    expect(entry).toContain('\nStartupWMClass=slapgrid-desktop\n');
    expect(entry).toContain('\nMimeType=x-scheme-handler/slapgrid;\n');
    expect(entry).toContain('\nCategories=Network;\n');
    for (const size of [16, 32, 48, 256]) {
      await stat(inPackage(`usr/share/icons/hicolor/${size}x${size}/apps/slapgrid-desktop.png`));
    }
  });

  it('puts its command and its application on the path', async () => {
    expect(await readlink(inPackage('usr/bin/slapgrid'))).toBe('/opt/Slapgrid/resources/slapgrid');
    expect(await readlink(inPackage('usr/bin/slapgrid-desktop'))).toBe('/opt/Slapgrid/slapgrid-desktop');
  });
});

describe('without Electron', () => {
  let clone: string;

  beforeAll(async () => {
    clone = path.join(workshop, 'without');
    const folder = path.join(clone, 'node_modules', 'electron');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'package.json'), '{ "version": "1.2.3" }');
    // As it ends where there is no way to where Electron is.
    await writeFile(path.join(folder, 'install.js'), 'process.exit(1);');
  });

  it('no package is made, and what to do is said', async () => {
    await expect(provideElectron(clone, {})).rejects.toThrow(
      /Electron 1\.2\.3 could not be fetched.*ELECTRON_OVERRIDE_DIST_PATH=folder npm run package/su,
    );
  });

  it('or with another version of it no package is made', async () => {
    const given = { ELECTRON_OVERRIDE_DIST_PATH: electron };
    await expect(provideElectron(clone, given)).rejects.toThrow(/the package is for Electron 1\.2\.3/u);
    await expect(provideElectron(clone, { ELECTRON_OVERRIDE_DIST_PATH: clone })).rejects.toThrow(
      /no distribution of Electron/u,
    );
  });
});

/**
 * An empty package in the place of the libraries that Electron is linked with: its stand-in is not, and a hundred packages take their
 * time.
 */
async function makeDesktopLibraries(folder: string): Promise<void> {
  const control = path.join(workshop, 'desktop-libraries', 'DEBIAN', 'control');
  const depends = execFileSync('dpkg-deb', ['--field', deb, 'Depends'], { encoding: 'utf8' });
  const libraries = depends
    .trim()
    .split(', ')
    .filter((name) => /^lib|^xdg-/u.test(name));
  const fields = {
    Package: 'desktop-libraries',
    Version: '1',
    Architecture: 'all',
    Maintainer: 'nobody <nobody@localhost>',
    Provides: libraries.join(', '),
    Description: 'stands in for libraries of desktops',
  };
  await mkdir(path.dirname(control), { recursive: true });
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`);
  await writeFile(control, lines.join(''));
  execFileSync('dpkg-deb', [
    '--build',
    path.dirname(path.dirname(control)),
    path.join(folder, 'desktop-libraries.deb'),
  ]);
}

// Nobody else installs packages.
if (process.getuid?.() === 0)
  describe('in a clean system', () => {
    const PERSON = 'person';
    const EARLIER = '0.0.9';
    const DATA = `/home/${PERSON}/.local/share/slapgrid`;
    let tree: SystemTree;
    let filesBefore: Set<string>;
    let application: ChildProcess;
    let connection: Connection;

    const json = (...command: string[]): unknown =>
      JSON.parse(tree.done(['slapgrid', ...command, '--json'], PERSON));

    /** What the system has, but for persons’ own, and for what dpkg remembers. It takes an empty /opt along. */
    const files = (): Set<string> => {
      const passedOver = ['/home/*', CLAIMS_FOLDER, '/var/log', '/var/cache', '/var/lib/dpkg', '/opt'];
      const paths = passedOver.flatMap((place) => ['-path', place, '-o']);
      const found = tree.done(['find', '/', '-xdev', '(', ...paths, '-false', ')', '-prune', '-o', '-print']);
      return new Set(found.trim().split('\n'));
    };

    const expectAsBefore = (): void => {
      const now = files();
      expect([...now].filter((file) => !filesBefore.has(file))).toEqual([]);
      expect([...filesBefore].filter((file) => !now.has(file))).toEqual([]);
      expect(existsSync(tree.outside('/opt/Slapgrid'))).toBe(false);
    };

    /** Shims, sandboxes and services: two looks that agree, as a measurement of the disk has a sandbox of its own for a moment. */
    const supervised = async (): Promise<string[]> => {
      const look = async (): Promise<string[]> =>
        (await tree.processes())
          .filter(({ command }) => /shim\.sh|bwrap|memcached|systemd-socket-proxyd/u.test(command))
          .map(({ pid, startedAt, program }) => `${pid} ${startedAt} ${program}`);
      let seen = await look();
      await eventually(async () => {
        await delay(500);
        const before = seen;
        seen = await look();
        expect(seen).toEqual(before);
      });
      return seen;
    };

    beforeAll(async () => {
      const earlier = path.join(workshop, 'earlier');
      await checkOut(earlier, EARLIER);
      expect(await pack({ folder: earlier, electron })).toMatchObject({ status: 0 });
      tree = await SystemTree.make(['bubblewrap', 'systemd']);
      tree.done(['useradd', '--create-home', '--shell', '/bin/sh', PERSON]);
      await copyFile(await debOf(earlier), tree.outside('/root/earlier.deb'));
      await copyFile(deb, tree.outside('/root/present.deb'));
    });
    afterAll(async () => {
      await releaseClaim();
      await tree.remove();
    });

    /** The person keeps the addresses with the data; this one goes. */
    async function releaseClaim(): Promise<void> {
      const file = tree.outside(path.join(DATA, 'private', 'config.json'));
      const { addressBlock } = JSON.parse(await readFile(file, 'utf8')) as { addressBlock: string };
      await rm(path.join(CLAIMS_FOLDER, addressBlock), { force: true });
    }

    it('all it depends on can be had', () => {
      const said = tree.done(['apt-get', 'install', '--simulate', '--yes', '/root/present.deb']);
      expect(said).toContain('Inst libgtk-3-0');
      expect(said).toContain(`Inst slapgrid-desktop (${version} `);
    });

    it('it is installed', async () => {
      await makeDesktopLibraries(tree.outside('/root'));
      tree.done(['dpkg', '--install', '/root/desktop-libraries.deb']);
      filesBefore = files();
      tree.done(['dpkg', '--install', '/root/earlier.deb']);
      expect(tree.done(['slapgrid', '--version'], PERSON)).toBe(`${EARLIER}\n`);
      expect(tree.done(['dpkg', '--verify', 'slapgrid-desktop'])).toBe('');
    });

    it('it is started by a person, hidden, and has the agent running', async () => {
      application = tree.start(['slapgrid-desktop', '--hidden'], PERSON);
      await eventually(() => {
        expect(json('status')).toMatchObject({ agent: { version: EARLIER } });
      }, 60);
      expect(application.exitCode).toBeNull();
      const programs = (await tree.processes()).map(({ program }) => program);
      expect(programs).toContain('/opt/Slapgrid/resources/node');
    });

    it('it runs what is requested', async () => {
      connection = (json('request', 'cache', 'memcached') as { 'connection-parameters': Connection })[
        'connection-parameters'
      ];
      expect(await tryMemcached(connection)).toContain(STORED);
      // What runs is not the package's: that may go.
      for (const { program, command } of await tree.processes()) {
        if (program.startsWith('/opt/')) expect(command).toContain('app.asar');
      }
    });

    it('it is replaced by the next version, and what runs does not notice', async () => {
      const before = await supervised();
      tree.done(['dpkg', '--install', '/root/present.deb']);
      expect(tree.done(['slapgrid', '--version'], PERSON)).toBe(`${version}\n`);
      expect(await supervised()).toEqual(before);
      expect(await tryMemcached(connection)).toContain(STORED);
      // The next start has an agent of the next version, which adopts it.
      expect(json('start')).toMatchObject({ outcome: 'replaced', agent: { version } });
      expect(await supervised()).toEqual(before);
      expect(await tryMemcached(connection)).toContain(STORED);
      expect(application.exitCode).toBeNull();
    });

    it('its removal stops what runs, says where the data is, and leaves nothing else', async () => {
      const ended = once(application, 'exit');
      const said = tree.done(['dpkg', '--remove', 'slapgrid-desktop']);
      expect(said).toContain(DATA);
      await ended;
      await eventually(async () => expect(await tree.processes()).toEqual([]));
      expectAsBefore();
      expect(await readdir(tree.outside(DATA))).toEqual(['instances', 'private']);
      tree.done(['dpkg', '--purge', 'slapgrid-desktop']);
      expectAsBefore();
      expect(await readdir(tree.outside(DATA))).toEqual(['instances', 'private']);
    });

    it('its removal does nothing as root for somebody who hides who they are', async () => {
      tree.done(['dpkg', '--install', '/root/present.deb']);
      const victim = '/home/roots-own/private';
      tree.done(['install', '--directory', '--mode', '755', victim, '/home/roots-own/runtime']);
      // A program that its user may not read makes a process whose folder in /proc is root's (proc(5)).
      tree.done(['install', '--mode', '711', '/bin/sh', '/home/roots-own/sh']);
      tree.done(['mkdir', '--parents', `/home/${PERSON}/runtime/1`], PERSON);
      const script = `/home/${PERSON}/runtime/1/agent.mjs`;
      await writeFile(tree.outside(script), 'sleep 1000\n');
      tree.start(['env', 'SLAPGRID_HOME=/home/roots-own', '/home/roots-own/sh', script], PERSON);
      const impostors = async (): Promise<number[]> =>
        (await tree.processes())
          .filter(({ command }) => command.includes(script) || command === 'sleep 1000')
          .map(({ pid }) => pid);
      await eventually(async () => expect(await impostors()).toHaveLength(2));
      tree.done(['dpkg', '--remove', 'slapgrid-desktop']);
      for (const pid of await impostors()) tree.done(['sh', '-c', `kill ${pid}`]);
      expect(await readdir(tree.outside('/home/roots-own'))).toEqual(['private', 'runtime', 'sh']);
    });
  });
