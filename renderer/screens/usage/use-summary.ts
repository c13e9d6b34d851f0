/**
 * What was used: asked when the screen is entered and when another period is chosen, and then at most once a minute while somebody looks.
 */
import { useCallback, useEffect, useState } from 'react';
import type { UsageByInput, UsageSummary } from '../../../agent/api/contract-usage.ts';
import { useStore } from '../../state/hooks.ts';
import { loaded, type Loaded } from '../../state/loaded.ts';

const MINUTE_MILLISECONDS = 60_000;

export type SummaryInHand = {
  summary: Loaded<UsageSummary>;
  /** What `summary` is an answer to: what was shown stays until the next one is there. */
  shown: UsageByInput;
  again: () => void;
};

export function useSummary({ period, by }: UsageByInput): SummaryInHand {
  const { client } = useStore();
  const [times, setTimes] = useState(0);
  const [answer, setAnswer] = useState<Omit<SummaryInHand, 'again'> & { times: number }>({
    summary: { state: 'loading' },
    shown: { period, by },
    times,
  });
  useEffect(() => {
    let gone = false;
    let askedAt = 0;
    const ask = async (): Promise<void> => {
      askedAt = performance.now();
      const summary = await loaded(() => client.usageSummary.query({ period, by }));
      if (!gone) setAnswer({ summary, shown: { period, by }, times });
    };
    const look = (): void => {
      if (document.visibilityState === 'visible' && performance.now() - askedAt >= MINUTE_MILLISECONDS - 50)
        void ask();
    };
    void ask();
    const timer = setInterval(look, MINUTE_MILLISECONDS);
    document.addEventListener('visibilitychange', look);
    return () => {
      gone = true;
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [client, period, by, times]);
  const again = useCallback(() => setTimes((before) => before + 1), []);
  return { summary: answer.summary, shown: answer.shown, again };
}
