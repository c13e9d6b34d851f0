/**
 * Asks before data is lost: says what goes, with numbers, and has the name typed where there may be data.
 */
import { Button, Modal, TextInput } from '@mantine/core';
import { useState, type ReactNode, type SyntheticEvent } from 'react';
import type { InstanceView } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { Failure } from '../../parts/note.tsx';
import { useAction, useStore } from '../../state/hooks.ts';
import { useUsage } from '../../state/usage.ts';
import { bytesText } from '../../words/amounts.ts';
import { addressOf, isNameTyped, wasNeverReady } from '../../words/instance.ts';
import { useExport } from './use-export.ts';

type Properties = {
  instance: InstanceView;
  /** Id of the partition it lives in. */
  partition: string;
  opened: boolean;
  onClose: () => void;
  /** The agent has begun with it. */
  onAccepted: () => void;
  /** It is gone from the screen: what it was opened from (an entry of a menu) is as well, and cannot have the focus back. */
  onClosed: () => void;
};

export function DestroyDialog(properties: Properties): ReactNode {
  const { instance, opened, onClose, onClosed } = properties;
  return (
    <Modal.Root
      opened={opened}
      onClose={onClose}
      onExitTransitionEnd={onClosed}
      returnFocus={false}
      size={460}
      radius="lg"
      centered
    >
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
function DestroyForm({ instance, partition, onClose, onAccepted }: Properties): ReactNode {
  const { client } = useStore();
  const { busy, failure, run } = useAction();
  const [typed, setTyped] = useState('');
  const { name } = instance;
  const address = addressOf(instance);
  // What was never ready has written nothing that anybody could miss.
  const mayHaveData = !wasNeverReady(instance);
  const confirmed = !mayHaveData || isNameTyped(typed, name);
  const exporting = useAction();
  const exportData = useExport(name, exporting);
  const problem = failure ?? exporting.failure;
  const secrets = instance.connection.filter(({ secret }) => secret).length;

  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    if (!confirmed) return;
    if (!(await run(() => client.destroy.mutate({ name })))) return;
    announce(text('page.destroy.accepted', { name }), 'answer');
    onAccepted();
  };

  return (
    <form onSubmit={(event) => void submit(event)}>
      <p className="under">{text('page.destroy.lost')}</p>
      <ul className="lost">
        <li>
          <LostData partition={partition} mayHaveData={mayHaveData} />
        </li>
        <li>{text('page.destroy.lost.log')}</li>
        {secrets > 0 && <li>{text('page.destroy.lost.secrets', { count: secrets })}</li>}
        {address !== null && (
          <li>
            {text('page.destroy.lost.address')} <span className="mono">{address}</span>
          </li>
        )}
      </ul>
      {mayHaveData && (
        <p className="small lost-export">
          <button type="button" className="text-button" disabled={exporting.busy} onClick={exportData}>
            {text('page.destroy.export-first')}
          </button>
        </p>
      )}
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
      {problem !== null && <Failure failure={problem} />}
      <div className="buttons end">
        <Button variant="default" onClick={onClose} {...(mayHaveData ? {} : { 'data-autofocus': true })}>
          {text('page.destroy.keep')}
        </Button>
        <Button type="submit" color="problem.8" disabled={!confirmed} loading={busy}>
          {text(mayHaveData ? 'page.destroy.do' : 'page.destroy.do.empty')}
        </Button>
      </div>
    </form>
  );
}

/** How much goes. What was not measured is not guessed, and nobody has to wait for it. */
function LostData({ partition, mayHaveData }: { partition: string; mayHaveData: boolean }): ReactNode {
  const usage = useUsage(partition);
  if (!mayHaveData) return text('page.destroy.lost.nothing');
  const bytes = usage?.diskBytes ?? null;
  return (
    <b>
      {bytes === null
        ? text('page.destroy.lost.data')
        : text('page.destroy.lost.bytes', { size: bytesText(bytes) })}
    </b>
  );
}
