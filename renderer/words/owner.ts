/**
 * Whose an instance is, as a word: never by colour alone.
 */
import type { Owner } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';

export function ownerText({ kind, name }: Owner): string {
  return kind === 'me' ? text('page.owner.me') : text('page.owner.other', { name });
}
