/**
 * An instance on its way: which step, how far, how long still, and a way out.
 */
import { Button } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import type { InstanceView, Progress } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { useAction, useStore } from '../state/hooks.ts';
import { goTo } from '../state/route.ts';
import { amountText, percentOf, speedText, STEPS, stepText, type Step } from '../words/progress.ts';
import { announce } from './announcer.tsx';
import { Icon } from './icons.tsx';
import { Failure } from './note.tsx';

const NOT_BEGUN: Progress = { step: 'waiting', done: 0, total: 0 };

export function Installing({ instance }: { instance: InstanceView }): ReactNode {
  const progress = instance.progress ?? NOT_BEGUN;
  const { step } = progress;
  useEffect(() => announce(stepText(step)), [step]);
  return (
    <>
      <ProgressBar name={instance.name} progress={progress} />
      <Steps now={step} />
    </>
  );
}

function ProgressBar({ name, progress }: { name: string; progress: Progress }): ReactNode {
  const percent = percentOf(progress);
  const amount = amountText(progress);
  const label = text('page.installing.bar', { name, step: stepText(progress.step) });
  return (
    <div className="progress">
      <div className="progress-words">
        <span>{[stepText(progress.step), amount].filter((part) => part !== '').join(' ')}</span>
        <span className="dim">{speedText(progress)}</span>
      </div>
      <progress
        className="bar"
        max={100}
        aria-label={label}
        {...(percent === null ? {} : { value: percent })}
      />
    </div>
  );
}

function Steps({ now }: { now: Step }): ReactNode {
  const place = STEPS.findIndex((step) => step === now);
  return (
    <ol className="steps" aria-label={text('page.steps')}>
      {STEPS.map((step, index) => {
        const current = index === place;
        const kind = current ? 'now' : index < place ? 'done' : 'todo';
        return (
          <li key={step} className={`step ${kind}`} aria-current={current ? 'step' : undefined}>
            <Icon name={current ? 'work' : index < place ? 'check' : 'circle'} size={18} />
            <span>{stepText(step)}</span>
          </li>
        );
      })}
    </ol>
  );
}

/** Ends the installation of a new instance. */
export function CancelButton({ name }: { name: string }): ReactNode {
  const { client } = useStore();
  const { busy, failure, run } = useAction();
  const cancel = async (): Promise<void> => {
    if (!(await run(() => client.cancel.mutate({ name })))) return;
    announce(text('page.cancelled', { name }));
    goTo({ screen: 'overview' });
  };
  return (
    <>
      <Button variant="default" loading={busy} onClick={() => void cancel()}>
        {text('page.cancel')}
      </Button>
      {failure !== null && <Failure failure={failure} />}
    </>
  );
}
