/**
 * The form that asks for a new instance. Checked on leaving a field and again when it is sent; the first field that is wrong
 * gets the focus.
 */
import { Accordion, Button, Fieldset, Select, TextInput } from '@mantine/core';
import { useMemo, useState, type ReactNode, type SyntheticEvent } from 'react';
import type { CatalogueEntry } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { announce } from '../parts/announcer.tsx';
import { Failure } from '../parts/note.tsx';
import { useAction, usePageState, useStore } from '../state/hooks.ts';
import { goTo, linkTo } from '../state/route.ts';
import { instancesOf } from '../words/sentence.ts';
import { fieldGroups, keyOf, parametersOf, type Field, type FieldValue } from './fields.ts';
import { nameProblem, proposedName } from './instance-name.ts';
import { fieldId, ParameterField } from './parameter-field.tsx';
import { problemOf } from './validation.ts';

const NAME_ID = 'instance-name';
/** Fields that are not required are folded away beyond this many. */
const MOST_OPEN_FIELDS = 4;

export function RequestForm({ entry }: { entry: CatalogueEntry }): ReactNode {
  const store = useStore();
  const agent = usePageState((state) => state.agent);
  const taken = useMemo(
    () => new Set(agent === null ? [] : instancesOf(agent).map(({ name }) => name)),
    [agent],
  );
  const [name, setName] = useState(() => proposedName(entry.name, taken));
  const [typeName, setTypeName] = useState(entry.types[0]?.name ?? 'default');
  const [values, setValues] = useState<Readonly<Record<string, FieldValue>>>({});
  const [checked, setChecked] = useState<ReadonlySet<string>>(new Set());
  const { busy, failure, run } = useAction();

  const type = entry.types.find((candidate) => candidate.name === typeName);
  const groups = useMemo(() => fieldGroups(type?.parameters ?? {}), [type]);
  const fields = groups.flatMap((group) => group.fields);
  const [main, more] = split(groups[0]?.title === '' ? groups[0].fields : []);
  const nested = groups.filter(({ title }) => title !== '');

  const valueOf = (field: Field): FieldValue => values[keyOf(field)] ?? field.initial;
  const check = (...ids: string[]): void => setChecked((before) => new Set([...before, ...ids]));
  const wrongName = nameProblem(name, taken);
  const shownWrongName = checked.has(NAME_ID) && !busy ? wrongName : '';

  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    check(NAME_ID, ...fields.map(fieldId));
    const wrong = fields.find((field) => problemOf(field, valueOf(field)) !== '');
    if (wrongName !== '' || wrong !== undefined) {
      const id = wrongName === '' && wrong !== undefined ? fieldId(wrong) : NAME_ID;
      // Folded fields are opened by the render that shows what is wrong with them.
      requestAnimationFrame(() => document.getElementById(id)?.focus());
      announce(
        wrong === undefined || wrongName !== '' ? wrongName : problemOf(wrong, valueOf(wrong)),
        'assertive',
      );
      return;
    }
    await run(async () => {
      const { partition } = await store.client.request.mutate({
        name,
        software: entry.url,
        softwareType: typeName,
        parameters: parametersOf(fields, values),
      });
      goTo({ screen: 'partition', id: partition });
    });
  };

  const shown = (field: Field): ReactNode => (
    <ParameterField
      key={keyOf(field)}
      field={field}
      value={valueOf(field)}
      problem={checked.has(fieldId(field)) ? problemOf(field, valueOf(field)) : ''}
      onChange={(value) => setValues((before) => ({ ...before, [keyOf(field)]: value }))}
      onBlur={() => check(fieldId(field))}
    />
  );
  const moreIsWrong = more.some(
    (field) => checked.has(fieldId(field)) && problemOf(field, valueOf(field)) !== '',
  );

  return (
    <form className="form" noValidate onSubmit={(event) => void submit(event)}>
      <TextInput
        id={NAME_ID}
        label={text('page.name')}
        description={text('page.name.help')}
        value={name}
        error={shownWrongName === '' ? undefined : shownWrongName}
        withAsterisk
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setName(event.currentTarget.value)}
        onBlur={() => check(NAME_ID)}
      />
      {entry.types.length > 1 && (
        <Select
          label={text('page.type')}
          data={entry.types.map(({ name: value, title }) => ({ value, label: title }))}
          value={typeName}
          onChange={(chosen) => setTypeName(chosen ?? typeName)}
          allowDeselect={false}
        />
      )}
      {main.map(shown)}
      {more.length > 0 && (
        <Folded title={text('page.more-parameters', { count: more.length })} open={moreIsWrong}>
          {more.map(shown)}
        </Folded>
      )}
      {nested.map(({ title, help, fields: inner }) => (
        <Fieldset key={keyOf(inner[0] ?? { path: [title] })} legend={title} className="fieldset">
          {help !== '' && <p className="under">{help}</p>}
          {inner.map(shown)}
        </Fieldset>
      ))}
      {failure !== null && <Failure failure={failure} />}
      <div className="buttons">
        <Button type="submit" loading={busy} onMouseDown={keepFocus}>
          {text('page.request')}
        </Button>
        <Button variant="default" component="a" href={linkTo({ screen: 'overview' })} onMouseDown={keepFocus}>
          {text('page.back-out')}
        </Button>
      </div>
    </form>
  );
}

/** Leaving a field may put a line under it, which would move the button away from under the pointer that presses it. */
function keepFocus(event: { preventDefault: () => void }): void {
  event.preventDefault();
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
    >
      <Accordion.Item value="more">
        <Accordion.Control>{title}</Accordion.Control>
        <Accordion.Panel>
          <div className="form">{children}</div>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}
