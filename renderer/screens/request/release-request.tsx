/**
 * The form of one software release under its heading, and beside it what will happen.
 */
import { useState, type ReactNode } from 'react';
import type { AgentState, CatalogueEntry } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { Tile } from '../../parts/glyph.tsx';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import type { AsCommand as Command } from '../../words/command-line.ts';
import { AsCommand } from './as-command.tsx';
import { RequestForm } from './request-form.tsx';
import './request.css';
import { WhatHappens } from './what-happens.tsx';

export function ReleaseRequest({ entry, agent }: { entry: CatalogueEntry; agent: AgentState }): ReactNode {
  const [command, setCommand] = useState<Command | null>(null);
  return (
    <>
      <div className="heading">
        <Tile category={entry.category} big />
        <div className="heading-words">
          <ScreenTitle focused={false}>{text('page.request.title', { title: entry.title })}</ScreenTitle>
          <p className="under">{entry.description}</p>
        </div>
      </div>
      <div className="request">
        <RequestForm key={entry.url} entry={entry} onChange={setCommand} />
        <aside>
          <WhatHappens entry={entry} agent={agent} />
          <AsCommand command={command} />
        </aside>
      </div>
    </>
  );
}
