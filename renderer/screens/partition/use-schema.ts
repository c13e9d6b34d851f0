/**
 * The schema of an instance’s parameters: from the catalogue, or asked of the agent for software that is not in it.
 */
import { useEffect, useMemo, useState } from 'react';
import type { InstanceView } from '../../../agent/api/contract.ts';
import { usePageState, useStore } from '../../state/hooks.ts';
import { guessedFrom, schemaOf, type Schema } from './parameter-schema.ts';

/** null until it is known. */
export function useSchema(instance: InstanceView): Schema | null {
  const { client } = useStore();
  const catalogue = usePageState((state) => state.catalogue);
  const [asked, setAsked] = useState<Schema | 'none' | null>(null);
  const { softwareUrl: software, softwareType, parameters } = instance;
  const known = catalogue.state === 'loaded' ? schemaOf(catalogue.value, instance) : null;
  const missing = catalogue.state !== 'loading' && known === null;

  useEffect(() => {
    if (!missing) return undefined;
    let gone = false;
    const answer = (schema: Schema | null): void => {
      if (!gone) setAsked(schema ?? 'none');
    };
    // Without an answer the parameters are shown as they are, and the agent checks what is sent.
    void client.describe.query({ software }).then(
      (entry) => answer(schemaOf([{ ...entry, url: software }], { softwareUrl: software, softwareType })),
      () => answer(null),
    );
    return () => {
      gone = true;
    };
  }, [client, software, softwareType, missing]);

  const found = known ?? asked;
  return useMemo(() => (found === 'none' ? guessedFrom({ parameters }) : found), [found, parameters]);
}
