import type { ReactNode } from 'react';
import { useShortcut } from '../frame/shortcuts.ts';
import { text } from '../messages.ts';
import { goTo, linkTo, type MainScreen } from '../state/route.ts';
import { Icon } from './icons.tsx';

/**
 * To the screen above; Escape leads there too.
 * @param byEscape false where something typed would be lost.
 */
export function BackLink({ to, byEscape = true }: { to: MainScreen; byEscape?: boolean }): ReactNode {
  useShortcut('back', () => {
    if (byEscape) goTo({ screen: to });
  });
  return (
    <a className="back" href={linkTo({ screen: to })}>
      <Icon name="back" />
      {text(`page.frame.nav.${to}`)}
    </a>
  );
}
