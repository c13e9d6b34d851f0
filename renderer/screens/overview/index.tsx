/**
 * The first screen: one sentence, the windows, what needs somebody, and what runs now.
 */
import { useEffect, type ReactNode } from 'react';
import type { AgentState } from '../../../agent/api/contract.ts';
import { announce } from '../../parts/announcer.tsx';
import { Failure } from '../../parts/note.tsx';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import { StateLabel } from '../../parts/state-label.tsx';
import { useCategories } from '../../state/categories.ts';
import { headlineOf } from '../../words/sentence.ts';
import { FirstServices } from './first-services.tsx';
import { NeedsYou } from './needs-you.tsx';
import './overview.css';
import { Resources } from './resources.tsx';
import { ServiceRows } from './service-rows.tsx';
import { Windows } from './windows.tsx';

export function Overview({ agent }: { agent: AgentState }): ReactNode {
  const categoryOf = useCategories();
  const { tone, label, sentence, under } = headlineOf(agent);
  useEffect(() => announce(sentence), [sentence]);
  const used = agent.partitions.filter(({ instance }) => instance !== null);
  return (
    <>
      <StateLabel tone={tone}>{label}</StateLabel>
      <ScreenTitle className="sentence">{sentence}</ScreenTitle>
      <p className="under">{under}</p>
      {agent.agent.notices.map((notice) => (
        <Failure key={notice.id} failure={notice} tone="paused" />
      ))}
      <NeedsYou partitions={used} />
      <Windows partitions={agent.partitions} categoryOf={categoryOf} />
      {used.length === 0 ? (
        <FirstServices />
      ) : (
        <div className="two-columns">
          <ServiceRows partitions={used} categoryOf={categoryOf} />
          <Resources agent={agent} />
        </div>
      )}
    </>
  );
}
