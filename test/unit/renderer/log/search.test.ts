import { describe, expect, it } from 'vitest';
import { NO_LINES, withLines } from '../../../../renderer/log/log-lines.ts';
import { hitAfter, LogSearch, matchesIn } from '../../../../renderer/log/search.ts';

describe('words in a line', () => {
  it('are found in upper and lower case', () => {
    expect(matchesIn('Error: an ERROR', 'error')).toEqual([
      [0, 5],
      [10, 15],
    ]);
  });

  it('are taken as typed, never as a pattern', () => {
    expect(matchesIn('wrote 9 buffers (0.1 %)', '(0.1')).toEqual([[16, 20]]);
    expect(matchesIn('anything', '.*')).toEqual([]);
    expect(matchesIn('anything', '')).toEqual([]);
  });

  it('are found at the right place beside letters that change their length', () => {
    expect(matchesIn('İİ ready', 'ready')).toEqual([[3, 8]]);
  });
});

describe('a search', () => {
  const lines = (...texts: string[]) =>
    withLines(
      NO_LINES,
      texts.map((text) => ({ service: 'web', text })),
    );

  it('gives the numbers of the lines, and follows what comes in', () => {
    const search = new LogSearch();
    const before = lines('ready', 'failed', 'ready again');
    expect(search.find(before, 'ready')).toEqual([1, 3]);
    expect(search.find(withLines(before, [{ service: 'web', text: 'ready' }]), 'ready')).toEqual([1, 3, 4]);
  });

  it('starts anew with other words', () => {
    const search = new LogSearch();
    const kept = lines('ready', 'failed');
    expect(search.find(kept, 'ready')).toEqual([1]);
    expect(search.find(kept, 'failed')).toEqual([2]);
    expect(search.find(kept, '')).toEqual([]);
  });
});

describe('going through the hits', () => {
  it('goes on to the next one, and around the end', () => {
    expect(hitAfter([2, 5, 9], 2, 1)).toBe(5);
    expect(hitAfter([2, 5, 9], 9, 1)).toBe(2);
    expect(hitAfter([2, 5, 9], 5, -1)).toBe(2);
    expect(hitAfter([2, 5, 9], 2, -1)).toBe(9);
  });

  it('begins with the newest when it goes backwards, with the oldest when forwards', () => {
    expect(hitAfter([2, 5, 9], 0, -1)).toBe(9);
    expect(hitAfter([2, 5, 9], 0, 1)).toBe(2);
  });

  it('finds its way when the line it was at is gone', () => {
    expect(hitAfter([5, 9], 3, 1)).toBe(5);
    expect(hitAfter([], 3, 1)).toBeNull();
  });
});
