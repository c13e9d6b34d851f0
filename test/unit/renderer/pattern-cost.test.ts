import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isCheap, repeatsOf } from '../../../renderer/form/pattern-cost.ts';

describe('the cost of a pattern', () => {
  const END = Number.POSITIVE_INFINITY;
  it.each([
    ['^[a-z_][a-z0-9_]{0,62}$', [62]],
    ['^[a-z][a-z0-9_]*$', [END]],
    ['^(?!pg_)[a-z]+$', [END]],
    ['^\\d+\\.\\d+$', [END, END]],
    ['^(?:one|two)?$', null],
    ['^(?:one|two)$', []],
    ['^\\(+\\[+$', [END, END]],
    ['^[)(+*]+$', [END]],
    ['^a{2,}b{3}c{4,4}d?$', [END, 1]],
    ['', []],
  ])('%s has parts that repeat %j times at most', (source, repeats) => {
    expect(repeatsOf(source)).toEqual(repeats);
  });

  it.each([
    '^(a+)+$',
    '^(a*)*b',
    '^([a-z]+)*$',
    '^(a|aa)+$',
    '^((a?)b?){30}$',
    '(x+x+)+y',
    '^(?:(?:ab?)+)*$',
    '^(a)\\1+$',
    '^(?<word>a)\\k<word>$',
  ])('%s could take for ever', (source) => {
    expect(repeatsOf(source)).toBeNull();
    expect(isCheap(source, 1)).toBe(false);
  });

  it('grows with the text', () => {
    expect(isCheap('^[a-z]+$', 100_000)).toBe(true);
    expect(isCheap('^[a-z]+$', 10_000_000)).toBe(false);
    expect(isCheap('[a-z]+$', 100_000)).toBe(false);
    expect(isCheap('^a*a*a*$', 64)).toBe(true);
    expect(isCheap('^a*a*a*$', 1000)).toBe(false);
    expect(isCheap('^a{0,500}a{0,500}a{0,500}$', 500)).toBe(false);
    expect(isCheap(`^${'a?'.repeat(30)}$`, 30)).toBe(false);
  });

  it('ends soon where it says so', () => {
    const began = performance.now();
    const value = `${'a'.repeat(90)}!`;
    for (const source of ['^a*a*a*$', '^(?:a{1,9}){1,9}$', '^[a-z]+[a-z]+$']) {
      if (isCheap(source, value.length)) new RegExp(source, 'u').test(value);
    }
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it('is small for each pattern that the program comes with', async () => {
    const folder = path.join(import.meta.dirname, '..', '..', '..', 'assets', 'software');
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.yaml'));
    const patterns: string[] = [];
    for (const file of files) {
      const lines = (await readFile(path.join(folder, file), 'utf8')).split('\n');
      patterns.push(...lines.flatMap((line) => /^\s*pattern: '?(.+?)'?$/u.exec(line)?.[1] ?? []));
    }
    expect(patterns.length).toBeGreaterThan(0);
    for (const pattern of patterns) expect(isCheap(pattern, 200), pattern).toBe(true);
  });
});
