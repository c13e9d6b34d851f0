import { assert, constantFrom, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patternProblem, readPattern, type PatternProblem } from '../../../renderer/form/pattern-words.ts';

function problem(source: string, value: string): PatternProblem | null {
  const pattern = readPattern(source);
  if (pattern === null) throw new Error('not a pattern that can be said');
  return patternProblem(pattern, value);
}

const DATABASE = '^(?!(?:postgres|template0)$)[a-z_][a-z0-9_]{0,62}$';
const USER = '^(?!pg_|postgres$)[a-z_][a-z0-9_]{0,62}$';

describe('what is wrong with a value', () => {
  it.each<[string, string, object]>([
    [DATABASE, 'Photos', { kind: 'first' }],
    [DATABASE, 'photos!', { kind: 'character', character: '!' }],
    [DATABASE, 'postgres', { kind: 'taken', word: 'postgres', begins: false }],
    [DATABASE, 'x'.repeat(64), { kind: 'long', most: 63 }],
    [USER, 'pg_me', { kind: 'taken', word: 'pg_', begins: true }],
    [USER, 'postgres', { kind: 'taken', word: 'postgres', begins: false }],
    [String.raw`^\d`.replace('^', '^[').concat(']{4}$'), '123', { kind: 'short', least: 4 }],
    ['^[A-F0-9]{2}$', '🗄1', { kind: 'first' }],
  ])('of %s in %s', (source, value, expected) => {
    expect(problem(source, value)).toMatchObject(expected);
  });

  it.each(['template1', 'postgres2'])('is nothing in %s', (value) => {
    expect(problem(DATABASE, value)).toBeNull();
  });
});

describe('a pattern', () => {
  it.each([
    'a+',
    '^a|b$',
    '^(a|b)$',
    '^[^a]$',
    '^[a-z]+[0-9]+$',
    '^.$',
    '^$',
    String.raw`^\p{L}$`,
    '^[a-z$',
    '(',
  ])('is left as it is when it cannot be said: %s', (source) => {
    expect(readPattern(source)).toBeNull();
  });

  it('agrees with the regular expression on every value', () => {
    for (const source of [DATABASE, USER, '^[a-z][a-z0-9-]*$', '^v[0-9]{1,3}$']) {
      const expression = new RegExp(source, 'u');
      assert(
        property(
          string({ unit: constantFrom(...Array.from('abpgostre_09-vZ!é')), maxLength: 12 }),
          (value) => {
            expect(problem(source, value) === null).toBe(expression.test(value));
          },
        ),
      );
    }
  });
});
