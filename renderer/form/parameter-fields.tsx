/**
 * The fields of a form: those that everybody is asked, the others folded away, and one frame per object parameter.
 */
import { Accordion, Fieldset } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { text } from '../messages.ts';
import { onceReleased } from '../parts/pointer.ts';
import { keyOf, type Field } from './fields.ts';
import './form.css';
import { ParameterField } from './parameter-field.tsx';
import type { ParameterForm } from './use-parameter-form.ts';

/** Fields that are not required are folded away beyond this many. */
const MOST_OPEN_FIELDS = 4;

/** @param folded false: all fields are open, as where an instance is changed. */
export function ParameterFields({
  form,
  folded = true,
}: {
  form: ParameterForm;
  folded?: boolean;
}): ReactNode {
  const own = form.groups.find(({ title }) => title === '')?.fields ?? [];
  const [main, more] = folded ? split(own) : [own, []];
  const nested = form.groups.filter(({ title }) => title !== '');
  return (
    <>
      <FieldRows form={form} fields={main} />
      {more.length > 0 && (
        <Folded
          title={text('page.more-parameters', { count: more.length })}
          open={more.some((field) => form.shownProblem(field) !== '')}
        >
          <FieldRows form={form} fields={more} />
        </Folded>
      )}
      {nested.map(({ title, help, fields }) => (
        <Fieldset key={keyOf(fields[0] ?? { path: [title] })} legend={title} className="fieldset">
          {help !== '' && <p className="under small">{help}</p>}
          <FieldRows form={form} fields={fields} />
        </Fieldset>
      ))}
    </>
  );
}

function FieldRows({ form, fields }: { form: ParameterForm; fields: readonly Field[] }): ReactNode {
  return (
    <div className="fields">
      {fields.map((field) => (
        <div key={keyOf(field)} className={field.kind === 'number' ? 'field short' : 'field'}>
          <ParameterField
            field={field}
            value={form.valueOf(field)}
            problem={form.shownProblem(field)}
            onChange={(value) => form.change(field, value)}
            onBlur={() => onceReleased(() => form.look([field]))}
          />
        </div>
      ))}
    </div>
  );
}

/** What is asked of everybody, and what can be folded away. */
function split(fields: readonly Field[]): [Field[], Field[]] {
  const required = fields.filter((field) => field.required);
  const optional = fields.filter((field) => !field.required);
  const room = Math.max(0, MOST_OPEN_FIELDS - required.length);
  // Folding a single field away saves nothing.
  const open = optional.length <= room + 1 ? optional.length : room;
  return [[...required, ...optional.slice(0, open)], optional.slice(open)];
}

function Folded({ title, open, children }: { title: string; open: boolean; children: ReactNode }): ReactNode {
  const [unfolded, setUnfolded] = useState(false);
  return (
    <Accordion
      value={unfolded || open ? 'more' : null}
      onChange={(value) => setUnfolded(value === 'more')}
      className="folded"
      chevronIconSize={14}
    >
      <Accordion.Item value="more">
        <Accordion.Control>{title}</Accordion.Control>
        <Accordion.Panel>{children}</Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}
