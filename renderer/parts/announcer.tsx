/**
 * The one place from which a screen reader is told what changed.
 */
import { useSyncExternalStore, type ReactNode } from 'react';

type Urgency = 'polite' | 'assertive';

let said: Readonly<Record<Urgency, string>> = { polite: '', assertive: '' };
const listeners = new Set<() => void>();

/** Says `words` once; `assertive` interrupts and is for problems only. */
export function announce(words: string, urgency: Urgency = 'polite'): void {
  // The same words again are a change only when the region differs.
  said = { ...said, [urgency]: said[urgency] === words ? `${words}\u00a0` : words };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Announcer(): ReactNode {
  const { polite, assertive } = useSyncExternalStore(subscribe, () => said);
  return (
    <div className="visually-hidden">
      <output aria-live="polite">{polite}</output>
      <div role="alert" aria-live="assertive">
        {assertive}
      </div>
    </div>
  );
}
