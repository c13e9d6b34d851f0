/**
 * Secrets that open doors: 256 random bits, written in a form that a URL, a header and a file can carry.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import process from 'node:process';
import { writeAtomically } from '../disk.ts';
import { systemErrorCode } from '../errors.ts';

const SECRET = /^[\w-]{43}$/u;

/** 32 random bytes as base64url (43 characters). */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Compares in constant time, whatever the lengths. */
export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digestOf(given), digestOf(expected));
}

/**
 * The agent's own token, as its clients read it.
 * @returns null when there is none, or when it is not one that only this user could have written and read.
 */
export async function readToken(file: string): Promise<string | null> {
  let handle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ELOOP') return null;
    throw error;
  }
  try {
    const status = await handle.stat();
    const secret = status.isFile() && status.uid === process.getuid?.() && (status.mode & 0o077) === 0;
    if (!secret) return null;
    const content = (await handle.readFile('utf8')).trim();
    return SECRET.test(content) ? content : null;
  } finally {
    await handle.close();
  }
}

/** The agent's own token; a new one is written (0600, whole or absent) when there is none that can be trusted. */
export async function loadToken(file: string): Promise<string> {
  const existing = await readToken(file);
  if (existing !== null) return existing;
  const token = newSecret();
  await writeAtomically(file, `${token}\n`, { mode: 0o600 });
  return token;
}
