/**
 * Asking for one software release: its form, and what will happen.
 */
import type { ReactNode } from 'react';
import type { AgentState, CatalogueEntry } from '../../agent/api/contract.ts';
import { RequestForm } from '../form/request-form.tsx';
import { text } from '../messages.ts';
import { BackLink } from '../parts/back-link.tsx';
import { Tile } from '../parts/glyph.tsx';
import { Failure } from '../parts/note.tsx';
import { ScreenTitle } from '../parts/screen-title.tsx';
import { usePageState } from '../state/hooks.ts';

export function Request({ software, agent }: { software: string; agent: AgentState }): ReactNode {
  const catalogue = usePageState((state) => state.catalogue);
  if (catalogue.state === 'failed') return <Failure failure={catalogue.reason} />;
  if (catalogue.state === 'loading') return <p className="dim">{text('page.catalogue.loading')}</p>;
  const entry = catalogue.entries.find(({ name }) => name === software);
  if (entry === undefined) {
    return (
      <>
        <BackLink />
        <ScreenTitle>{text('page.request.unknown', { software })}</ScreenTitle>
        <p className="under">{text('page.request.unknown.under')}</p>
      </>
    );
  }
  return (
    <>
      <BackLink />
      <div className="heading">
        <Tile category={entry.category} big />
        <div className="heading-words">
          <ScreenTitle>{text('page.request.title', { title: entry.title })}</ScreenTitle>
          <p className="under">{entry.description}</p>
        </div>
      </div>
      <div className="request">
        <RequestForm key={entry.url} entry={entry} />
        <WhatHappens entry={entry} agent={agent} />
      </div>
    </>
  );
}

function WhatHappens({ entry, agent }: { entry: CatalogueEntry; agent: AgentState }): ReactNode {
  const free = agent.partitions.find(({ instance }) => instance === null);
  const here = agent.software.some(({ url, state }) => url === entry.url && state === 'available');
  const rows: [string, string][] = [
    [
      text('page.happens.download'),
      text(here ? 'page.happens.download.nothing' : 'page.happens.download.once'),
    ],
    [text('page.happens.partition'), free?.id ?? text('page.happens.partition.none')],
    [text('page.address'), free?.address ?? text('page.unknown-value')],
    [text('page.happens.seen'), text('page.happens.seen.you')],
  ];
  return (
    <aside>
      <h2 className="section">{text('page.happens')}</h2>
      <dl className="facts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className="small dim">{text('page.happens.isolation')}</p>
    </aside>
  );
}
