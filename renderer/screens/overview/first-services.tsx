/**
 * What to begin with, while nothing is there: one service of each of a few kinds.
 */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { CatalogueEntry } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { Tile } from '../../parts/glyph.tsx';
import { usePageState } from '../../state/hooks.ts';
import { linkTo } from '../../state/route.ts';
import { effortText } from '../../words/catalogue.ts';

const MOST_SHOWN = 3;

export function FirstServices(): ReactNode {
  const catalogue = usePageState((state) => state.catalogue);
  const entries = catalogue.state === 'loaded' ? catalogue.value : [];
  return (
    <section className="first-services">
      {entries.length > 0 && (
        <>
          <h2 className="section">{text('page.overview.first')}</h2>
          <ul className="lines">
            {firstOf(entries).map((entry) => (
              <li key={entry.url} className="line">
                <Tile category={entry.category} />
                <div className="row-words">
                  <span className="row-title">{entry.title}</span>
                  <span className="row-under">{entry.description}</span>
                </div>
                <span className="small dim first-effort">{effortText(entry)}</span>
                <Button
                  component="a"
                  variant="default"
                  href={linkTo({ screen: 'request', software: entry.name })}
                  aria-label={text('page.request.title', { title: entry.title })}
                >
                  {text('page.request')}
                </Button>
              </li>
            ))}
          </ul>
        </>
      )}
      <p className="more">
        <a href={linkTo({ screen: 'services' })}>
          {text('page.overview.all-services', { count: entries.length })}
        </a>
      </p>
    </section>
  );
}

/** What is here already comes first, then what is quick to get; no two of a kind as long as there are other kinds. */
function firstOf(entries: readonly CatalogueEntry[]): CatalogueEntry[] {
  const quickest = entries.toSorted((one, other) => effortOf(one) - effortOf(other));
  const categories = new Set<string>();
  const [distinct, rest]: [CatalogueEntry[], CatalogueEntry[]] = [[], []];
  for (const entry of quickest) {
    (categories.has(entry.category) ? rest : distinct).push(entry);
    categories.add(entry.category);
  }
  return [...distinct, ...rest].slice(0, MOST_SHOWN);
}

function effortOf({ here, bytesToDownload }: CatalogueEntry): number {
  return here ? 0 : (bytesToDownload ?? Number.MAX_SAFE_INTEGER);
}
