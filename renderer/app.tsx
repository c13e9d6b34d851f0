/**
 * The frame around the screens.
 */
import type { ReactNode } from 'react';
import { text } from './messages.ts';
import { Announcer } from './parts/announcer.tsx';
import { Mark } from './parts/glyph.tsx';
import { Note } from './parts/note.tsx';
import { Overview } from './screens/overview.tsx';
import { Partition } from './screens/partition.tsx';
import { Request } from './screens/request.tsx';
import { SignedOut } from './screens/signed-out.tsx';
import { usePageState } from './state/hooks.ts';
import { linkTo, useRoute, type Route } from './state/route.ts';
import type { PageState } from './state/store.ts';

const everything = (state: PageState): PageState => state;

export function App(): ReactNode {
  const { connection, agent } = usePageState(everything);
  const route = useRoute();
  return (
    <>
      <a className="skip" href="#main" onClick={skip}>
        {text('page.skip')}
      </a>
      <header className="header">
        <a className="brand" href={linkTo({ screen: 'overview' })}>
          <Mark />
          {text('page.product')}
        </a>
        {agent !== null && <span className="computer">{agent.agent.computerId}</span>}
      </header>
      <main id="main" className="main" tabIndex={-1}>
        {connection.state === 'lost' && (
          <div role="alert">
            <Note tone="paused">
              <b>{text('page.lost.sentence')}</b> {text('page.lost.again')}
            </Note>
          </div>
        )}
        {connection.state === 'signed-out' ? (
          <SignedOut reason={connection.reason} />
        ) : (
          <Screen route={route} agent={agent} lost={connection.state === 'lost'} />
        )}
      </main>
      <Announcer />
    </>
  );
}

function Screen({
  route,
  agent,
  lost,
}: {
  route: Route;
  agent: PageState['agent'];
  lost: boolean;
}): ReactNode {
  if (agent === null) return lost ? null : <p className="dim">{text('page.connecting')}</p>;
  switch (route.screen) {
    case 'request':
      return <Request key={route.software} software={route.software} agent={agent} />;
    case 'partition':
      return (
        <Partition
          key={route.id}
          id={route.id}
          partition={agent.partitions.find(({ id }) => id === route.id)}
        />
      );
    default:
      return <Overview agent={agent} />;
  }
}

/** Moves the focus without touching the address, which names the screen. */
function skip(event: { preventDefault: () => void }): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
