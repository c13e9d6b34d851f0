/**
 * A software release that is not in the catalogue, as the agent reads it.
 */
import { useCallback, useEffect, useState } from 'react';
import type { CatalogueEntry } from '../../../agent/api/contract.ts';
import { loaded, type Loaded } from '../../state/loaded.ts';
import { useStore } from '../../state/hooks.ts';

export type Release = {
  /** null as long as no release is named. */
  release: Loaded<CatalogueEntry> | null;
  /** Reads it once more. */
  again: () => void;
};

export function useRelease(url: string | undefined): Release {
  const { client } = useStore();
  const [answer, setAnswer] = useState<Loaded<CatalogueEntry>>({ state: 'loading' });
  const read = useCallback(
    (software: string): Promise<Loaded<CatalogueEntry>> => loaded(() => client.describe.query({ software })),
    [client],
  );
  useEffect(() => {
    if (url !== undefined) read(url).then(setAnswer, () => {});
  }, [read, url]);
  const again = (): void => {
    setAnswer({ state: 'loading' });
    if (url !== undefined) read(url).then(setAnswer, () => {});
  };
  return { release: url === undefined ? null : answer, again };
}
