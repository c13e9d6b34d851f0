/**
 * Which category a software release belongs to, as the catalogue says.
 */
import { useMemo } from 'react';
import { usePageState } from './hooks.ts';

/** Empty for software that is not in the catalogue. */
export function useCategories(): (softwareUrl: string) => string {
  const catalogue = usePageState((state) => state.catalogue);
  return useMemo(() => {
    const entries = catalogue.state === 'loaded' ? catalogue.value : [];
    const categories = new Map(entries.map(({ url, category }) => [url, category]));
    return (softwareUrl) => categories.get(softwareUrl) ?? '';
  }, [catalogue]);
}
