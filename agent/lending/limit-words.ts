/** What changed of the limits, as a person reads it later. */
import type { LendingLimits, LimitName } from '../api/contract-lending.ts';
import { figure } from '../limits/limit-problem.ts';
import { text } from '../messages.ts';
import { LIMIT_NAMES } from './defaults.ts';

/** A sentence for each that differs; empty: none does. */
export function limitChanges(before: LendingLimits, after: LendingLimits): string[] {
  return (['together', 'each'] as const).flatMap((scope) =>
    LIMIT_NAMES.filter((name) => before[scope][name] !== after[scope][name]).map((name) =>
      text('lending.audit.limit', {
        limit: text(`limits.name.${name}`),
        scope: text(`limits.scope.${scope}`),
        now: amount(name, after[scope][name]),
        before: amount(name, before[scope][name]),
      }),
    ),
  );
}

/** How many partitions are lent from now on. */
export function mostPartitionsText(most: number | null): string {
  return text('lending.audit.partitions', { most: most ?? 0 });
}

function amount(name: LimitName, value: number | null): string {
  return value === null ? text('lending.no-limit') : figure(name, value);
}
