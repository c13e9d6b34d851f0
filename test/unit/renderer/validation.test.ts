import { describe, expect, it } from 'vitest';
import { fieldGroups, type FieldValue } from '../../../renderer/form/fields.ts';
import { nameProblem, proposedName } from '../../../renderer/form/instance-name.ts';
import { problemOf } from '../../../renderer/form/validation.ts';

function problem(schema: Record<string, unknown>, value: FieldValue, required = false): string {
  const parameters = { properties: { it: { title: 'It', ...schema } }, required: required ? ['it'] : [] };
  const [field] = fieldGroups(parameters).flatMap(({ fields }) => fields);
  if (field === undefined) throw new Error('no field');
  return problemOf(field, value);
}

describe('a value', () => {
  it.each<[Record<string, unknown>, FieldValue, string]>([
    [{ type: 'string', minLength: 2 }, 'a', 'It must have at least 2 characters.'],
    [{ type: 'string', maxLength: 1 }, 'ab', 'It must have at most one character.'],
    [{ type: 'string', pattern: '^(a|b)$' }, 'c', 'It must look like this: ^(a|b)$'],
    [
      { type: 'string', pattern: '^[a-z_][a-z0-9_]*$' },
      'B',
      'It must begin with a lower-case letter or “_”.',
    ],
    [
      { type: 'string', pattern: '^[a-z_][a-z0-9_]*$' },
      'a b',
      'It cannot hold a space, only lower-case letters, digits, and “_”.',
    ],
    [{ type: 'string', pattern: '^(?!root$)[a-z]+$' }, 'root', 'It cannot be “root”: it is taken.'],
    [
      { type: 'string' },
      'a\u0007',
      'It holds characters that cannot be shown. Type it instead of pasting it.',
    ],
    [
      { type: 'string' },
      '-----BEGIN PRIVATE KEY-----MIIE',
      'This looks like a private key. It is not kept secret: it would be stored as an ordinary parameter.',
    ],
    [
      { type: 'string' },
      'a\u202eb',
      'It holds marks that turn the text around. Type it instead of pasting it.',
    ],
    [{ type: 'integer' }, 1.5, 'It must be a whole number.'],
    [{ type: 'integer' }, '12345678901234567890', 'It is too large to be sent exactly.'],
    [{ type: 'integer', maximum: 9 }, '9'.repeat(400), 'It must be at most 9.'],
    [{ type: 'number' }, '9'.repeat(400), 'It is too large to be sent exactly.'],
    [{ type: 'integer' }, '-', 'It must be a number.'],
    [
      { type: 'integer', minimum: 16, maximum: 2048, 'x-unit': 'MB' },
      8,
      'It must be between 16 and 2,048\u00a0MB.',
    ],
    [{ type: 'number', minimum: 1 }, 0, 'It must be at least 1.'],
    [{ type: 'number', maximum: 1 }, 2, 'It must be at most 1.'],
    [{ type: 'integer', multipleOf: 8 }, 12, 'It must be a multiple of 8.'],
    [{ type: 'array', items: { type: 'string' }, minItems: 2 }, ['a'], 'It needs at least 2 values.'],
    [{ type: 'array', items: { type: 'string' }, maxItems: 1 }, ['a', 'b'], 'It takes at most one value.'],
    [
      { type: 'array', items: { type: 'string' }, uniqueItems: true },
      ['a', 'a'],
      'It takes each value once.',
    ],
    [{ type: 'array', items: { type: 'integer' } }, ['a'], 'It takes numbers only.'],
    [
      { type: 'array', items: { type: 'string' } },
      ['a\nb'],
      'It holds characters that cannot be shown. Type it instead of pasting it.',
    ],
    [
      { type: 'array', items: { type: 'string' } },
      ['-----BEGIN EC PRIVATE KEY-----'],
      'This looks like a private key. It is not kept secret: it would be stored as an ordinary parameter.',
    ],
    [{ type: 'object' }, '{', 'It must be written as JSON.'],
  ])('for %j may not be %j', (schema, value, words) => {
    expect(problem(schema, value)).toBe(words);
  });

  it.each<[Record<string, unknown>, FieldValue]>([
    [{ type: 'string', minLength: 2, maxLength: 2 }, '🗄🗄'],
    [{ type: 'integer', minimum: 16, maximum: 16 }, 16],
    [{ type: 'number', multipleOf: 0.5 }, 1.5],
    [{ type: 'array', items: { type: 'integer' } }, ['1', '2']],
    [{ type: 'object' }, '{}'],
    [{ type: 'string', pattern: '(' }, 'a pattern that is none is left to the agent'],
    [{ type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(50)} one that takes for ever too`],
    [{ type: 'string', writeOnly: true }, '-----BEGIN PRIVATE KEY-----'],
    [{ type: 'string', contentMediaType: 'text/html' }, 'one\ntwo\u202e'],
  ])('for %j may be %j', (schema, value) => {
    expect(problem(schema, value)).toBe('');
  });

  it('may not be larger than what the agent reads', () => {
    const huge = 'a'.repeat(1_000_000);
    for (const schema of [{ type: 'string' }, { type: 'string', writeOnly: true }]) {
      expect(problem(schema, huge)).toBe('It is larger than 1 MB, more than can be sent.');
      expect(problem(schema, huge.slice(9))).toBe('');
    }
    expect(problem({ type: 'array', items: { type: 'string' } }, [huge])).toContain('larger than 1 MB');
    expect(problem({ type: 'string' }, '€'.repeat(400_000))).toContain('larger than 1 MB');
  });

  it('that is a default outside of its own rules is told like any other', () => {
    expect(problem({ type: 'integer', maximum: 9, default: 12 }, 12)).toBe('It must be at most 9.');
    expect(problem({ type: 'string', pattern: '^[a-z]+$', default: 'A' }, 'A')).not.toBe('');
  });

  it('may be left out unless it is required', () => {
    expect(problem({ type: 'string', minLength: 2 }, '')).toBe('');
    expect(problem({ type: 'string' }, '', true)).toBe('It is needed.');
  });
});

describe('the name of an instance', () => {
  it('is proposed after the software, with a number when that is taken', () => {
    expect(proposedName('redis', new Set())).toBe('redis');
    expect(proposedName('redis', new Set(['redis', 'redis-2']))).toBe('redis-3');
  });

  it.each([
    ['', 'It needs a name.'],
    ['taken', 'You already have “taken”. Choose another name, or change that one.'],
    [' ', 'It needs a name.'],
    ['a ', 'The name must not begin or end with a space.'],
    ['a\u202Eb', 'The name holds marks that cannot be seen. Type it instead of pasting it.'],
    ['a\u0007', 'The name must be one line of plain text.'],
    ['x'.repeat(201), 'The name must have at most 200 characters.'],
    ['Ça va', ''],
  ])('“%s”', (name, words) => {
    expect(nameProblem(name, new Set(['taken']))).toBe(words);
  });
});
