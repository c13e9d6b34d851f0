/**
 * The masters whose people could start something here now, and how much of it runs.
 */
import type { ReactNode } from 'react';
import type { AgentState } from '../../../agent/api/contract.ts';
import { mastersText } from '../../words/masters.ts';

export function MastersAllowed({ agent: { masters, partitions } }: { agent: AgentState }): ReactNode {
  const runningFor = (id: string): number =>
    partitions.filter(({ master, instance }) => master === id && instance?.state === 'started').length;
  return masters.map(({ id, title }) => (
    <p key={id} className="person">
      <span className="avatar other" aria-hidden="true">
        {Array.from(title)[0]?.toUpperCase()}
      </span>
      <span>{title}</span>
      <span className="dim small">{mastersText('masters.running', { count: runningFor(id) })}</span>
    </p>
  ));
}
