/**
 * The way to each screen: a side bar, or a bar at the bottom of a narrow window. At the foot of the side bar the state, on every
 * screen.
 */
import { UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';
import { text } from '../messages.ts';
import { Mark } from '../parts/glyph.tsx';
import { Icon } from '../parts/icons.tsx';
import { later } from '../parts/later.tsx';
import { StateLabel } from '../parts/state-label.tsx';
import { usePageState } from '../state/hooks.ts';
import {
  IN_NARROW_BAR,
  linkTo,
  MAIN_SCREENS,
  mainScreenOf,
  type MainScreen,
  type Route,
} from '../state/route.ts';
import { footOf } from '../words/sentence.ts';

/** A gap stands before these. */
const GROUP_STARTS: ReadonlySet<MainScreen | 'more'> = new Set(['lending', 'doctor']);
/** What a narrow window has room for. */
const IN_BAR = [...MAIN_SCREENS.slice(0, IN_NARROW_BAR), 'more'] as const;

const PauseButton = later(async () => (await import('../screens/pause/index.ts')).PauseButton);

type Properties = { route: Route; onShowKeys: () => void };

export function SideBar({ route, onShowKeys }: Properties): ReactNode {
  return (
    <nav className="side" aria-label={text('page.frame.nav')}>
      <a className="brand" href={linkTo({ screen: 'overview' })}>
        <Mark />
        {text('page.frame.product')}
      </a>
      <NavigationLinks screens={MAIN_SCREENS} route={route} size={18} />
      <div className="side-foot">
        <Foot />
        <PauseButton />
        <UnstyledButton
          className="keys-button"
          aria-label={text('page.frame.keys.list')}
          onClick={onShowKeys}
        >
          <kbd aria-hidden="true">?</kbd>
        </UnstyledButton>
      </div>
    </nav>
  );
}

export function BottomBar({ route }: Properties): ReactNode {
  return (
    <nav className="bottom" aria-label={text('page.frame.nav')}>
      <NavigationLinks screens={IN_BAR} route={route} size={21} />
    </nav>
  );
}

function NavigationLinks({
  screens,
  route,
  size,
}: {
  screens: readonly (MainScreen | 'more')[];
  route: Route;
  size: number;
}): ReactNode {
  const main = mainScreenOf(route);
  const now = screens.includes(main) ? main : 'more';
  return (
    <ul className="nav">
      {screens.map((screen) => (
        <li key={screen} className={GROUP_STARTS.has(screen) ? 'nav-group' : undefined}>
          <a
            className="nav-link"
            href={linkTo({ screen })}
            aria-current={screen === now ? (screen === route.screen ? 'page' : 'true') : undefined}
          >
            <Icon name={screen} size={size} />
            {text(`page.frame.nav.${screen}`)}
          </a>
        </li>
      ))}
    </ul>
  );
}

/** Shape, word and one clause. */
function Foot(): ReactNode {
  const agent = usePageState((state) => state.agent);
  const connection = usePageState((state) => state.connection.state);
  const { tone, label, clause } = footOf(agent, connection);
  return (
    <div className="side-state">
      <StateLabel tone={tone}>{label}</StateLabel>
      <div>{clause}</div>
    </div>
  );
}
