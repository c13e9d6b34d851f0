/**
 * The one place from which a screen reader is told what changed: politely at most once in five seconds, and only the latest.
 */
import { useSyncExternalStore, type ReactNode } from 'react';

/**
 * `polite` waits its turn and is news; `answer` is what a person just did, said at once; `assertive` interrupts and is for
 * problems only.
 */
export type Urgency = 'polite' | 'answer' | 'assertive';

const QUIET_MILLISECONDS = 5000;

let said = { polite: '', assertive: '' };
let saidAt = Number.NEGATIVE_INFINITY;
let waiting: string | null = null;
let timer: ReturnType<typeof setTimeout> | null = null;
const listeners = new Set<() => void>();

export function announce(words: string, urgency: Urgency = 'polite'): void {
  if (urgency === 'assertive') {
    say('assertive', words);
    return;
  }
  const wait = urgency === 'answer' ? 0 : saidAt + QUIET_MILLISECONDS - performance.now();
  if (wait <= 0) {
    sayPolitely(words);
    return;
  }
  waiting = words;
  timer ??= setTimeout(() => {
    timer = null;
    if (waiting !== null) sayPolitely(waiting);
  }, wait);
}

function sayPolitely(words: string): void {
  waiting = null;
  saidAt = performance.now();
  say('polite', words);
}

function say(where: keyof typeof said, words: string): void {
  // The same words again are a change only when the region differs.
  said = { ...said, [where]: said[where] === words ? `${words}\u00a0` : words };
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
