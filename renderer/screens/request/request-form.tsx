/**
 * The form that asks for a new instance. Checked on leaving a field and again when it is sent; the first field that is wrong
 * gets the focus.
 */
import { Button, Select, TextInput } from '@mantine/core';
import { useEffect, useMemo, useRef, useState, type ReactNode, type SyntheticEvent } from 'react';
import type { CatalogueEntry } from '../../../agent/api/contract.ts';
import { isEmpty, parametersOf } from '../../form/fields.ts';
import { nameProblem, proposedName } from '../../form/instance-name.ts';
import { fieldId } from '../../form/parameter-field.tsx';
import { ParameterFields } from '../../form/parameter-fields.tsx';
import { useParameterForm, type ParameterForm } from '../../form/use-parameter-form.ts';
import { text } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { Failure } from '../../parts/note.tsx';
import { hasKeyboard, keepFocus, onceReleased } from '../../parts/pointer.ts';
import { useAction, usePageState, useStore } from '../../state/hooks.ts';
import { goTo, linkTo } from '../../state/route.ts';
import type { AsCommand } from '../../words/command-line.ts';
import { isOwn } from '../../words/owner.ts';
import { ownInstancesOf } from '../../words/sentence.ts';

const NAME_ID = 'instance-name';

type Properties = {
  entry: CatalogueEntry;
  /** What is asked for so far, each time it changes. */
  onChange: (command: AsCommand) => void;
};

export function RequestForm({ entry, onChange }: Properties): ReactNode {
  const [typeName, setTypeName] = useState(entry.types[0]?.name ?? 'default');
  const taken = useTakenNames();
  const [name, setName] = useState(() => proposedName(entry.name, taken));
  const type = entry.types.find((candidate) => candidate.name === typeName);
  return (
    <TypedForm
      // Another kind is another form: what was typed for this one means nothing there.
      key={typeName}
      entry={entry}
      schema={type?.parameters ?? NO_PARAMETERS}
      typeName={typeName}
      onType={setTypeName}
      name={name}
      onName={setName}
      taken={taken}
      onChange={onChange}
    />
  );
}

const NO_PARAMETERS = {};

function useTakenNames(): ReadonlySet<string> {
  const partitions = usePageState((state) => state.agent?.partitions);
  const agent = usePageState((state) => state.agent);
  return useMemo(
    () => new Set(agent === null ? [] : ownInstancesOf(agent).map(({ name }) => name)),
    // oxlint-disable-next-line react/exhaustive-deps -- names are in the partitions; the rest of the tree changes more often
    [partitions],
  );
}

function TypedForm({
  entry,
  schema,
  typeName,
  onType,
  name,
  onName,
  taken,
  onChange,
}: Properties & {
  schema: Readonly<Record<string, unknown>>;
  typeName: string;
  onType: (typeName: string) => void;
  name: string;
  onName: (name: string) => void;
  taken: ReadonlySet<string>;
}): ReactNode {
  const { client } = useStore();
  const form = useParameterForm(schema);
  const [nameLooked, setNameLooked] = useState(false);
  const { busy, failure, run } = useAction();
  // While it is being asked for it appears among those that there are.
  const wrongName = busy ? '' : nameProblem(name, taken);
  useEffect(() => {
    onChange({ name, software: entry, typeName, fields: form.fields, values: form.values });
  }, [onChange, name, entry, typeName, form.fields, form.values]);

  useFirstFocus(form);

  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    setNameLooked(true);
    form.look(form.fields);
    const wrong = form.firstWrong();
    if (wrongName !== '' || wrong !== null) {
      goToProblem(wrongName === '' && wrong !== null ? fieldId(wrong.field) : NAME_ID);
      announce(wrongName === '' && wrong !== null ? wrong.problem : wrongName, 'assertive');
      return;
    }
    await run(async () => {
      const { partition } = await client.request.mutate({
        name,
        software: entry.url,
        softwareType: typeName,
        parameters: parametersOf(form.fields, form.values),
      });
      goTo({ screen: 'installation', id: partition });
    });
  };

  return (
    <form className="form" noValidate onSubmit={(event) => void submit(event)}>
      <TextInput
        id={NAME_ID}
        label={text('page.name')}
        description={text('page.name.help')}
        value={name}
        error={nameLooked && wrongName !== '' ? <WrongName name={name} problem={wrongName} /> : undefined}
        withAsterisk
        autoComplete="off"
        spellCheck={false}
        dir="auto"
        onChange={(event) => onName(event.currentTarget.value)}
        onBlur={() => onceReleased(() => setNameLooked(true))}
      />
      {entry.types.length > 1 && (
        <Select
          label={text('page.type')}
          data={entry.types.map(({ name: value, title }) => ({ value, label: title }))}
          value={typeName}
          onChange={(chosen) => onType(chosen ?? typeName)}
          allowDeselect={false}
        />
      )}
      <ParameterFields form={form} />
      {failure !== null && <Failure failure={failure} />}
      <div className="buttons">
        <Button type="submit" loading={busy} onMouseDown={keepFocus}>
          {text('page.request')}
        </Button>
        <Button variant="default" component="a" href={linkTo({ screen: 'services' })} onMouseDown={keepFocus}>
          {text('page.back-out')}
        </Button>
        <Attention form={form} nameIsWrong={nameLooked && wrongName !== ''} />
      </div>
    </form>
  );
}

/** Begins where something is missing; else at the name, which can be typed over. */
function useFirstFocus({ fields, valueOf }: ParameterForm): void {
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current || !hasKeyboard()) return;
    begun.current = true;
    const missing = fields.find((field) => field.required && isEmpty(valueOf(field)));
    const input = document.getElementById(missing === undefined ? NAME_ID : fieldId(missing));
    input?.focus({ preventScroll: true });
    if (missing === undefined && input instanceof HTMLInputElement) input.select();
  });
}

/** A name that is taken is a way to what has it. */
function WrongName({ name, problem }: { name: string; problem: string }): ReactNode {
  const id = usePageState(
    ({ agent }) =>
      agent?.partitions.find(({ master, instance }) => instance?.name === name && isOwn({ master }))?.id ??
      null,
  );
  if (id === null) return problem;
  return (
    <>
      {problem} <a href={linkTo({ screen: 'partition', id })}>{text('page.request.open', { name })}</a>
    </>
  );
}

function Attention({ form, nameIsWrong }: { form: ParameterForm; nameIsWrong: boolean }): ReactNode {
  const wrong = form.fields.filter((field) => form.shownProblem(field) !== '').length;
  const count = wrong + (nameIsWrong ? 1 : 0);
  if (count === 0) return null;
  return <span className="small dim">{text('page.request.attention', { count })}</span>;
}

/** Folded fields are opened by the render that shows what is wrong with them. */
function goToProblem(id: string): void {
  requestAnimationFrame(() => document.getElementById(id)?.focus());
}
