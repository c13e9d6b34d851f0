/**
 * The rules as the person sees them: what they changed at once, what the agent says after that.
 */
import { useEffect, useState } from 'react';
import type { Rules } from '../../../agent/api/contract-conditions.ts';
import type { ErrorView } from '../../../agent/api/contract.ts';
import { announce } from '../../parts/announcer.tsx';
import { useAction, useStore } from '../../state/hooks.ts';
import { conditionsText } from './words.ts';

export type RulesInHand = {
  rules: Rules;
  /** Takes effect at once. */
  change: (rules: Rules) => void;
  failure: ErrorView | null;
};

export function useRules(inForce: Rules): RulesInHand {
  const { client } = useStore();
  const { failure, run } = useAction();
  const [wanted, setWanted] = useState<Rules | null>(null);
  useEffect(() => setWanted(null), [inForce]);
  const change = async (rules: Rules): Promise<void> => {
    setWanted(rules);
    if (await run(() => client.setRules.mutate(rules)))
      announce(conditionsText('page-conditions.saved'), 'answer');
    else setWanted((latest) => (latest === rules ? null : latest));
  };
  return { rules: wanted ?? inForce, change: (rules) => void change(rules), failure };
}
