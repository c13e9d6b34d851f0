/**
 * The form of an instance that is there: its parameters as the values of fields, and what to send when they were changed.
 */
import { isLeftOut, keyOf, parametersOf, type Field, type FieldValue } from './fields.ts';

type Parameters = Readonly<Record<string, unknown>>;

/** What the fields show. A parameter that was not given shows its default; one of another type than its field as JSON. */
export function currentValues(fields: readonly Field[], parameters: Parameters): Record<string, FieldValue> {
  const values: Record<string, FieldValue> = {};
  for (const field of fields) {
    const given = at(parameters, field.path);
    if (given !== undefined) values[keyOf(field)] = valueOf(field, given);
  }
  return values;
}

/** All parameters to send: those of the fields, and those that no field shows as they are. */
export function changedParameters(
  fields: readonly Field[],
  values: Readonly<Record<string, FieldValue>>,
  parameters: Parameters,
): Record<string, unknown> {
  const rest = without(parameters, fields);
  return merged(rest, parametersOf(fields, values));
}

/** Whether sending them would change anything. */
export function isChanged(
  fields: readonly Field[],
  values: Readonly<Record<string, FieldValue>>,
  parameters: Parameters,
): boolean {
  const before = currentValues(fields, parameters);
  return fields.some((field) => {
    const key = keyOf(field);
    const [old, now] = [before[key] ?? field.initial, values[key] ?? field.initial];
    return JSON.stringify(old) !== JSON.stringify(now) && !(isLeftOut(field, old) && isLeftOut(field, now));
  });
}

function valueOf(field: Field, given: unknown): FieldValue {
  switch (field.kind) {
    case 'truth':
      return given === true;
    case 'list':
      return Array.isArray(given) ? given.map(String) : [];
    case 'json':
      return JSON.stringify(given);
    case 'number':
      return typeof given === 'number' ? given : String(given);
    default:
      return typeof given === 'string' || typeof given === 'number' ? given : JSON.stringify(given);
  }
}

function at(parameters: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((level, name) => (isRecord(level) ? level[name] : undefined), parameters);
}

function without(
  parameters: Parameters,
  fields: readonly Field[],
  path: readonly string[] = [],
): Record<string, unknown> {
  const shown = new Set(fields.map(keyOf));
  const rest: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parameters)) {
    const place = [...path, name];
    const key = keyOf({ path: place });
    if (shown.has(key)) continue;
    const holdsFields = fields.some((field) => keyOf(field).startsWith(`${key}.`));
    rest[name] = holdsFields && isRecord(value) ? without(value, fields, place) : value;
  }
  return rest;
}

function merged(one: Record<string, unknown>, other: Record<string, unknown>): Record<string, unknown> {
  const whole = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const before = whole[name];
    whole[name] = isRecord(before) && isRecord(value) ? merged(before, value) : value;
  }
  return whole;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
