/**
 * A page that was not let in: why, and how to be.
 */
import type { ReactNode } from 'react';
import type { ErrorView } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { Alone } from '../../parts/alone.tsx';
import { Fix } from '../../parts/fix.tsx';
import { StateLabel } from '../../parts/state-label.tsx';

export function SignedOut({ reason }: { reason: ErrorView }): ReactNode {
  return (
    <Alone
      label={<StateLabel tone="paused">{text('page.session.label')}</StateLabel>}
      title={reason.sentence}
    >
      <Fix fix={reason.nextStep} className="under" />
      <p className="under small alone-safe">{text('page.session.safe')}</p>
    </Alone>
  );
}
