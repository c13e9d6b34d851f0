/**
 * The doctor at work: what is being checked, and each answer as it comes.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { CheckEvent, CheckResult, ErrorView } from '../../../agent/api/contract.ts';
import { failureView } from '../../connection/failure.ts';
import { useStore } from '../../state/hooks.ts';

/** `result` is null as long as it is being checked. */
export type Check = { id: string; title: string; result: CheckResult | null };

export type Checks = {
  /** null: the agent has not said yet what it checks. */
  checks: readonly Check[] | null;
  /** When the last answer came (ms); null while it works. */
  endedAt: number | null;
  failure: ErrorView | null;
};

const NOTHING: Checks = { checks: null, endedAt: null, failure: null };

/** The checks after `event`. What is checked again keeps its place; its former answer is gone. */
export function afterEvent(checks: readonly Check[] | null, event: CheckEvent): readonly Check[] {
  if (event.kind === 'planned') return event.checks.map((check) => ({ ...check, result: null }));
  return (checks ?? []).map((check) =>
    check.id === event.result.id ? { ...check, result: event.result } : check,
  );
}

export function useChecks(): Checks & { again: () => void } {
  const { client } = useStore();
  const [shown, setShown] = useState(NOTHING);
  const running = useRef<{ unsubscribe(): void } | null>(null);
  const begin = useCallback(() => {
    running.current?.unsubscribe();
    running.current = client.checks.subscribe(undefined, {
      onData: (event) => setShown((now) => ({ ...now, checks: afterEvent(now.checks, event) })),
      onComplete: () => setShown((now) => ({ ...now, endedAt: Date.now() })),
      onError: (error) => setShown((now) => ({ ...now, failure: failureView(error), endedAt: Date.now() })),
    });
  }, [client]);
  useEffect(() => {
    begin();
    return () => running.current?.unsubscribe();
  }, [begin]);
  const again = (): void => {
    setShown(({ checks }) => ({ ...NOTHING, checks }));
    begin();
  };
  return { ...shown, again };
}
