/** Where secrets are, with a keyring that comes, goes and refuses. */
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeyringFailure } from '../../../agent/secrets/keyring.ts';
import type { KeyringProblem } from '../../../agent/secrets/secret-store.ts';
import { SecretList } from '../../../agent/secrets/secret-list.ts';
import { Secrets, type AnyKeyring } from '../../../agent/secrets/secrets.ts';

/** A keyring in memory. One that is locked answers whoever only looks. */
class StandInKeyring implements AnyKeyring {
  problem: KeyringProblem | null = null;
  readonly entries = new Map<string, string>();
  readonly asked: string[] = [];

  async look(): Promise<void> {
    this.#ask('look', this.problem === 'locked' ? null : this.problem);
  }
  async get(account: string): Promise<string | null> {
    this.#ask('get', this.problem);
    return this.entries.get(account) ?? null;
  }
  async set(account: string, value: string): Promise<void> {
    this.#ask('set', this.problem);
    this.entries.set(account, value);
  }
  async delete(account: string): Promise<void> {
    this.#ask('delete', this.problem);
    this.entries.delete(account);
  }

  #ask(what: string, problem: KeyringProblem | null): void {
    this.asked.push(what);
    if (problem !== null) throw new KeyringFailure(problem, '');
  }
}

let folder: string;
let file: string;
let keyring: StandInKeyring;
let secrets: Secrets;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-secrets-'));
  file = path.join(folder, 'secrets.json');
  keyring = new StandInKeyring();
  secrets = opened();
});
afterEach(() => rm(folder, { recursive: true }));

/** As the next agent has it. */
function opened(): Secrets {
  return new Secrets(new SecretList(file, () => 42), keyring);
}

const inFile = (): Promise<string> => readFile(file, 'utf8').catch(() => '');

describe('with a keyring', () => {
  it('keeps them there and nowhere else', async () => {
    await secrets.set('client-key', 'hunter2');
    expect(keyring.entries.get('client-key')).toBe('hunter2');
    expect(await inFile()).not.toContain('hunter2');
    expect(await opened().get('client-key')).toBe('hunter2');
    expect(await secrets.kind()).toEqual({ kind: 'keyring', reason: null });
    await secrets.delete('client-key');
    expect([keyring.entries.size, await secrets.get('client-key')]).toEqual([0, null]);
  });

  it('is not asked for what was never kept', async () => {
    expect(await secrets.get('client-key')).toBeNull();
    await secrets.delete('client-key');
    await secrets.settle();
    expect(keyring.asked).toEqual([]);
  });

  it('knows what somebody removed there', async () => {
    await secrets.set('client-key', 'hunter2');
    keyring.entries.clear();
    expect(await secrets.get('client-key')).toBeNull();
    keyring.problem = 'locked';
    expect(await secrets.get('client-key')).toBeNull();
  });
});

describe.each<KeyringProblem>(['no-session', 'no-library', 'no-service', 'locked', 'silent'])(
  'with one that is %s',
  (problem) => {
    beforeEach(() => {
      keyring.problem = problem;
    });

    it('keeps them in a file that only its owner can read', async () => {
      await secrets.set('client-key', 'hunter2');
      expect(await opened().get('client-key')).toBe('hunter2');
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(await secrets.kind()).toEqual({ kind: 'file', reason: problem });
      await secrets.delete('client-key');
      expect(await secrets.get('client-key')).toBeNull();
      expect(await inFile()).not.toContain('hunter2');
    });

    it('moves them when it answers, and deletes there what was deleted', async () => {
      await secrets.set('client-key', 'hunter2');
      keyring.problem = null;
      const next = opened();
      await next.settle();
      expect(keyring.entries.get('client-key')).toBe('hunter2');
      expect(await inFile()).not.toContain('hunter2');
      expect(await next.get('client-key')).toBe('hunter2');
    });
  },
);

describe('with one that goes away', () => {
  beforeEach(async () => {
    await secrets.set('client-key', 'first');
    keyring.problem = 'no-session';
  });

  it('does not take it for one that holds nothing', async () => {
    await expect(secrets.get('client-key')).rejects.toMatchObject({ code: 'keyring-unavailable' });
    keyring.problem = null;
    expect(await secrets.get('client-key')).toBe('first');
  });

  it('has the newer one in the file until it can be moved', async () => {
    await secrets.set('client-key', 'second');
    expect(await secrets.get('client-key')).toBe('second');
    keyring.problem = null;
    expect(await opened().get('client-key')).toBe('second');
    await secrets.settle();
    expect(keyring.entries.get('client-key')).toBe('second');
    expect(await inFile()).not.toContain('second');
  });

  it('forgets at once what is deleted, and there as soon as it can', async () => {
    await secrets.delete('client-key');
    expect(await secrets.get('client-key')).toBeNull();
    const next = opened();
    await next.settle();
    expect(keyring.entries.size).toBe(1);
    keyring.problem = null;
    await next.settle();
    expect(keyring.entries.size).toBe(0);
    expect(await next.get('client-key')).toBeNull();
  });

  it('deletes the older one, too, that it may have', async () => {
    await secrets.set('client-key', 'second');
    await secrets.delete('client-key');
    keyring.problem = null;
    await secrets.settle();
    expect(keyring.entries.size).toBe(0);
  });

  it('says so when all is to be removed', async () => {
    expect(await secrets.clear()).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });
});

it('asks a person once at most to unlock it for what is only moved', async () => {
  keyring.problem = 'locked';
  await secrets.set('client-key', 'hunter2');
  keyring.asked.length = 0;
  await secrets.settle();
  await secrets.settle();
  expect(keyring.asked).toEqual(['look', 'set']);
});

it('removes all of it from the keyring', async () => {
  await secrets.set('client-key', 'hunter2');
  await secrets.set('token', 'hunter3');
  expect(await secrets.clear()).toBe(true);
  expect(keyring.entries.size).toBe(0);
  expect(await readdir(folder)).toEqual([]);
});

it('keeps what is done at the same time in order', async () => {
  await Promise.all([secrets.set('token', '1'), secrets.set('token', '2'), secrets.set('key', 'a')]);
  expect([await secrets.get('token'), await secrets.get('key')]).toEqual(['2', 'a']);
});

it('survives a full disk with what it had', async () => {
  keyring.problem = 'no-session';
  await secrets.set('token', 'first');
  const broken = new Secrets(new SecretList(path.join(folder, 'gone', 'secrets.json'), () => 0), keyring);
  await expect(broken.set('token', 'x')).rejects.toThrow(/ENOENT/u);
  expect(await secrets.get('token')).toBe('first');
});

describe('with a damaged list', () => {
  it.each(['{ "schema": 1, ', '{ "schema": 2 }', '[]'])(
    '%s keeps it beside, and finds again what is in the keyring',
    async (text) => {
      await secrets.set('client-key', 'hunter2');
      await writeFile(file, text);
      const next = opened();
      expect(await next.get('client-key')).toBe('hunter2');
      expect(await next.get('other')).toBeNull();
      expect(await readFile(path.join(folder, 'secrets-damaged-42.json'), 'utf8')).toBe(text);
    },
  );

  it('does not say that there is none while nobody can know', async () => {
    await secrets.set('client-key', 'hunter2');
    await writeFile(file, '{');
    keyring.problem = 'locked';
    await expect(opened().get('client-key')).rejects.toMatchObject({ code: 'keyring-unavailable' });
    await expect(opened().get('client-key')).rejects.toMatchObject({ code: 'keyring-unavailable' });
  });
});
