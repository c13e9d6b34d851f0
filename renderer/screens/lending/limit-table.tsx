/**
 * How much others may take: all of them together, and each of their partitions. Saved as soon as a field is left, and undone by a press.
 */
import { Button, SegmentedControl } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { LendingLimits, LimitName } from '../../../agent/api/contract-lending.ts';
import type { AgentState } from '../../../agent/api/contract.ts';
import { announce } from '../../parts/announcer.tsx';
import { Failure } from '../../parts/note.tsx';
import { useAction, useStore } from '../../state/hooks.ts';
import { useWanted } from '../../state/wanted.ts';
import { LimitRow } from './limit-row.tsx';
import { PartitionRow } from './partition-row.tsx';
import { LIMIT_NAMES, withLimit, type Scope } from './limits.ts';
import { lendingText, limitText } from './words.ts';

const SCOPES = ['together', 'each'] as const satisfies readonly Scope[];

type Saved = { what: string; before: LendingLimits };

export function LimitTable({ agent: { lending, partitions } }: { agent: AgentState }): ReactNode {
  const { client } = useStore();
  const { failure, run } = useAction();
  const [scope, setScope] = useState<Scope>('together');
  const [limits, want] = useWanted(lending.limits);
  const [saved, setSaved] = useState<Saved | null>(null);
  const set = async (changed: LendingLimits, done: Saved | null): Promise<void> => {
    want(changed);
    setSaved(null);
    if (await run(() => client.setLimits.mutate(changed))) {
      setSaved(done);
      announce(
        done === null
          ? lendingText('page-lending.saved')
          : lendingText('page-lending.saved.what', { what: done.what }),
        'answer',
      );
    } else want(null);
  };
  const save = (name: LimitName, limit: number | null): void => {
    const what = nowText(name, limit);
    void set(withLimit(limits, scope, name, limit), { what, before: limits });
  };
  return (
    <section className="limits">
      <div className="limits-head">
        <h2 className="section">{lendingText('page-lending.limits')}</h2>
        <SegmentedControl
          size="xs"
          aria-label={lendingText('page-lending.limits.scope')}
          data={SCOPES.map((value) => ({ value, label: lendingText(`page-lending.limits.${value}`) }))}
          value={scope}
          onChange={setScope}
        />
        <p className="limits-news small">
          {saved !== null && (
            <>
              {lendingText('page-lending.saved.what', { what: saved.what })}{' '}
              <Button variant="default" size="compact-sm" onClick={() => void set(saved.before, null)}>
                {lendingText('page-lending.undo')}
              </Button>
            </>
          )}
        </p>
      </div>
      {failure !== null && <Failure failure={failure} />}
      <div className="limit-row limit-heads" aria-hidden="true">
        <span />
        <span />
        <span>{lendingText('page-lending.limit.column')}</span>
        <span>{lendingText('page-lending.limit.used')}</span>
        <span>{lendingText('page-lending.limit.held')}</span>
      </div>
      <ul>
        {LIMIT_NAMES.map((name) => (
          <LimitRow
            // What was typed for all together is nothing for each of them.
            key={`${scope} ${name}`}
            name={name}
            scope={scope}
            lending={{ ...lending, limits }}
            partitions={partitions}
            onSave={save}
          />
        ))}
        {scope === 'together' && <PartitionRow lending={lending} />}
      </ul>
      <p className="limits-foot small">
        <b>{lendingText('page-lending.limits.foot.kernel')}</b>{' '}
        {lendingText('page-lending.limits.foot.kernel.means')}{' '}
        <b>{lendingText('page-lending.limits.foot.watched')}</b>{' '}
        {lendingText('page-lending.limits.foot.watched.means')}
      </p>
    </section>
  );
}

function nowText(name: LimitName, limit: number | null): string {
  return lendingText('page-lending.limit.now', {
    what: lendingText(`page-lending.limit.${name}`),
    limit: limit === null ? lendingText('page-lending.limit.none') : limitText(name, limit),
  });
}
