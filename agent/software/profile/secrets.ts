/**
 * Secrets a software type asks for: made once for each instance from the system's random source, then kept.
 */
import { randomInt } from 'node:crypto';
import type { SoftwareType } from './schema.ts';

const ALPHABETS = {
  alphanumeric: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  hexadecimal: '0123456789abcdef',
} as const;

/** `existing`, and a new secret for each name it lacks. One that no longer has a use stays: it may be wanted again. */
export function completeSecrets(
  type: SoftwareType,
  existing: Readonly<Record<string, string>>,
): Record<string, string> {
  const secrets = new Map(Object.entries(existing));
  for (const [name, { length, alphabet }] of Object.entries(type.secrets)) {
    if (!secrets.has(name)) secrets.set(name, randomText(length, ALPHABETS[alphabet]));
  }
  return Object.fromEntries(secrets);
}

function randomText(length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}
