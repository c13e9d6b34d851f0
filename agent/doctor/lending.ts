/** Whether this computer holds what lending it asks for. */
import type { LendingView } from '../api/contract-lending.ts';
import { LIMIT_NAMES } from '../lending/defaults.ts';
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
    limits: limitsText(view),
  };
  if (isEnough)
    return well(missing.length === 0 ? 'doctor.lending.everyone' : 'doctor.lending.well', parameters);
  const fixes = [...new Set(missing.flatMap(({ fixes: each }) => each))];
  return { passed: false, detail: text('doctor.lending.missing', parameters), fixes };
}

/** What holds each limit: by the kernel, by looking, or by nothing. */
function limitsText({ limitsHeld }: LendingView): string {
  return (['kernel', 'watched', 'none'] as const)
    .map((held) => ({ held, names: LIMIT_NAMES.filter((name) => limitsHeld[name].held === held) }))
    .filter(({ names }) => names.length > 0)
    .map(({ held, names }) =>
      text(`doctor.lending.limits.${held}`, {
        limits: names.map((name) => text(`limits.name.${name}`)).join(', '),
      }),
    )
    .join('; ');
}
