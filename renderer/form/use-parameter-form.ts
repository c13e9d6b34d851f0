/**
 * The state of a form made from a parameter schema: what was typed, which fields were looked at, and what is wrong.
 */
import { useMemo, useState } from 'react';
import { fieldGroups, keyOf, type Field, type FieldGroup, type FieldValue } from './fields.ts';
import { problemOf } from './validation.ts';

export type FieldValues = Readonly<Record<string, FieldValue>>;

export type ParameterForm = {
  groups: readonly FieldGroup[];
  fields: readonly Field[];
  /** Only what was typed, or given from the start. */
  values: FieldValues;
  valueOf: (field: Field) => FieldValue;
  change: (field: Field, value: FieldValue) => void;
  /** From now on what is wrong with these is shown. */
  look: (fields: readonly Field[]) => void;
  /** What is shown under the field; empty until it was looked at. */
  shownProblem: (field: Field) => string;
  /** The first field that is wrong, looked at or not. */
  firstWrong: () => { field: Field; problem: string } | null;
};

/** @param given values from the start, by {@link keyOf}; kept as long as the form is shown. */
export function useParameterForm(
  schema: Readonly<Record<string, unknown>>,
  given: FieldValues = {},
): ParameterForm {
  const groups = useMemo(() => fieldGroups(schema), [schema]);
  const fields = useMemo(() => groups.flatMap((group) => group.fields), [groups]);
  const [values, setValues] = useState(given);
  const [looked, setLooked] = useState<ReadonlySet<string>>(new Set());
  const valueOf = (field: Field): FieldValue => values[keyOf(field)] ?? field.initial;
  return {
    groups,
    fields,
    values,
    valueOf,
    change: (field, value) => setValues((before) => ({ ...before, [keyOf(field)]: value })),
    look: (some) => setLooked((before) => new Set([...before, ...some.map(keyOf)])),
    shownProblem: (field) => (looked.has(keyOf(field)) ? problemOf(field, valueOf(field)) : ''),
    firstWrong: () => {
      for (const field of fields) {
        const problem = problemOf(field, valueOf(field));
        if (problem !== '') return { field, problem };
      }
      return null;
    },
  };
}
