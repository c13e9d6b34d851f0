import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { file, folder, type TestPackage } from './packages.ts';
import { RELEASE, Repository } from './repository.ts';
import { failureOf, install, softwareUid, World } from './world.ts';

const tool: TestPackage = {
  name: 'tool',
  entries: [folder('./'), folder('./usr/'), folder('./usr/bin/'), file('./usr/bin/tool', 'tool', 0o755)],
};

let repository: Repository;
let world: World;

beforeEach(async () => {
  repository = await Repository.start([tool]);
  world = await World.create(repository);
});

afterEach(async () => {
  await repository.stop();
  await world.remove();
});

describe('the way to the archive is the host’s', () => {
  test('its proxy is used, with its password', async () => {
    const authorizations = new Set<string | undefined>();
    repository.intercept = (request) => {
      authorizations.add(request.headers['proxy-authorization']);
      return false;
    };
    await world.write('etc/apt/sources.list', `deb http://archive.invalid/debian ${RELEASE} main\n`);
    const proxy = new URL(repository.address);
    await world.write(
      'etc/apt/apt.conf.d/50proxy',
      `Acquire { http { Proxy "http://me:secret@${proxy.host}/"; }; };\n`,
    );
    await install(world.provider(), ['tool']);
    expect([...authorizations]).toEqual([`Basic ${Buffer.from('me:secret').toString('base64')}`]);
  });

  test.each([
    ['its credentials are used', 'auth.conf', (address: string) => address],
    ['credentials in the address are used', null, (address: string) => address.replace('//', '//me:secret@')],
  ])('%s, and are seen in no argument and no environment', async (_, credentialsFile, addressed) => {
    const commands = new Set<string>();
    let authorized = true;
    repository.intercept = (request, response) => {
      // Whoever asks is running now, and so is who started him.
      for (const one of runningPrograms(world)) commands.add(`${one.command}\n${one.environment}`);
      if (request.headers.authorization === `Basic ${Buffer.from('me:secret').toString('base64')}`)
        return false;
      authorized = false;
      response.writeHead(401).end();
      return true;
    };
    const { host } = new URL(repository.address);
    await world.write('etc/apt/sources.list', `deb ${addressed(repository.address)} ${RELEASE} main\n`);
    if (credentialsFile !== null)
      await world.write(
        `etc/apt/${credentialsFile}`,
        `machine http://${host}/debian login me password secret\n`,
        0o600,
      );
    await install(world.provider(), ['tool']);
    expect(authorized).toBe(true);
    expect([...commands].filter((one) => one.includes('secret'))).toEqual([]);
    expect(commands.size).toBeGreaterThan(0);
  });

  test('no other option of it counts', async () => {
    const trace = path.join(world.root, 'hook-ran');
    await world.write(
      'etc/apt/apt.conf.d/99other',
      `APT::Update::Pre-Invoke { "touch ${trace}"; };\nAPT::Install-Recommends "true";\n`,
    );
    repository.publish([{ ...tool, fields: ['Recommends: nothing-of-the-kind'] }]);
    await install(world.provider(), ['tool']);
    expect(await failureOf(readFile(trace))).toBe('ENOENT');
  });

  test('a frozen copy of an archive is taken where the host says that it is one', async () => {
    await world.write('etc/apt/apt.conf.d/99frozen', 'Acquire::Check-Valid-Until "false";\n');
    repository.publish([tool], (release) => `Valid-Until: Tue, 14 Nov 2023 22:13:20 UTC\n${release}`);
    expect((await install(world.provider(), ['tool'])).tree.root).toBeTruthy();
  });

  test('what it keeps from the software user is passed over', async () => {
    await world.write('etc/apt/apt.conf.d/60private', 'Acquire::http::Proxy "http://127.0.0.1:9/";\n', 0o000);
    await world.write('etc/apt/sources.list.d/more.sources', 'Types: deb\n', 0o000);
    expect((await install(world.provider(), ['tool'])).tree.root).toBeTruthy();
  });
});

describe('root', () => {
  test('never installs', async () => {
    expect(() => world.provider({ identity: { uid: 0, gid: 0 } })).toThrow('never installed as root');
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--eval',
      `process.getuid = () => 0;
       const { createAptProvider } = await import(${JSON.stringify(path.resolve('agent/software/apt/provider.ts'))});
       try { createAptProvider({ folder: '/nowhere', identity: null }); } catch (error) { console.log(error.code); }`,
    ]);
    expect(stdout.trim()).toBe('software-as-root');
  });

  test('runs no program, and owns no file, of an installation', async () => {
    // apt runs this to ask for a proxy, so it sees who apt is.
    const seen = path.join(world.root, 'seen');
    await world.write('seen', '', 0o666);
    const script = await world.write('who', `#!/bin/sh\nid -u >> ${seen}\necho DIRECT\n`, 0o755);
    await world.write('etc/apt/apt.conf.d/50detect', `Acquire::http::Proxy-Auto-Detect "${script}";\n`);
    const owners = new Set<string>();
    repository.intercept = () => {
      for (const { uid } of runningPrograms(world)) owners.add(uid);
      return false;
    };
    await install(world.provider(), ['tool']);
    expect(new Set((await readFile(seen, 'utf8')).trim().split('\n'))).toEqual(
      new Set([String(softwareUid)]),
    );
    expect(owners).toEqual(new Set([String(softwareUid)]));
    const { stdout } = await promisify(execFile)('find', [world.folder, '!', '-uid', String(softwareUid)]);
    expect(stdout).toBe('');
  });
});

describe('a system', () => {
  test('that is neither Debian nor Ubuntu is not supported', async () => {
    await world.write('etc/os-release', 'ID=fedora\nVERSION_ID=42\n');
    await expect(install(world.provider(), ['tool'])).rejects.toMatchObject({
      code: 'unsupported-system',
      parameters: { missing: 'debian' },
    });
  });

  test('without its distribution’s keys is not supported', async () => {
    const keyring = path.join(world.root, 'missing.gpg');
    await expect(install(world.provider({ keyrings: { debian: keyring } }), ['tool'])).rejects.toMatchObject({
      code: 'unsupported-system',
      parameters: { missing: keyring },
    });
  });

  test('that stands on another one uses what it stands on', async () => {
    await world.write(
      'etc/os-release',
      `ID=mint\nID_LIKE=debian\nVERSION_CODENAME=faye\nDEBIAN_CODENAME=${RELEASE}\n`,
    );
    expect((await install(world.provider(), ['tool'])).tree.root).toBeTruthy();
  });
});

type Program = { command: string; environment: string; uid: string };

/** The programs that work on the world's software folder at this moment. */
function runningPrograms({ folder: softwareFolder }: World): Program[] {
  const read = (pid: string, name: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${name}`, 'latin1');
    } catch {
      // It has ended, or it is somebody else's.
      return '';
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => ({
      command: read(pid, 'cmdline'),
      environment: read(pid, 'environ'),
      uid: /^Uid:\t(\d+)/m.exec(read(pid, 'status'))?.[1] ?? '',
    }))
    .filter(({ command, environment }) => `${command}\n${environment}`.includes(softwareFolder));
}
