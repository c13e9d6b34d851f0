/**
 * Moments that are said as “today at 13:58” and stay on the screen: midnight passes, laptops travel and clocks are set while a
 * page is open, and no event tells of it.
 */
import { useSyncExternalStore } from 'react';
import { momentText } from '../words/time.ts';

const LOOK_MILLISECONDS = 60_000;

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;

/**
 * When something began, in words that stay true.
 * @returns null when that is not known, or still to come: the clock was set back since.
 */
export function useMomentText(at: string): string | null {
  return useSyncExternalStore(subscribe, () => beganText(Date.parse(at), Date.now()));
}

function beganText(began: number, now: number): string | null {
  return began <= now ? momentText(began, now) : null;
}

function look(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === null) {
    timer = setInterval(look, LOOK_MILLISECONDS);
    document.addEventListener('visibilitychange', look);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
    document.removeEventListener('visibilitychange', look);
  };
}
