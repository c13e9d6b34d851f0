import type { ReactNode } from 'react';
import { text } from '../messages.ts';
import { linkTo } from '../state/route.ts';
import { Icon } from './icons.tsx';

/** To the first screen. */
export function BackLink(): ReactNode {
  return (
    <a className="back" href={linkTo({ screen: 'overview' })}>
      <Icon name="back" />
      {text('page.overview')}
    </a>
  );
}
