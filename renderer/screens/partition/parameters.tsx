/**
 * With what the instance was asked for, and the way to change it.
 */
import { Button } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { InstanceView } from '../../../agent/api/contract.ts';
import { currentValues } from '../../form/current-values.ts';
import { fieldGroups, keyOf, type Field, type FieldValue } from '../../form/fields.ts';
import { text } from '../../messages.ts';
import { ChangeDialog } from './change-dialog.tsx';
import { useSchema } from './use-schema.ts';

export function Parameters({ instance }: { instance: InstanceView }): ReactNode {
  const schema = useSchema(instance);
  const [changing, setChanging] = useState(false);
  if (instance.requestedState === 'destroyed' || schema === null) return null;
  const fields = fieldGroups(schema).flatMap((group) => group.fields);
  const values = currentValues(fields, instance.parameters);
  return (
    <section>
      <div className="parameters-head">
        <h2 className="section">{text('page.partition.parameters')}</h2>
        {fields.length > 0 && (
          <Button variant="default" size="compact-sm" onClick={() => setChanging(true)}>
            {text('page.partition.change')}
          </Button>
        )}
      </div>
      {fields.length === 0 ? (
        <p className="under small">{text('page.partition.parameters.none')}</p>
      ) : (
        <dl className="pairs">
          {fields.map((field) => (
            <div key={keyOf(field)} className="pair short">
              <dt>{field.title}</dt>
              <dd>{valueText(field, values[keyOf(field)] ?? field.initial)}</dd>
            </div>
          ))}
        </dl>
      )}
      <ChangeDialog
        instance={instance}
        schema={schema}
        opened={changing}
        onClose={() => setChanging(false)}
      />
    </section>
  );
}

function valueText(field: Field, value: FieldValue): ReactNode {
  if (field.kind === 'text' && field.secret) {
    return text(value === '' ? 'page.partition.parameter.none' : 'page.hidden');
  }
  if (field.kind === 'truth')
    return text(value === true ? 'page.partition.parameter.on' : 'page.partition.parameter.off');
  if (value === '' || (Array.isArray(value) && value.length === 0)) {
    return <span className="dim">{text('page.partition.parameter.none')}</span>;
  }
  if (field.kind === 'number' && typeof value === 'number') {
    return text('page.partition.parameter.number', {
      value,
      unit: field.unit === '' ? '' : `\u00a0${field.unit}`,
    });
  }
  const words = Array.isArray(value) ? value.join(', ') : String(value);
  return <span className={field.kind === 'json' ? 'mono parameter-value' : 'parameter-value'}>{words}</span>;
}
