import { describe, expect, it } from 'vitest';
import { fieldGroups, keyOf, parametersOf, type Field } from '../../../renderer/form/fields.ts';

function fieldsOf(properties: Record<string, unknown>, required: string[] = []): Field[] {
  return fieldGroups({ type: 'object', properties, required }).flatMap(({ fields }) => fields);
}

describe('the field of a parameter', () => {
  it.each([
    [{ type: 'string' }, { kind: 'text', multiline: false, secret: false, initial: '' }],
    [
      { type: 'string', contentMediaType: 'text/html' },
      { kind: 'text', multiline: true },
    ],
    [
      { type: 'string', writeOnly: true },
      { kind: 'text', secret: true },
    ],
    [
      { type: 'string', enum: ['a', 'b'], default: 'b' },
      { kind: 'choice', options: ['a', 'b'], initial: 'b' },
    ],
    [
      { type: 'integer', enum: [1, 2] },
      { kind: 'choice', options: [1, 2] },
    ],
    [
      { type: 'string', const: 'only' },
      { kind: 'choice', options: ['only'] },
    ],
    [
      { type: 'integer', minimum: 1, default: 5, 'x-unit': 'MB' },
      { kind: 'number', integer: true, minimum: 1, unit: 'MB', initial: 5 },
    ],
    [
      { type: 'integer', exclusiveMinimum: 1, exclusiveMaximum: 9 },
      { minimum: 2, maximum: 8 },
    ],
    [{ type: 'number' }, { kind: 'number', integer: false }],
    [
      { type: 'boolean', default: true },
      { kind: 'truth', initial: true },
    ],
    [
      { type: 'array', items: { type: 'string' }, maxItems: 3 },
      { kind: 'list', numbers: false, maxItems: 3, initial: [] },
    ],
    [
      { type: 'array', items: { type: 'integer' }, default: [1] },
      { kind: 'list', numbers: true, initial: ['1'] },
    ],
    [
      { type: 'array', items: { type: 'object' } },
      { kind: 'json', initial: '' },
    ],
    [{ type: 'object' }, { kind: 'json' }],
  ])('suits %j', (schema, expected) => {
    expect(fieldsOf({ it: schema })[0]).toMatchObject(expected);
  });

  it('is called what the schema calls it, or else by its name', () => {
    expect(fieldsOf({ one: { type: 'string', title: 'The one', description: 'Help.' } })[0]).toMatchObject({
      title: 'The one',
      help: 'Help.',
    });
    expect(fieldsOf({ one: { type: 'string' } })[0]).toMatchObject({ title: 'one', help: '' });
  });

  it('stands in the group of the object that it is part of', () => {
    const groups = fieldGroups({
      type: 'object',
      properties: {
        plain: { type: 'string' },
        tls: {
          type: 'object',
          title: 'Encryption',
          required: ['certificate'],
          properties: { certificate: { type: 'string' } },
        },
      },
    });
    expect(groups.map(({ title, fields }) => [title, fields.map(({ path }) => path.join('.'))])).toEqual([
      ['', ['plain']],
      ['Encryption', ['tls.certificate']],
    ]);
    expect(groups[1]?.fields[0]?.required).toBe(true);
  });

  it('is left out when it is deprecated', () => {
    expect(fieldsOf({ old: { type: 'string', deprecated: true } })).toEqual([]);
  });
});

describe('a schema that nobody checked', () => {
  it('shows choices that look alike once', () => {
    expect(fieldsOf({ it: { enum: [1, '1', 'a', 'a'] } })[0]).toMatchObject({
      kind: 'choice',
      options: ['1', 'a'],
    });
  });

  it.each([
    { enum: [] },
    { enum: ['a', null] },
    { enum: [{}] },
    { type: 'whatever' },
    { $ref: '#' },
    { type: 7 },
  ])('has %j written as JSON', (schema) => {
    expect(fieldsOf({ it: schema })[0]?.kind).toBe('json');
  });

  it('has objects inside objects written as JSON from some depth on', () => {
    let schema: Record<string, unknown> = { type: 'string' };
    for (let depth = 0; depth < 5000; depth += 1) schema = { type: 'object', properties: { inner: schema } };
    const fields = fieldsOf({ it: schema });
    expect(fields).toHaveLength(1);
    expect(fields[0]?.kind).toBe('json');
  });

  it('tells a name that holds a dot from two names', () => {
    const fields = fieldsOf({
      'a.b': { type: 'string' },
      a: { type: 'object', properties: { b: { type: 'string' } } },
    });
    expect(new Set(fields.map(keyOf)).size).toBe(2);
    const [first, second] = fields.map(keyOf);
    const values = { [first ?? '']: 'one', [second ?? '']: 'two' };
    expect(parametersOf(fields, values)).toEqual({ 'a.b': 'one', a: { b: 'two' } });
  });

  it('says which patterns only the agent can try', () => {
    const fields = fieldsOf({
      fine: { type: 'string', pattern: '^[a-z]+$' },
      broken: { type: 'string', pattern: '(' },
      endless: { type: 'string', pattern: '^(a+)+$' },
    });
    expect(fields.map((field) => field.kind === 'text' && field.unchecked)).toEqual([false, true, true]);
  });
});

describe('what is sent', () => {
  const fields = fieldsOf({
    memory: { type: 'integer', default: 64 },
    evict: { type: 'boolean', default: true },
    tags: { type: 'array', items: { type: 'integer' } },
    level: { type: 'integer', enum: [1, 2] },
    extra: { type: 'array', items: { type: 'object' } },
    tls: { type: 'object', properties: { on: { type: 'boolean' }, name: { type: 'string' } } },
  });

  it('is nothing when everything is as it was proposed', () => {
    expect(parametersOf(fields, {})).toEqual({});
    expect(parametersOf(fields, { memory: 64, evict: true, tags: [] })).toEqual({});
  });

  it('is what differs, in the types of the schema', () => {
    const values = { memory: 128, evict: false, tags: ['1', '2'], level: '2', extra: '[{"a":1}]' };
    expect(parametersOf(fields, values)).toEqual({
      memory: 128,
      evict: false,
      tags: [1, 2],
      level: 2,
      extra: [{ a: 1 }],
    });
  });

  it('is the empty text or list when a proposed one was emptied', () => {
    const proposed = fieldsOf({
      page: { type: 'string', default: 'hello' },
      tags: { type: 'array', items: { type: 'string' }, default: ['a'] },
      memory: { type: 'integer', default: 64 },
    });
    expect(parametersOf(proposed, { page: '', tags: [], memory: '' })).toEqual({ page: '', tags: [] });
  });

  it('is everything that is required, proposed or not', () => {
    const required = fieldsOf({ database: { type: 'string', default: 'data' } }, ['database']);
    expect(parametersOf(required, {})).toEqual({ database: 'data' });
  });

  it('is nested as the schema is', () => {
    expect(parametersOf(fields, { 'tls.on': true, 'tls.name': 'a' })).toEqual({
      tls: { on: true, name: 'a' },
    });
  });
});
