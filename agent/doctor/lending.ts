/** Whether this computer holds what lending it asks for. */
import type { LendingView } from '../api/contract-lending.ts';
import { missingFor } from '../lending/protections.ts';
import { includes } from '../lending/order.ts';
import { text } from '../messages.ts';
import { well, type Checker } from './checker.ts';

export const lending: Checker = {
  id: 'lending',
  applicable: async ({ lending: examined }) => examined !== undefined,
  async check({ lending: examined }) {
    const view = await examined?.();
    return view === undefined ? well('doctor.lending.none') : findingOf(view);
  },
};

function findingOf(view: LendingView): Awaited<ReturnType<Checker['check']>> {
  const { sharing, verdict, protections } = view;
  const wanted = includes('me', sharing) ? 'me' : sharing;
  const isEnough = includes(verdict, wanted);
  const missing = missingFor(protections, isEnough ? 'everyone' : wanted);
  const parameters = {
    verdict,
    wanted,
    missing: missing.map(({ title }) => title).join(', '),
    unheld: isRateUnheld(view) ? text('limits.name.networkBytesPerSecond') : 'none',
  };
  if (isEnough)
    return well(missing.length === 0 ? 'doctor.lending.everyone' : 'doctor.lending.well', parameters);
  const fixes = [...new Set(missing.flatMap(({ fixes: each }) => each))];
  return { passed: false, detail: text('doctor.lending.missing', parameters), fixes };
}

/** The one limit that may be chosen and is no protection, so that nothing else says it. */
function isRateUnheld({ limits, limitsHeld }: LendingView): boolean {
  const isChosen = [limits.each, limits.together].some((some) => some.networkBytesPerSecond !== null);
  return isChosen && limitsHeld.networkBytesPerSecond.held === 'none';
}
