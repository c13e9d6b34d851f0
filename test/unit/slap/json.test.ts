import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonError, readJson } from '../../../slap/json/read.ts';
import { COMPACT, SPACED, writeJson } from '../../../slap/json/write.ts';
import { Float, type SlapValue, Tuple } from '../../../slap/marshal/values.ts';

const anyValue = fc.letrec<{ value: SlapValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.bigInt({ min: 2n ** 60n }),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .map((number) => (Number.isInteger(number) ? new Float(number) : number)),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('value')),
    fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value')),
  ),
})).value;

describe('reading', () => {
  it.each<[string, SlapValue]>([
    ['1', 1],
    ['1.0', new Float(1)],
    ['1e3', new Float(1000)],
    ['1.5', 1.5],
    ['-0', 0],
    ['9007199254740993', 9007199254740993n],
    ['"\\u00e9"', 'é'],
    ['[null, true, {"a": []}]', [null, true, { a: [] }]],
  ])('%s keeps its kind', (text, value) => {
    expect(readJson(text)).toEqual(value);
  });

  it('takes keys that JavaScript gives a meaning as ordinary ones', () => {
    const value = readJson('{"__proto__": {"a": 1}, "constructor": 2}');
    expect(Object.entries(value ?? {})).toEqual([
      ['__proto__', { a: 1 }],
      ['constructor', 2],
    ]);
  });

  it.each([
    ['nothing', ''],
    ['half of it', '{"a": '],
    ['two of them', '{} {}'],
    ['NaN', 'NaN'],
    ['a byte order mark', '\uFEFF{}'],
    ['a number without end', '1'.repeat(5000)],
    ['depth', `${'['.repeat(65)}${']'.repeat(65)}`],
    ['depth without end', '{"a":'.repeat(100_000)],
  ])('refuses %s', (_what, text) => {
    expect(() => readJson(text)).toThrow(JsonError);
  });

  it('does not take brackets in a text for depth', () => {
    const text = '[{"\\'.repeat(100);
    expect(readJson(JSON.stringify([text, text]))).toEqual([text, text]);
  });
});

describe('writing', () => {
  const value: SlapValue = { b: [1, new Float(1), 1.5, true, null], a: 'é"\u007F😀', t: new Tuple(['x']) };

  it('gives what is read back as every value that was written', () => {
    fc.assert(
      fc.property(anyValue, fc.constantFrom(SPACED, COMPACT), (each, style) => {
        expect(readJson(writeJson(each, style))).toEqual(each);
      }),
    );
  });

  it('is Python’s with blanks, in the order of the keys', () => {
    expect(writeJson(value, SPACED)).toBe(
      '{"b": [1, 1.0, 1.5, true, null], "a": "\\u00e9\\"\\u007f\\ud83d\\ude00", "t": ["x"]}',
    );
  });

  it('is Python’s without blanks, sorted', () => {
    expect(writeJson(value, COMPACT)).toBe(
      '{"a":"\\u00e9\\"\\u007f\\ud83d\\ude00","b":[1,1.0,1.5,true,null],"t":["x"]}',
    );
  });

  it('has a place for what JSON has none for', () => {
    expect(
      writeJson([Number.NaN, new Float(Infinity), 10n ** 20n, new Set([1]), new Map([[1, 2]])], SPACED),
    ).toBe('[null, null, 100000000000000000000, [1], {"1": 2}]');
  });
});
