/**
 * Every partition in use: who lives in it, how it is, and what it takes of this computer.
 */
import { Button } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { AgentState } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import { usePageState } from '../../state/hooks.ts';
import { linkTo } from '../../state/route.ts';
import { bytesText } from '../../words/amounts.ts';
import { isHosted } from '../../words/owner.ts';
import { usedOf } from './filter.ts';
import { PartitionTable } from './partition-table.tsx';
import './partitions.css';

export function Partitions({ agent }: { agent: AgentState }): ReactNode {
  const used = usedOf(agent.partitions);
  const total = agent.partitions.length;
  if (used.length === 0) return <Empty total={total} />;
  return (
    <>
      <ScreenTitle>{text('page.frame.nav.partitions')}</ScreenTitle>
      <Sum used={used.length} total={total} others={used.some(({ instance }) => isHosted(instance))} />
      <PartitionTable used={used} />
      <Free agent={agent} />
    </>
  );
}

function Empty({ total }: { total: number }): ReactNode {
  return (
    <>
      <ScreenTitle>{text('page.frame.nav.partitions')}</ScreenTitle>
      <div className="nobody">
        <svg width="148" height="62" viewBox="0 0 148 62" aria-hidden="true">
          {Array.from({ length: 10 }, (_, window) => (
            <rect
              key={window}
              x={1 + 30 * (window % 5)}
              y={1 + 32 * Math.floor(window / 5)}
              width="26"
              height="28"
              rx="7"
            />
          ))}
        </svg>
        <h2>{text('page.partitions.empty', { total })}</h2>
        <p className="under">{text('page.partitions.empty.under')}</p>
        <Button component="a" href={linkTo({ screen: 'services' })}>
          {text('page.partitions.see-services')}
        </Button>
      </div>
    </>
  );
}

function Sum({
  used,
  total,
  others,
}: {
  used: number;
  total: number;
  /** Whether not all of them are the person's own. */
  others: boolean;
}): ReactNode {
  // A sum in bytes differs every second; its words seldom do.
  const memory = usePageState(({ usage }) =>
    bytesText(Object.values(usage).reduce((sum, { memoryBytes }) => sum + memoryBytes, 0)),
  );
  return <p className="under">{text('page.partitions.sum', { used, total, others, memory })}</p>;
}

/** The partitions nobody lives in: there is little to say of them, and nothing to do. */
function Free({ agent }: { agent: AgentState }): ReactNode {
  const [shown, setShown] = useState(false);
  const free = agent.partitions.filter(({ instance }) => instance === null);
  return (
    <div className="free">
      <p className="small dim">
        <span className="curves-note">{text('page.partitions.curves')} </span>
        {free.length > 0 && (
          <button
            type="button"
            className="text-button"
            aria-expanded={shown}
            onClick={() => setShown(!shown)}
          >
            {text(shown ? 'page.partitions.free.hide' : 'page.partitions.free.show', { count: free.length })}
          </button>
        )}
      </p>
      {shown && (
        <ul className="free-list">
          {free.map(({ id, address }) => (
            <li key={id}>
              <span>{id}</span> <span className="mono dim">{address}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
