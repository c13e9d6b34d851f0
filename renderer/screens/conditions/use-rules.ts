/**
 * The rules as the person sees them: what they changed at once, what the agent says after that.
 */
import type { Rules } from '../../../agent/api/contract-conditions.ts';
import type { ErrorView } from '../../../agent/api/contract.ts';
import { announce } from '../../parts/announcer.tsx';
import { useAction, useStore } from '../../state/hooks.ts';
import { useWanted } from '../../state/wanted.ts';
import { conditionsText } from './words.ts';

/** @param told what a screen reader is told of it, when “Saved” does not say enough. */
export type Change = (rules: Rules, told?: string) => void;

export type RulesInHand = {
  rules: Rules;
  /** Takes effect at once. */
  change: Change;
  failure: ErrorView | null;
};

export function useRules(inForce: Rules): RulesInHand {
  const { client } = useStore();
  const { failure, run } = useAction();
  const [rules, want] = useWanted(inForce);
  const change = async (wanted: Rules, told: string): Promise<void> => {
    want(wanted);
    if (await run(() => client.setRules.mutate(wanted))) announce(told, 'answer');
    else want(null);
  };
  return {
    rules,
    change: (wanted, told = conditionsText('page-conditions.saved')) => void change(wanted, told),
    failure,
  };
}
