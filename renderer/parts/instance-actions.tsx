/**
 * What can be done with an instance that is there: start, stop, try again, destroy.
 */
import { Button } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { InstanceView } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { useAction, useStore } from '../state/hooks.ts';
import { DestroyDialog } from './destroy-dialog.tsx';
import { Failure } from './note.tsx';

export function InstanceActions({ instance }: { instance: InstanceView }): ReactNode {
  const { client } = useStore();
  const { busy, failure, run } = useAction();
  const [destroying, setDestroying] = useState(false);
  const { name, state, requestedState } = instance;
  const going = state === 'destroying' || requestedState === 'destroyed';
  const call = { name };

  return (
    <>
      {state === 'failed' && (
        <Button loading={busy} onClick={() => void run(() => client.bang.mutate(call))}>
          {text('page.try-again')}
        </Button>
      )}
      {state !== 'failed' && !going && requestedState === 'stopped' && (
        <Button
          variant="default"
          loading={busy || state === 'stopping'}
          aria-label={text('page.start.what', { name })}
          onClick={() => void run(() => client.start.mutate(call))}
        >
          {text('page.start')}
        </Button>
      )}
      {state !== 'failed' && !going && requestedState === 'started' && (
        <Button
          variant="default"
          loading={busy}
          aria-label={text('page.stop.what', { name })}
          onClick={() => void run(() => client.stop.mutate(call))}
        >
          {text('page.stop')}
        </Button>
      )}
      <Button
        variant="default"
        disabled={going}
        aria-label={text('page.destroy.what', { name })}
        onClick={() => setDestroying(true)}
      >
        {text('page.destroy')}
      </Button>
      {failure !== null && <Failure failure={failure} />}
      <DestroyDialog instance={instance} opened={destroying} onClose={() => setDestroying(false)} />
    </>
  );
}
