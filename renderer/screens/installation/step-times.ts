/**
 * How long each step took, as far as this page saw it begin and end.
 */
import { useEffect, useState } from 'react';
import type { Step } from '../../words/progress.ts';

/** @returns seconds by step that is over. */
export function useStepTimes(step: Step): ReadonlyMap<Step, number> {
  // What was under way when the page came has no known beginning.
  const [first] = useState(step);
  const [times, setTimes] = useState<ReadonlyMap<Step, number>>(new Map());
  useEffect(() => {
    const began = performance.now();
    return () => {
      const seconds = (performance.now() - began) / 1000;
      if (step !== first) setTimes((before) => new Map([...before, [step, seconds]]));
    };
  }, [first, step]);
  return times;
}
