/**
 * Parameters of an instance: from what the wire or a form gave to values of the schema's types, with defaults.
 */
import type { ErrorObject } from 'ajv/dist/2020.js';
import { SlapgridError } from '../../errors.ts';
import type { MessageParameters } from '../../messages.ts';
import { parameterAt, type ParameterSchema, type ParametersSchema } from './parameter-schema.ts';
import { parametersValidator } from './validator.ts';

/**
 * Validated parameters with defaults filled in.
 *
 * Values from the wire are text: `"64"` becomes 64 where the schema says integer, and null (an empty text, SLAP §4) becomes
 * `""` or "not given". One parameter `_` holds all of them as JSON (json-in-xml, SLAP §4).
 * @throws SlapgridError `bad-parameter`, with the parameter's `name` and `label`.
 */
export function readParameters(
  schema: ParametersSchema,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const values = typedObject(schema, fromJsonConvention(given));
  const validate = parametersValidator(schema);
  if (validate(values)) return values;
  const [error] = validate.errors ?? [];
  if (error === undefined) throw new TypeError('ajv refused without an error');
  throw parameterError(schema, error);
}

/** What a parameter is called in an error: titles of the way to it, or names where there are none. */
export function parameterLabel(schema: ParametersSchema, path: readonly string[]): string {
  return path
    .map((name, index) => parameterAt(schema, path.slice(0, index + 1))?.schema.title ?? name)
    .join(', ');
}

function fromJsonConvention(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!Object.hasOwn(given, '_')) return given;
  const json = given['_'];
  if (Object.keys(given).length > 1) throw badParameter('_', '_', 'alone');
  if (json === null || json === '') return {};
  const parsed = typeof json === 'string' ? parseJson(json) : undefined;
  if (!isObject(parsed)) throw badParameter('_', '_', 'json');
  return parsed;
}

function typedObject(
  schema: { properties: Readonly<Record<string, ParameterSchema>> },
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  for (const [name, value] of Object.entries(given)) {
    const property = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    const typed = property === undefined ? value : typedValue(property, value);
    if (typed !== undefined) entries.push([name, typed]);
  }
  return Object.fromEntries(entries);
}

/** The value in the schema's type where that is beyond doubt, else as it came (the validator then refuses it). */
function typedValue(schema: ParameterSchema, given: unknown): unknown {
  const value = given ?? (schema.type === 'string' && given === null ? '' : undefined);
  switch (schema.type) {
    case 'string':
      return value;
    case 'integer':
      return typeof value === 'string' && /^[-+]?\d+$/u.test(value) ? Number(value) : value;
    case 'number':
      return typeof value === 'string' && /^[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/u.test(value)
        ? Number(value)
        : value;
    case 'boolean':
      // `True` is how a Python client writes it (SLAP §4).
      if (value === 'true' || value === 'True') return true;
      return value === 'false' || value === 'False' ? false : value;
    case 'array': {
      const list = typeof value === 'string' ? parseJson(value) : value;
      return Array.isArray(list) ? list.map((item) => typedValue(schema.items, item) ?? null) : value;
    }
    case 'object': {
      const object = typeof value === 'string' ? parseJson(value) : value;
      return isObject(object) ? typedObject(schema, object) : value;
    }
    default:
      return schema satisfies never;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The error for a parameter; `rule` chooses the sentence of `error.bad-parameter`. */
export function badParameter(
  name: string,
  label: string,
  rule: string,
  parameters: MessageParameters = {},
): SlapgridError {
  return new SlapgridError('bad-parameter', { name, label, rule, ...parameters });
}

function parameterError(schema: ParametersSchema, error: ErrorObject): SlapgridError {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (error.keyword === 'required') path.push(String(error.params['missingProperty']));
  if (error.keyword === 'additionalProperties') {
    const unknown = String(error.params['additionalProperty']);
    const known = Object.keys(error.parentSchema?.['properties'] ?? {});
    return badParameter([...path, unknown].join('.'), unknown, known.length > 0 ? 'unknown' : 'none', {
      known: known.join(', '),
    });
  }
  const { rule, parameters } = ruleOf(error);
  return badParameter(path.join('.'), parameterLabel(schema, path), rule, parameters);
}

function ruleOf(error: ErrorObject): { rule: string; parameters?: MessageParameters } {
  const schema: Record<string, unknown> = error.parentSchema ?? {};
  switch (error.keyword) {
    case 'required':
      return { rule: 'required' };
    case 'enum':
      return { rule: 'choice', parameters: { choices: textList(schema['enum']) } };
    case 'const':
      return { rule: 'choice', parameters: { choices: String(schema['const']) } };
    case 'pattern':
      return { rule: 'pattern', parameters: { pattern: String(schema['pattern']) } };
    case 'format':
      return { rule: 'format', parameters: { format: String(schema['format']).replaceAll('-', '_') } };
    case 'multipleOf':
      return { rule: 'multiple', parameters: { multiple: Number(schema['multipleOf']) } };
    case 'minLength':
    case 'maxLength':
      return boundedRule('length', schema['minLength'], schema['maxLength']);
    case 'minItems':
    case 'maxItems':
      return boundedRule('items', schema['minItems'], schema['maxItems']);
    case 'uniqueItems':
      return { rule: 'unique' };
    default:
      return typeRule(schema);
  }
}

/** For numbers out of range and values of another type. */
function typeRule(schema: Record<string, unknown>): { rule: string; parameters?: MessageParameters } {
  const type = String(schema['type']);
  if (type !== 'integer' && type !== 'number') return { rule: type };
  const unit = typeof schema['x-unit'] === 'string' ? `\u00a0${schema['x-unit']}` : '';
  const minimum = schema['minimum'] ?? schema['exclusiveMinimum'];
  const maximum = schema['maximum'] ?? schema['exclusiveMaximum'];
  const exclusive = schema['exclusiveMinimum'] !== undefined || schema['exclusiveMaximum'] !== undefined;
  if (minimum === undefined && maximum === undefined) return { rule: type };
  const bounded = boundedRule(exclusive ? 'number_within' : 'number', minimum, maximum);
  return { rule: bounded.rule, parameters: { ...bounded.parameters, unit } };
}

function boundedRule(
  subject: string,
  minimum: unknown,
  maximum: unknown,
): { rule: string; parameters: MessageParameters } {
  if (minimum === undefined) return { rule: `${subject}_maximum`, parameters: { maximum: Number(maximum) } };
  if (maximum === undefined) return { rule: `${subject}_minimum`, parameters: { minimum: Number(minimum) } };
  return {
    rule: `${subject}_between`,
    parameters: { minimum: Number(minimum), maximum: Number(maximum) },
  };
}

function textList(values: unknown): string {
  return Array.isArray(values) ? values.map(String).join(', ') : '';
}
