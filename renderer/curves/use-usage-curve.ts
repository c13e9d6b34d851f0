/**
 * The curves of partitions, for the parts that show them.
 */
import { useCallback, useSyncExternalStore } from 'react';
import { useStore } from '../state/hooks.ts';
import type { PageStore } from '../state/store.ts';
import { HISTORY_MINUTES, UsageRecorder, type UsageCurve } from './recorder.ts';

/** The last half hour of a partition; null until the agent has answered. Changes at most once in ten seconds. */
export function useUsageCurve(partition: string): UsageCurve {
  const recorder = recorderOf(useStore());
  const subscribe = useCallback(
    (listener: () => void) => recorder.follow(partition, listener),
    [recorder, partition],
  );
  return useSyncExternalStore(subscribe, () => recorder.samples(partition));
}

const recorders = new WeakMap<PageStore, UsageRecorder>();

function recorderOf(store: PageStore): UsageRecorder {
  const known = recorders.get(store);
  if (known !== undefined) return known;
  const recorder = new UsageRecorder({
    history: async (partition) => {
      const { samples } = await store.client.usageHistory.query({ partition, minutes: HISTORY_MINUTES });
      return samples.map(({ at, ...figures }) => ({ at: Date.parse(at), ...figures }));
    },
    now: Date.now,
  });
  recorders.set(store, recorder);
  let before = store.snapshot();
  store.subscribe(() => {
    const now = store.snapshot();
    const { connection, usage, tour } = before;
    before = now;
    const back = connection.state !== 'connected' && now.connection.state === 'connected';
    // Sample data in the place of the agent’s, or the other way round.
    if (back || tour !== now.tour) recorder.catchUp();
    if (usage !== now.usage) recorder.take(now.usage);
  });
  return recorder;
}
