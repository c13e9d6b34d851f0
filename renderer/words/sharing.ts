/**
 * How far this computer is shared: the order of the choices, and what holds of what was chosen.
 */
import type { LendingView, Protection, Sharing } from '../../agent/api/contract-lending.ts';

/** Narrowest first. */
export const SHARINGS = ['nobody', 'me', 'people', 'everyone'] as const satisfies readonly Sharing[];

export function isWithin(sharing: Sharing, widest: Sharing): boolean {
  return SHARINGS.indexOf(sharing) <= SHARINGS.indexOf(widest);
}

/** What holds now: the narrower of what was chosen and what this computer may safely offer. */
export function sharingInForce({ sharing, verdict }: Pick<LendingView, 'sharing' | 'verdict'>): Sharing {
  return isWithin(sharing, verdict) ? sharing : verdict;
}

/** Whether anybody but the person could start something here. */
export function isLent(lending: Pick<LendingView, 'sharing' | 'verdict'>): boolean {
  return !isWithin(sharingInForce(lending), 'me');
}

/** What is missing before this computer may be shared so far. */
export function missingFor(sharing: Sharing, protections: readonly Protection[]): Protection[] {
  return protections.filter(({ refuses }) => refuses !== null && isWithin(refuses, sharing));
}
