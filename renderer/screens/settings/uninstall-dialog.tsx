/**
 * Taking everything away again: what goes, what stays, and a word to type.
 */
import { Button, Modal, Radio, TextInput } from '@mantine/core';
import { useState, type ReactNode, type SyntheticEvent } from 'react';
import type { AgentState, Settings } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { Failure } from '../../parts/note.tsx';
import { useAction, usePageState, useStore } from '../../state/hooks.ts';
import { bytesText } from '../../words/amounts.ts';
import { instancesOf } from '../../words/sentence.ts';
import { totalOf } from '../../words/usage.ts';

type Properties = { agent: AgentState; settings: Settings; opened: boolean; onClose: () => void };

export function UninstallDialog(properties: Properties): ReactNode {
  const { opened, onClose } = properties;
  return (
    <Modal.Root opened={opened} onClose={onClose} size={520} radius="lg" centered>
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content className="dialog">
        <Modal.Body>
          <Modal.Title className="dialog-title">{text('page.settings.uninstall.title')}</Modal.Title>
          <Decision {...properties} />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

function Decision({ agent, settings, onClose }: Properties): ReactNode {
  const store = useStore();
  const { busy, failure, run } = useAction();
  const [data, setData] = useState<'keep' | 'delete'>('keep');
  const [typed, setTyped] = useState('');
  const word = text('page.settings.uninstall.word');
  const confirmed = typed.trim().toLowerCase() === word.toLowerCase();
  const services = instancesOf(agent);
  const bytes = usePageState(({ usage }) => totalOf(usage).diskBytes);
  const keepData = data === 'keep';

  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    if (!confirmed) return;
    await run(() => store.uninstall(keepData));
  };

  return (
    <form onSubmit={(event) => void submit(event)}>
      <Radio.Group
        label={text('page.settings.uninstall.data')}
        value={data}
        onChange={(value) => setData(value === 'delete' ? 'delete' : 'keep')}
      >
        <div className="uninstall-choices">
          {(['keep', 'delete'] as const).map((value) => (
            <Radio
              key={value}
              value={value}
              iconColor="var(--c-surface)"
              label={text(`page.settings.uninstall.${value}`)}
              description={text(`page.settings.uninstall.${value}.detail`, { folder: settings.dataFolder })}
            />
          ))}
        </div>
      </Radio.Group>
      <p className="under">
        {text(keepData ? 'page.settings.uninstall.removes' : 'page.settings.uninstall.ends')}
      </p>
      <ul className="lost">
        <li>
          {services.length === 0
            ? text('page.settings.uninstall.services.none')
            : text('page.settings.uninstall.services', {
                count: services.length,
                names: namesOf(services.map(({ name }) => name)),
              })}
        </li>
        <li>{text('page.settings.uninstall.software')}</li>
        {!keepData && (
          <li>
            <b>
              {bytes === null
                ? text('page.settings.uninstall.lost')
                : text('page.settings.uninstall.lost.bytes', { size: bytesText(bytes) })}
            </b>
          </li>
        )}
      </ul>
      <p className="under small uninstall-kept">
        {keepData
          ? text('page.settings.uninstall.kept', { folder: settings.dataFolder })
          : text('page.settings.uninstall.kept.nothing')}
      </p>
      <TextInput
        label={text('page.settings.uninstall.confirm', { word })}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
      />
      {failure !== null && <Failure failure={failure} />}
      <div className="buttons end">
        <Button variant="default" onClick={onClose}>
          {text('page.settings.uninstall.back')}
        </Button>
        <Button type="submit" color="problem.8" disabled={!confirmed} loading={busy}>
          {text(keepData ? 'page.settings.uninstall.do' : 'page.settings.uninstall.do.delete')}
        </Button>
      </div>
    </form>
  );
}

const MOST_NAMED = 3;

/** `“cache”, “photos” and 3 others` */
function namesOf(names: readonly string[]): string {
  const quoted = names.slice(0, MOST_NAMED).map((name) => text('page.quoted', { name }));
  const others = names.length - quoted.length;
  return others === 0
    ? quoted.join(', ')
    : text('page.settings.uninstall.others', { names: quoted.join(', '), count: others });
}
