/**
 * The catalogue: what can be requested, looked through by words and by category.
 */
import { Button, TextInput } from '@mantine/core';
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { AgentState, CatalogueEntry, SoftwareView } from '../../../agent/api/contract.ts';
import { useShortcut } from '../../frame/shortcuts.ts';
import { text } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Failure } from '../../parts/note.tsx';
import { hasKeyboard } from '../../parts/pointer.ts';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { usePageState, useStore } from '../../state/hooks.ts';
import { goTo, linkTo } from '../../state/route.ts';
import { categoriesOf, foundIn, type Category } from '../../words/catalogue.ts';
import { excerpt } from '../../words/excerpt.ts';
import { CatalogueGrid } from './catalogue-grid.tsx';
import { CategoryChips } from './category-chips.tsx';
import { OtherSoftware } from './other-software.tsx';
import './services.css';

/** How long the typing must rest before the number of services found is said. */
const STILL_MILLISECONDS = 800;

export function Services({ agent }: { agent: AgentState }): ReactNode {
  const catalogue = usePageState((state) => state.catalogue);
  const [search, setSearch] = useState('');
  const [category, setCategory] = useState<Category | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const entries = catalogue.state === 'loaded' ? catalogue.value : [];
  const found = foundIn(entries, search, category);
  useShortcut('search', () => input.current?.select());
  useEffect(() => {
    if (hasKeyboard()) input.current?.focus({ preventScroll: true });
  }, []);
  useCountAnnounced(catalogue.state === 'loaded' ? found.length : null);

  const openFirst = (event: KeyboardEvent): void => {
    const [first] = found;
    if (event.key === 'Escape' && search !== '') setSearch('');
    if (event.key !== 'Enter' || search === '' || first === undefined) return;
    goTo({ screen: 'request', software: first.name });
  };
  const clear = (): void => {
    setSearch('');
    setCategory(null);
    input.current?.focus();
  };

  return (
    <>
      <div className="services-head">
        <ScreenTitle focused={false}>{text('page.frame.nav.services')}</ScreenTitle>
        <TextInput
          ref={input}
          className="services-search"
          type="search"
          aria-label={text('page.services.search')}
          placeholder={text('page.services.search')}
          leftSection={<Icon name="search" />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          onKeyDown={openFirst}
        />
      </div>
      {entries.length > 0 && (
        <CategoryChips categories={categoriesOf(entries)} chosen={category} onChoose={setCategory} />
      )}
      <Found agent={agent} entries={found} search={search} onClear={clear} />
    </>
  );
}

/** Says once the typing rests how many there are. */
function useCountAnnounced(count: number | null): void {
  const before = useRef(count);
  useEffect(() => {
    if (count === null || before.current === count) return undefined;
    const timer = setTimeout(() => {
      before.current = count;
      announce(text('page.services.count', { count }), 'answer');
    }, STILL_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [count]);
}

function Found({
  agent,
  entries,
  search,
  onClear,
}: {
  agent: AgentState;
  entries: readonly CatalogueEntry[];
  search: string;
  onClear: () => void;
}): ReactNode {
  const store = useStore();
  const catalogue = usePageState((state) => state.catalogue);
  if (catalogue.state === 'loading') return <Waiting rows={6}>{text('page.services.loading')}</Waiting>;
  if (catalogue.state === 'failed') {
    const here = agent.software.filter(isHere);
    return (
      <>
        <Failure
          failure={catalogue.reason}
          action={
            <Button variant="default" onClick={() => void store.loadCatalogue()}>
              {text('page.try-again')}
            </Button>
          }
        />
        <p className="under">{text('page.services.failed', { count: here.length })}</p>
        <OtherSoftware software={here} />
        <ByUrl />
      </>
    );
  }
  if (entries.length === 0) return <NothingFound search={search} onClear={onClear} />;
  const listed = new Set(catalogue.value.map(({ url }) => url));
  return (
    <>
      <CatalogueGrid entries={entries} />
      <OtherSoftware
        software={agent.software.filter((software) => !listed.has(software.url) && isHere(software))}
      />
      <ByUrl />
    </>
  );
}

function ByUrl(): ReactNode {
  return (
    <p className="more">
      <a href={linkTo({ screen: 'request-url' })}>{text('page.services.by-url')}</a>
    </p>
  );
}

function isHere({ state, requestedState }: SoftwareView): boolean {
  return state === 'available' && requestedState === 'available';
}

function NothingFound({ search, onClear }: { search: string; onClear: () => void }): ReactNode {
  return (
    <div className="empty">
      <h2>
        {search.trim() === ''
          ? text('page.services.none')
          : text('page.services.nothing', { search: excerpt(search.trim()) })}
      </h2>
      <p className="under">{text('page.services.nothing.under')}</p>
      <div className="buttons">
        <Button variant="default" onClick={onClear}>
          {text('page.services.clear')}
        </Button>
        <Button variant="default" component="a" href={linkTo({ screen: 'request-url' })}>
          {text('page.services.by-url')}
        </Button>
      </div>
    </div>
  );
}
