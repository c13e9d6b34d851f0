import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSigningKey } from './openpgp.ts';
import { file, folder, type TestPackage } from './packages.ts';
import { RELEASE, Repository } from './repository.ts';
import { failureOf, install, World } from './world.ts';

const tool: TestPackage = {
  name: 'tool',
  entries: [folder('./'), folder('./usr/'), folder('./usr/bin/'), file('./usr/bin/tool', 'genuine', 0o755)],
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

/** Answers like a hotel's network: a page for everything. */
const loginPage = (_: IncomingMessage, response: ServerResponse): boolean => {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome! Please sign in.</html>');
  return true;
};

const flipByte = (content: Buffer): Buffer => {
  const changed = Buffer.from(content);
  changed.write('forgery', changed.indexOf('genuine'));
  return changed;
};

describe('an archive', () => {
  test('signed by another key is refused', async () => {
    await writeFile(world.keyring, createSigningKey('somebody-else').keyring);
    expect(await failureOf(install(world.provider(), ['tool']))).toBe('not-signed');
  });

  test('is not trusted because the host’s file says so, nor by a key that it names', async () => {
    const [other] = [createSigningKey('somebody-else')];
    const hostsKey = await world.write('hosts-key.gpg', '');
    await writeFile(hostsKey, repository.key.keyring);
    await writeFile(world.keyring, other.keyring);
    await world.write('etc/apt/sources.list', repository.sourceLine.replace('deb ', 'deb [trusted=yes] '));
    expect(await failureOf(install(world.provider(), ['tool']))).toBe('not-signed');
    await world.write(
      'etc/apt/sources.list',
      repository.sourceLine.replace(
        'deb ',
        `deb [signed-by=${path.dirname(hostsKey)}/debian-archive-x.gpg] `,
      ),
    );
    expect(await failureOf(install(world.provider(), ['tool']))).toBe('not-signed');
  });

  test('of another origin is refused although the key is right', async () => {
    repository.publish([tool], (release) => release.replace('Origin: Debian', 'Origin: Somebody'));
    expect(await failureOf(install(world.provider(), ['tool']))).toBe('not-signed');
  });

  test('of another release is refused although the key is right', async () => {
    repository.publish([tool], (release) => release.replace(`Codename: ${RELEASE}`, 'Codename: potato'));
    expect(await failureOf(install(world.provider(), ['tool']))).toBe('not-signed');
  });

  test('of others under the same words is left alone', async () => {
    const others = await Repository.start([{ ...tool, version: '9.0' }]);
    others.key = createSigningKey('others');
    others.publish([{ ...tool, version: '9.0' }]);
    await world.write(
      'etc/apt/sources.list.d/browser.list',
      `deb ${others.address} ${RELEASE} main\ndeb ${others.address} stable main\n`,
    );
    const { tree } = await install(world.provider(), ['tool']);
    expect(tree.components.find(({ name }) => name === 'tool')?.version).toBe('1.0');
    await others.stop();
  });

  test('that is too old to be believed is out of date', async () => {
    repository.publish([tool], (release) => `Valid-Until: Tue, 14 Nov 2023 22:13:20 UTC\n${release}`);
    expect(await failureOf(install(world.provider(), ['tool']))).toBe('mirror-out-of-date');
  });

  test('dated in the future points at the clock', async () => {
    const future = new Date(Date.now() + 100 * 24 * 3_600_000).toUTCString();
    repository.publish([tool], (release) => release.replace(/Date: .*/, `Date: ${future}`));
    expect(await failureOf(install(world.provider(), ['tool']))).toBe('archive-from-future');
  });

  test('that asks for credentials nobody gave says so', async () => {
    repository.intercept = (_, response) => {
      response.writeHead(401).end();
      return true;
    };
    expect(await failureOf(install(world.provider(), ['tool']))).toBe('archive-refused');
  });

  test('that does not answer is no network', async () => {
    await repository.stop();
    await expect(install(world.provider(), ['tool'])).rejects.toMatchObject({
      code: 'no-network',
      parameters: { detail: expect.stringContaining('Connection refused') },
    });
    repository = await Repository.start();
  });

  test('must be named by the host, or by a setting', async () => {
    await world.write('etc/apt/sources.list', `deb ${repository.address} potato main\n`);
    expect(await failureOf(install(world.provider(), ['tool']))).toBe('no-mirror');
    const provider = world.provider({ mirror: repository.address });
    expect((await install(provider, ['tool'])).tree.components).toContainEqual(
      expect.objectContaining({ name: 'tool' }),
    );
  });
});

describe('a login page in place of', () => {
  test('the lists is told as what it is', async () => {
    repository.intercept = loginPage;
    expect(await failureOf(install(world.provider(), ['tool']))).toBe('captive-portal');
  });

  test('the index is told as what it is', async () => {
    repository.intercept = (request, response) =>
      request.url?.includes('Packages') === true && loginPage(request, response);
    expect(await failureOf(install(world.provider(), ['tool']))).toBe('captive-portal');
  });

  test('a package is told as what it is, and does no harm to the next try', async () => {
    repository.intercept = (request, response) =>
      request.url?.includes('/pool/') === true && loginPage(request, response);
    expect(await failureOf(install(world.provider(), ['tool']))).toBe('captive-portal');
    expect(await world.leftovers()).toEqual([]);
    repository.intercept = () => false;
    expect((await install(world.provider(), ['tool'])).tree.root).toBeTruthy();
  });
});

describe('a tampered package', () => {
  test('from the network is refused, and fetched anew the next time', async () => {
    repository.tamper('tool', flipByte);
    await expect(install(world.provider(), ['tool'])).rejects.toMatchObject({
      code: 'package-tampered',
      parameters: { name: 'tool' },
    });
    expect(await world.leftovers()).toEqual([]);
    repository.publish([tool]);
    const { tree } = await install(world.provider(), ['tool']);
    expect(await readFile(path.join(tree.root, 'usr/bin/tool'), 'utf8')).toBe('genuine');
  });

  test('of the same size in the cache is refused, thrown away, and fetched anew the next time', async () => {
    const genuine = await stopBeforeUnpacking();
    const cached = path.join(world.folder, 'apt/cache/archives', genuine);
    await writeFile(cached, flipByte(await readFile(cached)));
    await world.giveAway(cached);
    expect(await failureOf(install(world.provider(), ['tool']))).toBe('package-tampered');
    expect(await world.archives()).not.toContain(genuine);
    const { tree } = await install(world.provider(), ['tool']);
    expect(await readFile(path.join(tree.root, 'usr/bin/tool'), 'utf8')).toBe('genuine');
  });
});

/** Cancels when everything is fetched and nothing is unpacked. @returns the name of the tool's archive. */
async function stopBeforeUnpacking(): Promise<string> {
  const stop = new AbortController();
  const options = {
    signal: stop.signal,
    onProgress: ({ step }: { step: string }) => {
      if (step === 'verifying') stop.abort();
    },
  };
  expect(await failureOf(world.provider().install(['tool'], options))).toBe('cancelled');
  const name = (await world.archives()).find((one) => one.startsWith('tool_'));
  expect(name).toBeDefined();
  return name ?? '';
}
