/**
 * Secrets with a real keyring, one that is locked, and none.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Keyring } from '../../../agent/secrets/keyring.ts';
import { SecretList } from '../../../agent/secrets/secret-list.ts';
import { Secrets } from '../../../agent/secrets/secrets.ts';
import { Home } from '../agent/home.ts';
import { childrenOf } from '../shell/processes.ts';
import { openPage } from '../usage/session.ts';
import { DesktopSession } from './desktop-session.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const program = path.join(root, 'agent', 'secrets', 'keyring-process.ts');
const addon = path.join(
  root,
  'node_modules/keytar/prebuilds',
  `${process.platform}-${process.arch}`,
  'keytar.node',
);

const KEY = `-----BEGIN KEY-----\n${'ü0123456789'.repeat(500)}\n-----END KEY-----\n`;

let session: DesktopSession;
let folder: string;

beforeEach(async () => {
  session = await DesktopSession.start();
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-secrets-'));
});
afterEach(async () => {
  await session.end();
  await rm(folder, { recursive: true });
});

const file = (): string => path.join(folder, 'secrets.json');

/** As the next agent has them. */
function opened(environment: NodeJS.ProcessEnv = session.environment): Secrets {
  const keyring = new Keyring({ program, addon, service: 'slapgrid-test', environment });
  return new Secrets(new SecretList(file(), () => Date.now()), keyring);
}

describe('a keyring', () => {
  it('keeps a secret, and the data folder does not', async () => {
    await session.startKeyring();
    const secrets = opened();
    expect(await secrets.kind()).toEqual({ kind: 'keyring', reason: null });
    await secrets.set('client-key', KEY);
    expect(await opened().get('client-key')).toBe(KEY);
    expect(await readFile(file(), 'utf8')).not.toContain('BEGIN KEY');
    await secrets.delete('client-key');
    expect(await opened().get('client-key')).toBeNull();
  });

  it('that is locked since is not taken for one that has lost it', async () => {
    await session.startKeyring();
    await opened().set('client-key', KEY);
    await session.endKeyring();
    await session.startKeyring({ locked: true });
    await expect(opened().get('client-key')).rejects.toMatchObject({
      code: 'keyring-unavailable',
      message: expect.stringContaining('the keyring is locked'),
    });
    await session.endKeyring();
    await session.startKeyring();
    expect(await opened().get('client-key')).toBe(KEY);
  });

  it('that is locked when something is deleted, deletes it when it can', async () => {
    await session.startKeyring();
    await opened().set('client-key', KEY);
    await session.endKeyring();
    await session.startKeyring({ locked: true });
    await opened().delete('client-key');
    await session.endKeyring();
    await session.startKeyring();
    const keyring = new Keyring({
      program,
      addon,
      service: 'slapgrid-test',
      environment: session.environment,
    });
    expect(await keyring.get('client-key')).toBe(KEY);
    await opened().settle();
    expect(await keyring.get('client-key')).toBeNull();
  });

  it('that goes away in between, and comes back, has what it had and what was new meanwhile', async () => {
    await session.startKeyring();
    const secrets = opened();
    await secrets.set('client-key', 'first');
    await secrets.set('token', 'here');
    await session.endKeyring();
    await expect(secrets.get('token')).rejects.toMatchObject({ code: 'keyring-unavailable' });
    await secrets.set('client-key', 'second');
    expect(await secrets.get('client-key')).toBe('second');
    expect(await secrets.kind()).toEqual({ kind: 'file', reason: 'no-service' });
    await session.startKeyring();
    await secrets.settle();
    expect(await secrets.kind()).toEqual({ kind: 'keyring', reason: null });
    expect([await secrets.get('client-key'), await secrets.get('token')]).toEqual(['second', 'here']);
    expect(await readFile(file(), 'utf8')).not.toContain('second');
  });
});

describe('without one', () => {
  it('it is the file: nobody on the bus keeps secrets', async () => {
    await expectFile(opened(), 'no-service');
  });

  it('it is the file: there is no bus', async () => {
    const { PATH, HOME } = session.environment;
    await expectFile(opened({ PATH, HOME }), 'no-session');
  });

  it('it is the file: the bus is gone', async () => {
    const gone = { ...session.environment, DBUS_SESSION_BUS_ADDRESS: `unix:path=${folder}/gone` };
    await expectFile(opened(gone), 'no-service');
  });

  it('it is the file: the keyring is locked', async () => {
    await session.startKeyring();
    await session.endKeyring();
    await session.startKeyring({ locked: true });
    await expectFile(opened(), 'locked');
  });

  async function expectFile(secrets: Secrets, reason: string): Promise<void> {
    await secrets.set('client-key', KEY);
    expect(await secrets.get('client-key')).toBe(KEY);
    expect(await secrets.kind()).toEqual({ kind: 'file', reason });
    await secrets.delete('client-key');
    expect(await secrets.get('client-key')).toBeNull();
  }
});

it('says that the library is missing where it is', async () => {
  await session.startKeyring();
  const libraries = spawnSync('ldconfig', ['-p'], {
    encoding: 'utf8',
    env: { PATH: '/usr/sbin:/sbin:/usr/bin:/bin' },
  }).stdout;
  const library = /libsecret-1\.so\.0 .*=> (\S+)/u.exec(libraries)?.[1] ?? '';
  // As on a computer without it: in its place is nothing that could be loaded.
  const hidden = ['--dev-bind', '/', '/', '--ro-bind', '/dev/null', library];
  const { stdout } = spawnSync('bwrap', [...hidden, '--', process.execPath, program, addon], {
    env: session.environment,
    input: JSON.stringify({ do: 'look' }),
    encoding: 'utf8',
  });
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, problem: 'no-library' });
});

it('waits no longer than it has to for a keyring that says nothing', async () => {
  const keyring = new Keyring({
    program: path.join(import.meta.dirname, 'silent.mjs'),
    addon,
    service: 'slapgrid-test',
    environment: session.environment,
    patienceMilliseconds: 500,
  });
  await expect(keyring.get('client-key')).rejects.toMatchObject({ problem: 'silent' });
});

it('shows a secret to nobody who looks at processes', async () => {
  const keyring = new Keyring({
    program: path.join(import.meta.dirname, 'silent.mjs'),
    addon,
    service: 'slapgrid-test',
    environment: session.environment,
    patienceMilliseconds: 2000,
  });
  const asked = keyring.set('client-key', KEY).catch((error: unknown) => error);
  const child = (await childrenOf(process.pid)).find(({ command }) => command.includes('silent.mjs'));
  const environment = readFileSync(`/proc/${child?.pid}/environ`, 'utf8');
  expect(`${child?.command}${environment}`).not.toContain('BEGIN KEY');
  expect(await asked).toMatchObject({ problem: 'silent' });
});

it('is where the agent says, which loads nothing for it', async () => {
  await session.startKeyring();
  const home = await Home.make({ seed: false });
  try {
    home.environment['DBUS_SESSION_BUS_ADDRESS'] = session.environment['DBUS_SESSION_BUS_ADDRESS'];
    home.start();
    const page = await openPage(home);
    expect((await page.call.settings.query()).secrets).toEqual({
      kind: 'keyring',
      detail: expect.stringContaining('is kept in the keyring of your desktop'),
    });
    expect(readFileSync(`/proc/${await home.agentPid()}/maps`, 'utf8')).not.toMatch(/keytar|libsecret/u);
    await session.endKeyring();
    expect((await page.call.settings.query()).secrets).toEqual({
      kind: 'file',
      detail: expect.stringContaining('no keyring answers here'),
    });
  } finally {
    await home.remove();
  }
});
