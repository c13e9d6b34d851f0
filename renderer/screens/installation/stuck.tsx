/**
 * What could not be made ready: why, what is kept, and what can be done.
 */
import { Button } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';
import type { InstanceView, Progress } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { Failure, Note } from '../../parts/note.tsx';
import { useAction, useStore } from '../../state/hooks.ts';
import { goTo } from '../../state/route.ts';
import { bytesOfText } from '../../words/amounts.ts';
import { Heading } from './heading.tsx';
import { ProgressLog } from './progress-log.tsx';
import { Steps } from './steps.tsx';

export function Stuck({
  instance,
  downloaded,
}: {
  instance: InstanceView;
  downloaded: Progress | null;
}): ReactNode {
  const { name, softwareTitle, error, progress, services } = instance;
  const at = progress ?? downloaded;
  return (
    <>
      <Heading
        instance={instance}
        title={text('page.installation.stuck', { software: softwareTitle })}
        under={text('page.installation.stuck.under', { name })}
      >
        <RemoveButton name={name} />
      </Heading>
      <div role="alert">
        <Note tone="problem" action={<TryAgainButton name={name} />}>
          <b>{error?.sentence ?? text('page.installation.stuck.unknown')}</b> {error?.nextStep}{' '}
          {keptText(downloaded)}
        </Note>
      </div>
      <div className="progress-details">
        {at !== null && <Steps progress={at} stuck />}
        <ProgressLog instance={instance} opened={services.length > 0} />
      </div>
    </>
  );
}

function keptText(downloaded: Progress | null): string {
  if (downloaded === null || downloaded.total === 0) return text('page.installation.kept');
  return text('page.installation.kept.amount', { amount: bytesOfText(downloaded.done, downloaded.total) });
}

function TryAgainButton({ name }: { name: string }): ReactNode {
  const { client } = useStore();
  const { busy, failure, run } = useAction();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus({ preventScroll: true }), []);
  return (
    <div className="stuck-action">
      <Button ref={button} loading={busy} onClick={() => void run(() => client.bang.mutate({ name }))}>
        {text('page.try-again')}
      </Button>
      {failure !== null && <Failure failure={failure} />}
    </div>
  );
}

/** It was never ready, so there is no data to lose: nothing is asked. */
function RemoveButton({ name }: { name: string }): ReactNode {
  const { client } = useStore();
  const { busy, failure, run } = useAction();
  const remove = async (): Promise<void> => {
    if (!(await run(() => client.cancel.mutate({ name })))) return;
    announce(text('page.installation.removed', { name }), 'answer');
    goTo({ screen: 'services' });
  };
  return (
    <>
      <Button variant="default" loading={busy} onClick={() => void remove()}>
        {text('page.installation.remove')}
      </Button>
      {failure !== null && <Failure failure={failure} />}
    </>
  );
}
