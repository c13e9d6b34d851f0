/**
 * An instance on its way: which step, how far, how long still, and a way out.
 */
import { Button } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';
import type { InstanceView, Progress } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { Failure } from '../../parts/note.tsx';
import { useAction, useStore } from '../../state/hooks.ts';
import { goTo } from '../../state/route.ts';
import { amountText, percentOf, speedText, stepText } from '../../words/progress.ts';
import { Heading } from './heading.tsx';
import { ProgressLog } from './progress-log.tsx';
import { useStepTimes } from './step-times.ts';
import { Steps } from './steps.tsx';

const NOT_BEGUN: Progress = { step: 'waiting', done: 0, total: 0 };

export function Installing({ instance }: { instance: InstanceView }): ReactNode {
  const { name, softwareTitle, progress } = instance;
  const now = progress ?? NOT_BEGUN;
  const { step } = now;
  const times = useStepTimes(step);
  useEffect(() => announce(stepText(step)), [step]);
  return (
    <>
      <Heading
        instance={instance}
        title={text('page.installation.coming', { name })}
        under={text('page.installation.coming.under', { software: softwareTitle })}
      >
        <CancelButton name={name} />
      </Heading>
      <ProgressBar name={name} progress={now} />
      <div className="progress-details">
        <Steps progress={now} times={times} />
        <ProgressLog instance={instance} />
      </div>
    </>
  );
}

function ProgressBar({ name, progress }: { name: string; progress: Progress }): ReactNode {
  const percent = percentOf(progress);
  const { step } = progress;
  return (
    <div className="progress">
      <div className="progress-words">
        <span>{[stepText(step), amountText(progress)].filter((part) => part !== '').join(' ')}</span>
        <span className="dim">{speedText(progress)}</span>
      </div>
      <progress
        className="bar"
        max={100}
        aria-label={text('page.installing.bar', { name, step: stepText(step) })}
        {...(percent === null ? {} : { value: percent })}
      />
    </div>
  );
}

/** Ends it. First in the order of focus: who comes here by mistake leaves at once. */
function CancelButton({ name }: { name: string }): ReactNode {
  const { client } = useStore();
  const { busy, failure, run } = useAction();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus({ preventScroll: true }), []);
  const cancel = async (): Promise<void> => {
    if (!(await run(() => client.cancel.mutate({ name })))) return;
    announce(text('page.cancelled', { name }), 'answer');
    goTo({ screen: 'services' });
  };
  return (
    <>
      <Button ref={button} variant="default" loading={busy} onClick={() => void cancel()}>
        {text('page.cancel')}
      </Button>
      {failure !== null && <Failure failure={failure} />}
    </>
  );
}
