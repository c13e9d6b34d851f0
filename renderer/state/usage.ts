/**
 * What the partitions take of the computer, as it is pushed.
 */
import type { Usage } from '../../agent/api/contract.ts';
import { usePageState } from './hooks.ts';

/** Of one partition; null while nothing is known. Drawn again only when its own figures change. */
export function useUsage(id: string): Usage | null {
  return usePageState((state) => state.usage[id] ?? null);
}
