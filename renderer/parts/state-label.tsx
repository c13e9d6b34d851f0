/**
 * A state as shape, colour and word: the shapes differ as well as the colours.
 */
import type { ReactNode } from 'react';
import type { InstanceView } from '../../agent/api/contract.ts';
import { stateText, toneOf, type Tone } from '../words/instance.ts';

const shapes: Readonly<Record<Tone, ReactNode>> = {
  hosting: <path d="M1 2.5h6.3v5H1zM8.7 2.5H15v5H8.7zM1 8.9h6.3v5H1zM8.7 8.9H15v5H8.7z" />,
  local: <rect x="4" y="4" width="8" height="8" rx="1.5" />,
  paused: (
    <>
      <rect x="3" y="2" width="4" height="12" rx="1" />
      <rect x="9" y="2" width="4" height="12" rx="1" />
    </>
  ),
  problem: (
    <>
      <rect x="6.5" y="1.5" width="3" height="8.5" rx="1" />
      <rect x="6.5" y="11.5" width="3" height="3" rx="1" />
    </>
  ),
  quiet: (
    <rect x="4" y="4" width="8" height="8" rx="1.5" fill="none" stroke="currentColor" strokeWidth="1.6" />
  ),
};

export function ToneIcon({ tone, size = 16 }: { tone: Tone; size?: number }): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" fill="currentColor">
      {shapes[tone]}
    </svg>
  );
}

export function StateLabel({ tone, children }: { tone: Tone; children: ReactNode }): ReactNode {
  return (
    <span className={`state ${tone}`}>
      <ToneIcon tone={tone} />
      {children}
    </span>
  );
}

export function InstanceState({ instance }: { instance: InstanceView }): ReactNode {
  return <StateLabel tone={toneOf(instance)}>{stateText(instance)}</StateLabel>;
}
