/** How far a computer is shared, from nobody to everyone: what may be compared with what. */
import type { Sharing } from '../api/contract-lending.ts';

const ORDER: readonly Sharing[] = ['nobody', 'me', 'people', 'everyone'];

/** Whether whom `sharing` allows includes whom `asked` names. */
export function includes(sharing: Sharing, asked: Sharing): boolean {
  return ORDER.indexOf(sharing) >= ORDER.indexOf(asked);
}

export function narrower(one: Sharing, other: Sharing): Sharing {
  return includes(one, other) ? other : one;
}

/** The widest that is narrower than `refused`. */
export function justBelow(refused: Sharing): Sharing {
  return ORDER[ORDER.indexOf(refused) - 1] ?? 'nobody';
}
