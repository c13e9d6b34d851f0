/**
 * What the rules would have meant: asked when the screen is entered, and when rules change; told once they have been left alone.
 */
import { useEffect, useRef, useState } from 'react';
import type { Preview, Rules } from '../../../agent/api/contract-conditions.ts';
import { announce } from '../../parts/announcer.tsx';
import { useStore } from '../../state/hooks.ts';
import { loaded, type Loaded } from '../../state/loaded.ts';
import { useSame } from '../../state/wanted.ts';

/** Before today: with it, they are seven. */
const DAYS = 6;
/** A drag over the schedule, or a held key, changes rules many times. */
const ASK_MILLISECONDS = 150;
const STILL_MILLISECONDS = 1000;

/** What was known stays until the answer is there. */
export function usePreview(now: Rules): Loaded<Preview> {
  const { client } = useStore();
  const rules = useSame(now);
  const [preview, setPreview] = useState<Loaded<Preview>>({ state: 'loading' });
  const asked = useRef(false);
  useEffect(() => {
    let gone = false;
    const ask = async (): Promise<void> => {
      asked.current = true;
      const answer = await loaded(() => client.preview.query({ rules, days: DAYS }));
      if (!gone) setPreview(answer);
    };
    const timer = setTimeout(() => void ask(), asked.current ? ASK_MILLISECONDS : 0);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [client, rules]);
  useNews(preview.state === 'loaded' ? (preview.value.never ?? preview.value.sentence) : '');
  return preview;
}

/** The first sentence is read with the screen; another is told once it has stood for a moment. */
function useNews(sentence: string): void {
  const told = useRef('');
  useEffect(() => {
    if (sentence === '' || sentence === told.current) return undefined;
    if (told.current === '') {
      told.current = sentence;
      return undefined;
    }
    const timer = setTimeout(() => {
      told.current = sentence;
      announce(sentence);
    }, STILL_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [sentence]);
}
