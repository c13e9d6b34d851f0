/**
 * The steps from a request to a service, in order.
 */
import type { ReactNode } from 'react';
import type { Progress } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { Icon, type IconName } from '../../parts/icons.tsx';
import { secondsText } from '../../words/amounts.ts';
import { amountText, STEPS, stepText, type Step } from '../../words/progress.ts';

type Kind = 'done' | 'now' | 'stuck' | 'todo';

const ICONS: Readonly<Record<Kind, IconName>> = {
  done: 'check',
  now: 'work',
  stuck: 'alert',
  todo: 'circle',
};

const NO_TIMES: ReadonlyMap<Step, number> = new Map();

export function Steps({
  progress,
  times = NO_TIMES,
  stuck = false,
}: {
  progress: Progress;
  /** Seconds that steps took, where that is known. */
  times?: ReadonlyMap<Step, number>;
  /** Whether it ended at the step of `progress`. */
  stuck?: boolean;
}): ReactNode {
  const place = STEPS.findIndex((step) => step === progress.step);
  return (
    <ol className="steps" aria-label={text('page.steps')}>
      {STEPS.map((step, index) => {
        const here = stuck ? 'stuck' : 'now';
        const kind = index === place ? here : index < place ? 'done' : 'todo';
        return (
          <li key={step} className={`step ${kind}`} aria-current={index === place ? 'step' : undefined}>
            <Icon name={ICONS[kind]} size={18} />
            <span>{stepText(step)}</span>
            <span className="small dim">
              {index === place ? amountText(progress) : timeText(index < place ? times.get(step) : undefined)}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function timeText(seconds: number | undefined): string {
  return seconds === undefined ? '' : secondsText(seconds);
}
