/**
 * How the parts of the page read the store and act.
 */
import { createContext, use, useState, useSyncExternalStore } from 'react';
import type { ErrorView } from '../../agent/api/contract.ts';
import { failureView } from '../connection/failure.ts';
import type { PageState, PageStore } from './store.ts';

export const StoreContext = createContext<PageStore | null>(null);

export function useStore(): PageStore {
  const store = use(StoreContext);
  if (store === null) throw new Error('StoreContext is missing');
  return store;
}

/** @param select must return the same value (by identity) as long as nothing it reads changed. */
export function usePageState<Selected>(select: (state: PageState) => Selected): Selected {
  const store = useStore();
  return useSyncExternalStore(store.subscribe, () => select(store.snapshot()));
}

export type Action = {
  busy: boolean;
  failure: ErrorView | null;
  /** Does `work`; what goes wrong is in `failure`. @returns whether it was done. */
  run: (work: () => Promise<unknown>) => Promise<boolean>;
  dismiss: () => void;
};

/** Something that a button starts: whether it is under way, and why it failed the last time. */
export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ErrorView | null>(null);
  const run = async (work: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true);
    setFailure(null);
    try {
      await work();
      return true;
    } catch (error) {
      setFailure(failureView(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, failure, run, dismiss: () => setFailure(null) };
}
