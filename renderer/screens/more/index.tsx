/**
 * The screens that have no place in the bar of a narrow window, and the state, which has none there either.
 */
import type { ReactNode } from 'react';
import { text } from '../../messages.ts';
import { Icon } from '../../parts/icons.tsx';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import { StateLabel } from '../../parts/state-label.tsx';
import { usePageState } from '../../state/hooks.ts';
import { IN_NARROW_BAR, linkTo, MAIN_SCREENS } from '../../state/route.ts';
import { footOf } from '../../words/sentence.ts';
import { PauseButton } from '../pause/index.ts';
import './more.css';

export function More(): ReactNode {
  const agent = usePageState((state) => state.agent);
  const connection = usePageState((state) => state.connection.state);
  const { tone, label, clause } = footOf(agent, connection);
  return (
    <>
      <ScreenTitle>{text('page.frame.nav.more')}</ScreenTitle>
      <ul className="more-screens">
        {MAIN_SCREENS.slice(IN_NARROW_BAR).map((screen) => (
          <li key={screen}>
            <a href={linkTo({ screen })}>
              <Icon name={screen} size={21} />
              {text(`page.frame.nav.${screen}`)}
              <Icon name="forward" />
            </a>
          </li>
        ))}
      </ul>
      <div className="more-state">
        <div>
          <StateLabel tone={tone}>{label}</StateLabel>
          <div className="small dim">{clause}</div>
        </div>
        <PauseButton labelled />
      </div>
    </>
  );
}
