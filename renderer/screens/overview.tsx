/**
 * The first screen: one sentence, what runs, and what can be requested.
 */
import { useEffect, type ReactNode } from 'react';
import type { AgentState } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { announce } from '../parts/announcer.tsx';
import { CatalogueGrid } from '../parts/catalogue-grid.tsx';
import { InstanceList } from '../parts/instance-list.tsx';
import { Failure } from '../parts/note.tsx';
import { ScreenTitle } from '../parts/screen-title.tsx';
import { StateLabel } from '../parts/state-label.tsx';
import { Windows } from '../parts/windows.tsx';
import { useCategories } from '../state/categories.ts';
import { headlineOf } from '../words/sentence.ts';

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
      <Windows partitions={agent.partitions} categoryOf={categoryOf} />
      {used.length > 0 && (
        <section>
          <h2 className="section">{text('page.yours')}</h2>
          <InstanceList partitions={used} categoryOf={categoryOf} />
        </section>
      )}
      <section>
        <h2 className="section">{text('page.catalogue')}</h2>
        <CatalogueGrid />
      </section>
    </>
  );
}
