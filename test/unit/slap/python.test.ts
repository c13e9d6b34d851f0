import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Float, type SlapValue, Tuple } from '../../../slap/marshal/values.ts';
import { compareCodePoints } from '../../../slap/order.ts';
import { pythonFloat, pythonRepr, pythonString } from '../../../slap/python.ts';

describe('floats as Python spells them', () => {
  it.each([
    [1, '1.0'],
    [-0, '-0.0'],
    [0.1, '0.1'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [1.5e16, '1.5e+16'],
    [123456789012345680, '1.2345678901234568e+17'],
    [1e22, '1e+22'],
    [0.0001, '0.0001'],
    [0.00012345, '0.00012345'],
    [0.00001, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [5e-324, '5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [1795354148.1014245, '1795354148.1014245'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
    [Number.NaN, 'nan'],
  ])('%d', (number, expected) => {
    expect(pythonFloat(number)).toBe(expected);
  });

  it('read back as themselves', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(Number(pythonFloat(number))).toBe(number);
      }),
    );
  });
});

describe('values as Python spells them', () => {
  it.each<[SlapValue, string]>([
    [null, 'None'],
    [true, 'True'],
    [1, '1'],
    [1e21, '1000000000000000000000'],
    [new Float(2), '2.0'],
    [{ k: 'v' }, "{'k': 'v'}"],
    [[1, 'a'], "[1, 'a']"],
    [new Tuple([1]), '(1,)'],
    [new Tuple([1, 2]), '(1, 2)'],
    [new Set([1]), '{1}'],
    [new Set<SlapValue>(), 'set()'],
    [new Map([[1, 'a']]), "{1: 'a'}"],
    ["it's", '"it\'s"'],
    ['"it\'s"', "'\"it\\'s\"'"],
    ['a\n\t\r\\', "'a\\n\\t\\r\\\\'"],
    ['é 😀', "'é 😀'"],
    ['\u0007\u00AD\u2028\u{E0001}', "'\\x07\\xad\\u2028\\U000e0001'"],
  ])('%o', (value, expected) => {
    expect(pythonRepr(value)).toBe(expected);
  });

  it('texts stay what they are', () => {
    expect(pythonString("it's")).toBe("it's");
  });
});

it('texts are in the order of their code points', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
      const points = (text: string): number[] =>
        Array.from(text, (character) => character.codePointAt(0) ?? 0);
      const [left, right] = [points(one), points(other)];
      const at = left.findIndex((point, index) => point !== right[index]);
      const expected = at === -1 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1);
      expect(Math.sign(compareCodePoints(one, other))).toBe(Math.sign(expected));
    }),
  );
});
