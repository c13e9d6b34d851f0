/**
 * What the rules would have meant: asked when the screen is entered, and when rules change; told once they have been left alone.
 */
import { useEffect, useState } from 'react';
import type { Preview, Rules } from '../../../agent/api/contract-conditions.ts';
import { announce } from '../../parts/announcer.tsx';
import { useStore } from '../../state/hooks.ts';
import { loaded, type Loaded } from '../../state/loaded.ts';

/** Before today: with it, they are seven. */
const DAYS = 6;
/** A drag over the schedule, or a held key, changes rules many times. */
const ASK_MILLISECONDS = 150;
const STILL_MILLISECONDS = 1000;

/** What was known stays until the answer is there. */
export function usePreview(rules: Rules): Loaded<Preview> {
  const { client } = useStore();
  const [preview, setPreview] = useState<Loaded<Preview>>({ state: 'loading' });
  const [changed, setChanged] = useState(false);
  const asked = JSON.stringify(rules);
  useEffect(() => {
    let gone = false;
    const ask = async (): Promise<void> => {
      const answer = await loaded(() => client.preview.query({ rules, days: DAYS }));
      if (!gone) setPreview(answer);
    };
    const timer = setTimeout(() => void ask(), changed ? ASK_MILLISECONDS : 0);
    setChanged(true);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
    // oxlint-disable-next-line exhaustive-deps -- equal rules are the same question, whichever object says them
  }, [client, asked]);
  const sentence = preview.state === 'loaded' ? (preview.value.never ?? preview.value.sentence) : '';
  const [first, setFirst] = useState('');
  useEffect(() => {
    if (sentence === '') return undefined;
    // The first one is read with the screen.
    if (first === '') {
      setFirst(sentence);
      return undefined;
    }
    if (first === sentence) return undefined;
    const timer = setTimeout(() => {
      setFirst(sentence);
      announce(sentence);
    }, STILL_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [sentence, first]);
  return preview;
}
