/**
 * A password made in the page, for a field that keeps one.
 */
import type { Field } from './fields.ts';

/** Without those that look alike, and none that a URL or a shell reads as something else. */
const LETTERS = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
/** 24 letters of 57: about 140 bits. */
const LENGTH = 24;

export function newSecret({ minLength, maxLength }: Extract<Field, { kind: 'text' }>): string {
  const length = Math.min(Math.max(LENGTH, minLength ?? 0), maxLength ?? Number.POSITIVE_INFINITY);
  return Array.from({ length }, randomLetter).join('');
}

/** Bytes beyond the last whole multiple are thrown away, so that no letter is likelier than another. */
function randomLetter(): string {
  const limit = 256 - (256 % LETTERS.length);
  const byte = new Uint8Array(1);
  do crypto.getRandomValues(byte);
  while ((byte[0] ?? 0) >= limit);
  return LETTERS[(byte[0] ?? 0) % LETTERS.length] ?? '';
}
