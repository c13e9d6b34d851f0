/**
 * The parameters of a software type as fields of a form, made from their JSON Schema. What a field cannot show is written as
 * JSON, never left out. The agent checks everything again.
 */
import { isCheap } from './pattern-cost.ts';

type Schema = Readonly<Record<string, unknown>>;

export type FieldValue = string | number | boolean | readonly string[];

export type FieldKind =
  | {
      kind: 'text';
      multiline: boolean;
      secret: boolean;
      minLength: number | null;
      maxLength: number | null;
      pattern: RegExp | null;
      /** Whether it has a pattern that only the agent can try. */
      unchecked: boolean;
    }
  | {
      kind: 'number';
      integer: boolean;
      minimum: number | null;
      maximum: number | null;
      multipleOf: number | null;
      unit: string;
    }
  | { kind: 'truth' }
  | { kind: 'choice'; options: readonly (string | number)[] }
  | { kind: 'list'; numbers: boolean; minItems: number; maxItems: number | null; unique: boolean }
  | { kind: 'json' };

export type Field = FieldKind & {
  /** Names from the outside in: `['tls', 'certificate']`. */
  path: readonly string[];
  title: string;
  help: string;
  required: boolean;
  initial: FieldValue;
};

/** One parameter, or those of an object parameter under its title. */
export type FieldGroup = { title: string; help: string; fields: Field[] };

/** The fields of a parameter schema: first those at the top, then one group per object parameter. */
export function fieldGroups(schema: Schema): FieldGroup[] {
  return groupsOf(schema, [], '', '').filter(({ fields }) => fields.length > 0);
}

/** Objects inside objects beyond this are written as JSON. */
const DEEPEST = 5;

function groupsOf(schema: Schema, path: readonly string[], title: string, help: string): FieldGroup[] {
  const own: FieldGroup = { title, help, fields: [] };
  const nested: FieldGroup[] = [];
  const required = listOf(schema['required']);
  for (const [name, value] of Object.entries(schemaOf(schema['properties']))) {
    const child = schemaOf(value);
    const childPath = [...path, name];
    const childTitle = textOf(child['title']) ?? name;
    const childHelp = textOf(child['description']) ?? '';
    if (child['deprecated'] === true) continue;
    if (child['type'] === 'object' && child['properties'] !== undefined && path.length < DEEPEST) {
      nested.push(...groupsOf(child, childPath, childTitle, childHelp));
    } else {
      const kind = kindOf(child);
      own.fields.push({
        ...kind,
        path: childPath,
        title: childTitle,
        help: childHelp,
        required: required.includes(name),
        initial: initialOf(kind, child['default']),
      });
    }
  }
  return [own, ...nested];
}

function kindOf(schema: Schema): FieldKind {
  const options = choicesOf(schema);
  if (options !== null) return { kind: 'choice', options };
  switch (schema['type']) {
    case 'string':
      return textKind(schema);
    case 'integer':
    case 'number':
      return numberKind(schema);
    case 'boolean':
      return { kind: 'truth' };
    case 'array':
      return listKind(schema);
    default:
      return { kind: 'json' };
  }
}

function textKind(schema: Schema): FieldKind {
  const pattern = patternOf(schema['pattern']);
  return {
    kind: 'text',
    multiline: textOf(schema['contentMediaType'])?.startsWith('text/') ?? false,
    secret: schema['writeOnly'] === true,
    minLength: numberOf(schema['minLength']),
    maxLength: numberOf(schema['maxLength']),
    pattern,
    unchecked: pattern === null ? schema['pattern'] !== undefined : !isCheap(pattern.source, 1),
  };
}

function numberKind(schema: Schema): FieldKind {
  const integer = schema['type'] === 'integer';
  // Exclusive limits of whole numbers are the next whole number; of others the agent has the last word.
  const above = numberOf(schema['exclusiveMinimum']);
  const below = numberOf(schema['exclusiveMaximum']);
  return {
    kind: 'number',
    integer,
    minimum: numberOf(schema['minimum']) ?? (above !== null && integer ? above + 1 : above),
    maximum: numberOf(schema['maximum']) ?? (below !== null && integer ? below - 1 : below),
    multipleOf: numberOf(schema['multipleOf']),
    unit: textOf(schema['x-unit']) ?? '',
  };
}

function listKind(schema: Schema): FieldKind {
  const items = schemaOf(schema['items'])['type'];
  if (items !== 'string' && items !== 'integer' && items !== 'number') return { kind: 'json' };
  return {
    kind: 'list',
    numbers: items !== 'string',
    minItems: numberOf(schema['minItems']) ?? 0,
    maxItems: numberOf(schema['maxItems']),
    unique: schema['uniqueItems'] === true,
  };
}

function choicesOf(schema: Schema): (string | number)[] | null {
  const given = schema['enum'] ?? (schema['const'] === undefined ? undefined : [schema['const']]);
  if (!Array.isArray(given) || given.length === 0) return null;
  const options: unknown[] = given;
  if (!options.every((option) => typeof option === 'string' || typeof option === 'number')) return null;
  // Each is shown once: what looks alike cannot be told apart.
  return [...new Map(options.map((option) => [String(option), option])).values()];
}

function initialOf(field: FieldKind, given: unknown): FieldValue {
  switch (field.kind) {
    case 'truth':
      return given === true;
    case 'list':
      return Array.isArray(given) ? given.map(String) : [];
    case 'json':
      return given === undefined ? '' : JSON.stringify(given);
    default:
      return typeof given === 'string' || typeof given === 'number' ? given : '';
  }
}

/** One text for the path of a field; a name that holds the separator is told from two names. */
export function keyOf(field: Pick<Field, 'path'>): string {
  return field.path.map((name) => name.replaceAll(/[\\.]/gu, String.raw`\$&`)).join('.');
}

/** What to send: only what differs from the default, so that a later default still reaches the instance. */
export function parametersOf(
  fields: readonly Field[],
  values: Readonly<Record<string, FieldValue>>,
): Record<string, unknown> {
  const parameters: Record<string, unknown> = {};
  for (const field of fields) {
    const value = values[keyOf(field)] ?? field.initial;
    if (isLeftOut(field, value)) continue;
    let level = parameters;
    for (const name of field.path.slice(0, -1)) {
      const inner: Record<string, unknown> = { ...schemaOf(level[name]) };
      level[name] = inner;
      level = inner;
    }
    const [last = ''] = field.path.slice(-1);
    level[last] = parameterOf(field, value);
  }
  return parameters;
}

function parameterOf(field: FieldKind, value: FieldValue): unknown {
  switch (field.kind) {
    case 'choice':
      return field.options.find((option) => String(option) === String(value)) ?? value;
    case 'list':
      return Array.isArray(value) && field.numbers ? value.map(Number) : value;
    case 'json':
      return JSON.parse(String(value));
    case 'number':
      return Number(value);
    default:
      return value;
  }
}

/** Whether nothing is said about the parameter. A text or a list that was emptied says something: the empty one. */
export function isLeftOut(field: Field, value: FieldValue): boolean {
  if (value === '' && field.kind !== 'text') return true;
  return !field.required && JSON.stringify(value) === JSON.stringify(field.initial);
}

export function isEmpty(value: FieldValue): boolean {
  return value === '' || (Array.isArray(value) && value.length === 0);
}

function schemaOf(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function patternOf(value: unknown): RegExp | null {
  if (typeof value !== 'string') return null;
  try {
    return new RegExp(value, 'u');
  } catch {
    return null;
  }
}
