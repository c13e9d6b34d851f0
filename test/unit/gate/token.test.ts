import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadToken, newSecret, readToken, sameSecret } from '../../../agent/gate/token.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-token-'));
  file = path.join(folder, 'token');
});
afterEach(() => rm(folder, { recursive: true }));

describe('the agent’s token', () => {
  it('is 32 random bytes in a file that only its owner can read', async () => {
    const token = await loadToken(file);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toBe(`${token}\n`);
  });

  it('stays the same as long as it is safe', async () => {
    const token = await loadToken(file);
    expect(await loadToken(file)).toBe(token);
    expect(await readToken(file)).toBe(token);
  });

  it('is replaced when others could have read it', async () => {
    const token = await loadToken(file);
    await chmod(file, 0o640);
    expect(await readToken(file)).toBeNull();
    expect(await loadToken(file)).not.toBe(token);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('is replaced when it is not a token', async () => {
    await writeFile(file, 'password', { mode: 0o600 });
    expect(await readToken(file)).toBeNull();
    expect(await loadToken(file)).toHaveLength(43);
  });

  it('is not followed through a link', async () => {
    const elsewhere = path.join(folder, 'elsewhere');
    await writeFile(elsewhere, `${newSecret()}\n`, { mode: 0o600 });
    await symlink(elsewhere, file);
    expect(await readToken(file)).toBeNull();
  });

  it('is null for a client of an agent that never ran', async () => {
    expect(await readToken(file)).toBeNull();
  });
});

describe('comparing secrets', () => {
  it('accepts the same one only, whatever the length of the other', () => {
    const secret = newSecret();
    expect(sameSecret(secret, secret)).toBe(true);
    expect(sameSecret(secret.slice(0, -1), secret)).toBe(false);
    expect(sameSecret('', secret)).toBe(false);
    expect(sameSecret(newSecret(), secret)).toBe(false);
  });
});
