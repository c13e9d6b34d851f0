/**
 * A filled box: what needs to be read now.
 */
import type { ReactNode } from 'react';
import type { ErrorView } from '../../agent/api/contract.ts';
import { ToneIcon } from './state-label.tsx';

export function Note({
  tone,
  children,
  action,
}: {
  tone: 'hosting' | 'local' | 'paused' | 'problem';
  children: ReactNode;
  action?: ReactNode;
}): ReactNode {
  return (
    <div className={`note ${tone}`}>
      <ToneIcon tone={tone} size={20} />
      <div className="note-words">{children}</div>
      {action}
    </div>
  );
}

/** A failure in the agent's words: what happened, then the next step. */
export function Failure({
  failure,
  tone = 'problem',
  action,
}: {
  failure: ErrorView;
  tone?: 'paused' | 'problem';
  action?: ReactNode;
}): ReactNode {
  return (
    <div role={tone === 'problem' ? 'alert' : undefined}>
      <Note tone={tone} action={action}>
        <b>{failure.sentence}</b> {failure.nextStep}
      </Note>
    </div>
  );
}
