/**
 * Whose an instance is, as a word: never by colour alone.
 */
import type { Owner } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';

export function ownerText({ kind }: Owner): string {
  return text(`page.owner.${kind}`);
}
