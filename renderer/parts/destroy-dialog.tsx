/**
 * Asks before data is lost: says what goes, and has the name typed where there may be data.
 */
import { Button, Modal, TextInput } from '@mantine/core';
import { useState, type ReactNode, type SyntheticEvent } from 'react';
import type { InstanceView } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { useAction, useStore } from '../state/hooks.ts';
import { goTo } from '../state/route.ts';
import { addressOf } from '../words/instance.ts';
import { announce } from './announcer.tsx';
import { Failure } from './note.tsx';

type Properties = { instance: InstanceView; opened: boolean; onClose: () => void };

export function DestroyDialog(properties: Properties): ReactNode {
  const { instance, opened, onClose } = properties;
  return (
    <Modal.Root opened={opened} onClose={onClose} size={460} radius="lg" centered>
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content className="dialog">
        <Modal.Body>
          <Modal.Title className="dialog-title">
            {text('page.destroy.title', { name: instance.name })}
          </Modal.Title>
          <DestroyForm {...properties} />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

/** Made anew each time the dialog opens: what was typed the last time is gone. */
function DestroyForm({ instance, onClose }: Properties): ReactNode {
  const { client } = useStore();
  const { busy, failure, run } = useAction();
  const [typed, setTyped] = useState('');
  const { name } = instance;
  const address = addressOf(instance);
  // What was never ready has written nothing that anybody could miss.
  const mayHaveData = instance.connection.length > 0;
  const confirmed = !mayHaveData || typed === name;

  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    if (!confirmed) return;
    if (!(await run(() => client.destroy.mutate({ name })))) return;
    announce(text('page.destroy.accepted', { name }));
    onClose();
    goTo({ screen: 'overview' });
  };

  return (
    <form onSubmit={(event) => void submit(event)}>
      <p className="under">{text('page.destroy.lost')}</p>
      <ul className="lost">
        <li>
          <b>{text('page.destroy.lost.data')}</b>
        </li>
        <li>{text('page.destroy.lost.log')}</li>
        {address !== null && (
          <li>
            {text('page.destroy.lost.address')} <span className="mono">{address}</span>
          </li>
        )}
      </ul>
      {mayHaveData && (
        <TextInput
          label={text('page.destroy.confirm', { name })}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
        />
      )}
      {failure !== null && <Failure failure={failure} />}
      <div className="buttons end">
        <Button variant="default" onClick={onClose} {...(mayHaveData ? {} : { 'data-autofocus': true })}>
          {text('page.destroy.keep')}
        </Button>
        <Button type="submit" color="problem.8" disabled={!confirmed} loading={busy}>
          {text('page.destroy.do')}
        </Button>
      </div>
    </form>
  );
}
