import { describe, expect, it } from 'vitest';
import { parseProfile } from '../../../agent/software/profile/document.ts';
import { createProfileRenderer } from '../../../agent/software/profile/renderer.ts';
import { documentWith } from './sample.ts';

const renderer = createProfileRenderer();

function typeWith(properties: Record<string, unknown>, required: string[] = []) {
  const document = documentWith({ parameters: { type: 'object', properties, required } });
  return renderer.typeOf(parseProfile(document, 'slapgrid:sample'), 'default');
}

const memory = {
  type: 'integer',
  title: 'Memory for values',
  'x-unit': 'MB',
  minimum: 16,
  maximum: 2048,
  default: 64,
};

function read(properties: Record<string, unknown>, given: Record<string, unknown>) {
  return renderer.parameters(typeWith(properties), given);
}

function refusal(name: string, sentence: string) {
  return expect.objectContaining({
    code: 'bad-parameter',
    parameters: expect.objectContaining({ name }),
    message: expect.stringContaining(sentence),
  });
}

describe('defaults', () => {
  it('are filled in', () => {
    expect(read({ memory }, {})).toEqual({ memory: 64 });
  });

  it('are filled in inside a group that is given', () => {
    const group = { type: 'object', properties: { memory, name: { type: 'string' } } };
    expect(read({ group }, { group: { name: 'x' } })).toEqual({ group: { name: 'x', memory: 64 } });
  });

  it('do not change what was given, nor the profile', () => {
    const type = typeWith({ list: { type: 'array', items: { type: 'string' }, default: ['a'] } });
    const given = {};
    const first = renderer.parameters(type, given);
    (first['list'] as string[]).push('b');
    expect(given).toEqual({});
    expect(renderer.parameters(type, {})).toEqual({ list: ['a'] });
  });
});

describe('text from the wire becomes what the schema says', () => {
  it.each([
    ['a whole number', memory, '64', 64],
    ['a number', { type: 'number' }, '-1.5e1', -15],
    ['true', { type: 'boolean' }, 'true', true],
    ['True, as Python writes it', { type: 'boolean' }, 'True', true],
    ['false', { type: 'boolean' }, 'False', false],
    ['text', { type: 'string' }, '64', '64'],
    ['null, which is empty text', { type: 'string' }, null, ''],
    ['a list', { type: 'array', items: { type: 'integer' } }, '["1", 2]', [1, 2]],
    ['a group', { type: 'object', properties: { memory } }, '{"memory": "32"}', { memory: 32 }],
  ])('%s', (_name, schema, given, value) => {
    expect(read({ it: schema }, { it: given })).toEqual({ it: value });
  });

  it('null is not given where the type is not text', () => {
    expect(read({ memory }, { memory: null })).toEqual({ memory: 64 });
  });

  it('one parameter _ holds all of them as JSON', () => {
    const properties = { memory, names: { type: 'array', items: { type: 'string' } } };
    expect(read(properties, { _: '{"memory": 32, "names": ["a"]}' })).toEqual({ memory: 32, names: ['a'] });
    expect(read(properties, { _: null })).toEqual({ memory: 64 });
  });
});

