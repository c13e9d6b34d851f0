/**
 * Where what is hosted may connect to.
 */
import { Radio } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { Egress, LendingView } from '../../../agent/api/contract-lending.ts';
import { announce } from '../../parts/announcer.tsx';
import { Failure } from '../../parts/note.tsx';
import { useAction, useStore } from '../../state/hooks.ts';
import { lendingText } from './words.ts';

const CHOICES = ['none', 'internet', 'everything'] as const satisfies readonly Egress[];

export function EgressChoice({ lending }: { lending: LendingView }): ReactNode {
  const { client } = useStore();
  const { failure, run } = useAction();
  const [wanted, setWanted] = useState<Egress | null>(null);
  const choose = async (egress: Egress): Promise<void> => {
    setWanted(egress);
    if (await run(() => client.setEgress.mutate({ egress })))
      announce(lendingText('page-lending.saved'), 'answer');
    setWanted(null);
  };
  return (
    <section>
      <h2 className="section" id="egress">
        {lendingText('page-lending.egress')}
      </h2>
      <div role="radiogroup" aria-labelledby="egress" className="egress">
        {CHOICES.map((egress) => (
          <Radio
            key={egress}
            name="egress"
            value={egress}
            checked={egress === (wanted ?? lending.egress)}
            label={lendingText(`page-lending.egress.${egress}`)}
            description={lendingText(`page-lending.egress.${egress}.detail`)}
            onChange={() => void choose(egress)}
          />
        ))}
      </div>
      {failure !== null && <Failure failure={failure} />}
    </section>
  );
}
