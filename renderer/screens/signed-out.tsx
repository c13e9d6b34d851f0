/**
 * A page that was not let in: why, and how to be.
 */
import type { ReactNode } from 'react';
import type { ErrorView } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { ScreenTitle } from '../parts/screen-title.tsx';
import { StateLabel } from '../parts/state-label.tsx';

export function SignedOut({ reason }: { reason: ErrorView }): ReactNode {
  return (
    <>
      <StateLabel tone="paused">{text('page.session.label')}</StateLabel>
      <ScreenTitle className="sentence">{reason.sentence}</ScreenTitle>
      <p className="under">{reason.nextStep}</p>
      <p className="under small">{text('page.session.safe')}</p>
    </>
  );
}
