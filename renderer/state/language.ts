/** The language of sentences, numbers and dates; who reads it is drawn anew when another is chosen. */
import { useSyncExternalStore } from 'react';
import { chosenLanguage, currentLanguage, subscribeLanguage, type Language } from '../messages.ts';

export function useLanguage(): Language {
  return useSyncExternalStore(subscribeLanguage, currentLanguage);
}

/** What the person chose; null for “as the system”. */
export function useChosenLanguage(): Language | null {
  return useSyncExternalStore(subscribeLanguage, chosenLanguage);
}
