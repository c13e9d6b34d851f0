/**
 * How many partitions may hold what others run.
 */
import { NumberInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { LendingView } from '../../../agent/api/contract-lending.ts';
import { announce } from '../../parts/announcer.tsx';
import { Failure } from '../../parts/note.tsx';
import { useAction, useStore } from '../../state/hooks.ts';
import { lendingText } from './words.ts';

export function PartitionRow({ lending }: { lending: LendingView }): ReactNode {
  const { client } = useStore();
  const { failure, run } = useAction();
  const { mostPartitions: most } = lending;
  const [draft, setDraft] = useState<number | string | null>(null);
  const commit = async (value: number | string): Promise<void> => {
    const wanted = value === '' ? null : Math.round(Number(value));
    if (wanted === 0) return;
    if (wanted !== most && (await run(() => client.setMostPartitions.mutate({ most: wanted }))))
      announce(lendingText('page-lending.saved'), 'answer');
    setDraft(null);
  };
  const value = draft ?? most ?? '';
  const isNone = value !== '' && Number(value) === 0;
  return (
    <li className="limit-row">
      <div className="limit-words">
        <span id="partitions-title">{lendingText('page-lending.limit.partitions')}</span>
        <span className="limit-of">{lendingText('page-lending.limit.together')}</span>
      </div>
      <span className="limit-gap" />
      <NumberInput
        className="limit-field"
        aria-labelledby="partitions-title"
        aria-describedby="partitions-wrong"
        error={isNone}
        clampBehavior="none"
        hideControls
        allowNegative={false}
        allowDecimal={false}
        placeholder={lendingText('page-lending.limit.none')}
        value={value}
        onChange={setDraft}
        onBlur={() => void commit(value)}
        onKeyDown={({ key }) => {
          if (key === 'Enter') void commit(value);
          if (key === 'Escape') setDraft(null);
        }}
      />
      <span className="limit-used">
        <span className="limit-narrow">{lendingText('page-lending.limit.used')} </span>
        {lending.used.partitions}
      </span>
      <span className="held">{lendingText('page-lending.limit.admitted')}</span>
      <div className="limit-notes">
        <span id="partitions-wrong" className="limit-wrong problem" role={isNone ? 'alert' : undefined}>
          {isNone && lendingText('page-lending.wrong.too-small')}
        </span>
        {failure !== null && <Failure failure={failure} />}
      </div>
    </li>
  );
}
