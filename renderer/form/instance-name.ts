/**
 * The name of a new instance: what to propose, and what is wrong with one.
 */
import { text } from '../messages.ts';

const LONGEST_NAME = 200;
// oxlint-disable-next-line no-control-regex -- control characters are what is refused
const CONTROL = /[\u0000-\u001f\u007f]/u;

// Marks that change the direction of what follows, and others that cannot be seen: a name must look like what it is.
const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;
const PRIVATE_KEY = /-----BEGIN/u;

/** `memcached`, or `memcached-2` when that is taken. */
export function proposedName(software: string, taken: ReadonlySet<string>): string {
  let name = software;
  for (let number = 2; taken.has(name); number += 1) name = `${software}-${number}`;
  return name;
}

/** Empty when nothing is wrong. */
export function nameProblem(name: string, taken: ReadonlySet<string>): string {
  if (name.trim() === '') return text('page.name.required');
  if (name.length > LONGEST_NAME) return text('page.name.long', { most: LONGEST_NAME });
  if (CONTROL.test(name) || PRIVATE_KEY.test(name)) return text('page.name.control');
  if (INVISIBLE.test(name)) return text('page.name.invisible');
  if (name.trim() !== name) return text('page.name.space');
  if (taken.has(name)) return text('page.name.taken', { name });
  return '';
}
