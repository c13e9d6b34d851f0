/**
 * The name of a new instance: what to propose, and what is wrong with one.
 */
import { text } from '../messages.ts';

const LONGEST_NAME = 200;
// oxlint-disable-next-line no-control-regex -- control characters are what is refused
const CONTROL = /[\u0000-\u001f\u007f]/u;

/** `memcached`, or `memcached-2` when that is taken. */
export function proposedName(software: string, taken: ReadonlySet<string>): string {
  let name = software;
  for (let number = 2; taken.has(name); number += 1) name = `${software}-${number}`;
  return name;
}

/** Empty when nothing is wrong. */
export function nameProblem(name: string, taken: ReadonlySet<string>): string {
  if (name === '') return text('page.name.required');
  if (name.length > LONGEST_NAME) return text('page.name.long', { most: LONGEST_NAME });
  if (CONTROL.test(name)) return text('page.name.control');
  if (taken.has(name)) return text('page.name.taken', { name });
  return '';
}
