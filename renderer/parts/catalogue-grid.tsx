/**
 * What can be requested. The whole item is the link.
 */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { CatalogueEntry, SoftwareView } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { usePageState, useStore } from '../state/hooks.ts';
import { linkTo } from '../state/route.ts';
import { Tile } from './glyph.tsx';
import { Icon } from './icons.tsx';
import { Failure } from './note.tsx';

export function CatalogueGrid(): ReactNode {
  const store = useStore();
  const catalogue = usePageState((state) => state.catalogue);
  const software = usePageState((state) => state.agent?.software);
  switch (catalogue.state) {
    case 'loading':
      return <p className="dim">{text('page.catalogue.loading')}</p>;
    case 'failed':
      return (
        <Failure
          failure={catalogue.reason}
          action={
            <Button variant="default" onClick={() => void store.loadCatalogue()}>
              {text('page.try-again')}
            </Button>
          }
        />
      );
    default:
      return (
        <ul className="catalogue">
          {catalogue.entries.map((entry) => (
            <li key={entry.url}>
              <CatalogueItem entry={entry} ready={isReady(entry, software ?? [])} />
            </li>
          ))}
        </ul>
      );
  }
}

function isReady({ url }: CatalogueEntry, software: readonly SoftwareView[]): boolean {
  return software.some((release) => release.url === url && release.state === 'available');
}

function CatalogueItem({ entry, ready }: { entry: CatalogueEntry; ready: boolean }): ReactNode {
  return (
    <a className="catalogue-item" href={linkTo({ screen: 'request', software: entry.name })}>
      <Tile category={entry.category} big />
      <span className="row-words">
        <span className="row-title">{entry.title}</span>
        <span className="catalogue-about">{entry.description}</span>
        {ready ? (
          <span className="ready">
            <Icon name="check" size={13} />
            {text('page.catalogue.ready')}
          </span>
        ) : (
          <span className="dim tiny">{text('page.catalogue.fetched')}</span>
        )}
      </span>
    </a>
  );
}