describe('what is refused, in words', () => {
  it.each([
    [memory, '8', 'must be between 16 and 2,048\u00a0MB'],
    [memory, 'much', 'must be between 16 and 2,048\u00a0MB'],
    [memory, '64.5', 'must be between 16 and 2,048\u00a0MB'],
    [memory, '', 'must be between 16 and 2,048\u00a0MB'],
    [{ type: 'integer' }, 'x', 'must be a whole number'],
    [{ type: 'integer' }, '1e3', 'must be a whole number'],
    [{ type: 'number', minimum: 0 }, -1, 'must be at least 0'],
    [{ type: 'number', exclusiveMaximum: 1 }, 1, 'must be less than 1'],
    [{ type: 'integer', multipleOf: 4 }, 6, 'must be a multiple of 4'],
    [{ type: 'string', enum: ['a', 'b'] }, 'c', 'must be one of these: a, b'],
    [{ type: 'string', pattern: '^a+$' }, 'b', 'must have the form ^a+$'],
    [{ type: 'string', maxLength: 3 }, 'abcd', 'must be at most 3 characters long'],
    [{ type: 'string', minLength: 1, maxLength: 3 }, '', 'must be 1 to 3 characters long'],
    [{ type: 'string', format: 'email' }, 'x', 'must be an e-mail address'],
    [{ type: 'string', format: 'date-time' }, 'x', 'must be a date and time'],
    [{ type: 'string' }, 5, 'must be text'],
    [{ type: 'boolean' }, 'yes', 'must be true or false'],
    [{ type: 'array', items: { type: 'string' } }, 'a', 'must be a list'],
    [{ type: 'array', items: { type: 'string' }, minItems: 1 }, [], 'must have at least 1 entry'],
    [
      { type: 'array', items: { type: 'string' }, uniqueItems: true },
      ['a', 'a'],
      'must not have an entry twice',
    ],
    [{ type: 'object', properties: {} }, 'a', 'must be a group of values'],
  ])('%j given %j', (schema, given, sentence) => {
    expect(() => read({ it: { title: 'The thing', ...schema } }, { it: given })).toThrow(
      refusal('it', sentence),
    );
  });

  it('the title is the name, and the sentence says that nothing happened', () => {
    expect(() => read({ memory }, { memory: 8 })).toThrow(
      'Memory for values must be between 16 and 2,048\u00a0MB. Nothing was changed.',
    );
  });

  it('a parameter that is not there', () => {
    expect(() => read({ memory }, { memroy: '64' })).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('memroy is not a parameter here'),
        nextStep: 'Choose from: memory.',
      }),
    );
    expect(() => read({}, { memory: '64' })).toThrow(/there are no parameters here/);
  });

  it('a parameter that must be there', () => {
    const type = typeWith({ name: { type: 'string', title: 'Name' } }, ['name']);
    expect(() => renderer.parameters(type, {})).toThrow(refusal('name', 'Name is missing'));
  });

  it('a parameter inside a group is named with its group', () => {
    const group = { type: 'object', title: 'Disk', properties: { memory } };
    expect(() => read({ group }, { group: { memory: 1 } })).toThrow(
      refusal('group.memory', 'Disk, Memory for values must be between'),
    );
  });

  it('_ that is no JSON object, or not alone', () => {
    expect(() => read({ memory }, { _: '{' })).toThrow(refusal('_', 'must be a JSON object'));
    expect(() => read({ memory }, { _: '[1]' })).toThrow(refusal('_', 'must be a JSON object'));
    expect(() => read({ memory }, { _: '{}', memory: '1' })).toThrow(
      refusal('_', 'no other can stand beside it'),
    );
  });

  it('a prototype', () => {
    expect(() => read({ memory }, { _: '{"__proto__": {"memory": 1}}' })).toThrow(
      refusal('__proto__', 'is not a parameter here'),
    );
  });
});

describe('a pattern written by a stranger', () => {
  it('that would take for ever does not match, and the agent goes on', () => {
    const pattern = '^(a+)+$';
    expect(() => read({ it: { type: 'string', pattern } }, { it: `${'a'.repeat(60)}!` })).toThrow(
      refusal('it', 'must have the form'),
    );
    expect(read({ it: { type: 'string', pattern } }, { it: 'aaa' })).toEqual({ it: 'aaa' });
  });

  it('is not taken for another one', () => {
    const properties = { a: { type: 'string', pattern: '^a$' }, b: { type: 'string', pattern: '^b$' } };
    expect(read(properties, { a: 'a', b: 'b' })).toEqual({ a: 'a', b: 'b' });
    expect(() => read(properties, { a: 'b', b: 'b' })).toThrow(refusal('a', '^a$'));
  });
});
