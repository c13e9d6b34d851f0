/** The lists of test files: a file that is renamed must not stay in them under its old name. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LONGEST, rankOf } from '../../longest-first.ts';

const root = path.resolve(import.meta.dirname, '..', '..', '..');
const missing = (files: readonly string[]): string[] =>
  files.filter((file) => !existsSync(path.join(root, file)));

describe('what begins first', () => {
  it('is there', () => {
    expect(missing(LONGEST)).toEqual([]);
  });

  it('is what is named, then what waits or computes long, then the rest', () => {
    const files = ['test/unit/cli/b.test.ts', 'test/e2e/gates/a.test.ts', 'test/page/a.test.ts', ...LONGEST];
    const sorted = files.toSorted((left, right) => rankOf(left) - rankOf(right));
    expect(sorted).toEqual([...LONGEST, ...files.slice(0, 3).toReversed()]);
  });
});

it('what is not repeated as an ordinary user is there, and is an end-to-end test', () => {
  const lines = readFileSync(path.join(root, '.ci', 'only-as-root'), 'utf8').split('\n');
  const files = lines.filter((line) => line !== '' && !line.startsWith('#'));
  expect(files).not.toEqual([]);
  expect(missing(files)).toEqual([]);
  expect(files.filter((file) => !/^test\/e2e\/.+\.test\.ts$/u.test(file))).toEqual([]);
});
