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

function findingOf({ sharing, verdict, protections }: LendingView): Awaited<ReturnType<Checker['check']>> {
  const wanted = includes('me', sharing) ? 'me' : sharing;
  const isEnough = includes(verdict, wanted);
  const missing = missingFor(protections, isEnough ? 'everyone' : wanted);
  const parameters = { verdict, wanted, missing: missing.map(({ title }) => title).join(', ') };
  if (isEnough)
    return well(missing.length === 0 ? 'doctor.lending.everyone' : 'doctor.lending.well', parameters);
  const fixes = [...new Set(missing.flatMap(({ fixes: each }) => each))];
  return { passed: false, detail: text('doctor.lending.missing', parameters), fixes };
}
