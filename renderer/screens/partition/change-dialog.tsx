/**
 * Changing the parameters of an instance that is there: the form of its software, filled with what it has, and what it costs.
 */
import { Button, Modal } from '@mantine/core';
import { useState, type ReactNode, type SyntheticEvent } from 'react';
import type { InstanceView } from '../../../agent/api/contract.ts';
import { changedParameters, currentValues, isChanged } from '../../form/current-values.ts';
import { fieldGroups, type Field } from '../../form/fields.ts';
import { fieldId } from '../../form/parameter-field.tsx';
import { ParameterFields } from '../../form/parameter-fields.tsx';
import { useParameterForm } from '../../form/use-parameter-form.ts';
import { text } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { Failure } from '../../parts/note.tsx';
import { keepFocus } from '../../parts/pointer.ts';
import { useAction, useStore } from '../../state/hooks.ts';
import type { Schema } from './parameter-schema.ts';

type Properties = {
  instance: InstanceView;
  schema: Schema;
  opened: boolean;
  onClose: () => void;
};

export function ChangeDialog(properties: Properties): ReactNode {
  const { instance, opened, onClose } = properties;
  return (
    <Modal.Root opened={opened} onClose={onClose} size={560} radius="lg" centered>
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content className="dialog">
        <Modal.Body>
          <Modal.Title className="dialog-title">
            {text('page.partition.change.title', { name: instance.name })}
          </Modal.Title>
          <ChangeForm {...properties} />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

/** Made anew each time the dialog opens, from what the instance has then: another window changes nothing under anybody’s hands. */
function ChangeForm({ instance, schema, onClose }: Properties): ReactNode {
  const { client } = useStore();
  const { busy, failure, run } = useAction();
  const [before] = useState(instance);
  const [given] = useState(() => currentValues(fieldsOf(schema), before.parameters));
  const form = useParameterForm(schema, given);
  const changed = isChanged(form.fields, form.values, before.parameters);

  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    form.look(form.fields);
    const wrong = form.firstWrong();
    if (wrong !== null) {
      document.getElementById(fieldId(wrong.field))?.focus();
      announce(`${wrong.field.title}: ${wrong.problem}`, 'assertive');
      return;
    }
    const done = await run(() =>
      client.request.mutate({
        name: before.name,
        software: before.softwareUrl,
        softwareType: before.softwareType,
        parameters: changedParameters(form.fields, form.values, before.parameters),
        state: before.requestedState === 'stopped' ? 'stopped' : 'started',
      }),
    );
    if (!done) return;
    announce(text('page.partition.changed', { name: before.name }), 'answer');
    onClose();
  };

  return (
    <form className="form" noValidate onSubmit={(event) => void submit(event)}>
      <p className="under">{costText(instance)}</p>
      <ParameterFields form={form} folded={false} />
      {failure !== null && <Failure failure={failure} />}
      <div className="buttons end">
        <Button variant="default" onClick={onClose} onMouseDown={keepFocus}>
          {text('page.cancel')}
        </Button>
        <Button type="submit" loading={busy} disabled={!changed} onMouseDown={keepFocus}>
          {text('page.partition.change.do')}
        </Button>
      </div>
    </form>
  );
}

function fieldsOf(schema: Schema): Field[] {
  return fieldGroups(schema).flatMap((group) => group.fields);
}

/** What restarts, and what is kept. */
function costText({ requestedState, services }: InstanceView): string {
  if (requestedState === 'stopped') return text('page.partition.change.stopped');
  return text('page.partition.change.restarts', { services: services.map(({ name }) => name).join(', ') });
}
