/**
 * The rules as the person sees them: what they changed at once, what the agent says after that.
 */
import { useEffect, useState } from 'react';
import type { Rules } from '../../../agent/api/contract-conditions.ts';
import type { ErrorView } from '../../../agent/api/contract.ts';
import { announce } from '../../parts/announcer.tsx';
import { useAction, useStore } from '../../state/hooks.ts';
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
  const [wanted, setWanted] = useState<Rules | null>(null);
  useEffect(() => setWanted(null), [inForce]);
  const change = async (rules: Rules, told: string): Promise<void> => {
    setWanted(rules);
    if (await run(() => client.setRules.mutate(rules))) announce(told, 'answer');
    else setWanted((latest) => (latest === rules ? null : latest));
  };
  return {
    rules: wanted ?? inForce,
    change: (rules, told = conditionsText('page-conditions.saved')) => void change(rules, told),
    failure,
  };
}
