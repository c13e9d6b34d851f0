/**
 * What can be requested. The whole item is the link.
 */
import type { ReactNode } from 'react';
import type { CatalogueEntry } from '../../../agent/api/contract.ts';
import { arrowKeys } from '../../parts/arrow-keys.ts';
import { Tile } from '../../parts/glyph.tsx';
import { Icon } from '../../parts/icons.tsx';
import { usePageState } from '../../state/hooks.ts';
import { linkTo } from '../../state/route.ts';
import { effortText } from '../../words/catalogue.ts';

export function CatalogueGrid({ entries }: { entries: readonly CatalogueEntry[] }): ReactNode {
  const software = usePageState((state) => state.agent?.software);
  const here = new Set(software?.filter(({ state }) => state === 'available').map(({ url }) => url));
  return (
    <ul className="catalogue" ref={arrowKeys}>
      {entries.map((entry) => (
        <li key={entry.url}>
          {/* What was installed since the catalogue was read is here too. */}
          <CatalogueItem entry={here.has(entry.url) ? { ...entry, here: true } : entry} />
        </li>
      ))}
    </ul>
  );
}

function CatalogueItem({ entry }: { entry: CatalogueEntry }): ReactNode {
  return (
    <a className="catalogue-item" href={linkTo({ screen: 'request', software: entry.name })}>
      <Tile category={entry.category} big />
      <span className="row-words">
        <span className="row-title">{entry.title}</span>
        <span className="catalogue-about">{entry.description}</span>
        <span className={entry.here ? 'effort here' : 'effort'}>
          {entry.here && <Icon name="check" size={13} />}
          {effortText(entry)}
        </span>
      </span>
    </a>
  );
}
