import { describe, expect, it } from 'vitest';
import type { UsageSeries } from '../../../../agent/api/contract-usage.ts';
import { drawnOf, layersOf, shadesOf, totalsOf } from '../../../../renderer/screens/usage/stack.ts';
import { timeSpentText } from '../../../../renderer/screens/usage/words.ts';

function series(key: string, kind: 'me' | 'other', cpus: (number | null)[]): UsageSeries {
  return {
    key,
    title: key,
    detail: '',
    owner: { kind, name: key },
    totals: {
      cpuSeconds: 0,
      memoryBytes: 0,
      memoryPeakBytes: 0,
      diskBytes: null,
      networkBytes: null,
      runSeconds: 0,
    },
    cpus,
    memoryBytes: [],
    memoryPeakBytes: [],
    diskBytes: [],
    networkBytesPerSecond: [],
    runSeconds: [],
  };
}

describe('the layers', () => {
  it('begin with the person’s own, and end with who used most', () => {
    const all = [series('me', 'me', [1]), series('a', 'other', [1]), series('b', 'other', [5])];
    expect(layersOf(all, 'cpu', 1).map(({ shade }) => shade)).toEqual(['me', 'other-1', 'other-0']);
  });

  it('of many people are few: the least are one', () => {
    const all = Array.from({ length: 50 }, (_, place) => series(`p${place}`, 'other', [50 - place]));
    const layers = layersOf(all, 'cpu', 1);
    expect(layers).toHaveLength(6);
    expect(layers[0]).toEqual({ shade: 'rest', values: [(45 * 46) / 2] });
    expect(shadesOf(all, 'cpu').get('p49')).toBe('rest');
  });

  it('of six have a shade each, as nothing is gained by putting one together', () => {
    const all = Array.from({ length: 6 }, (_, place) => series(`p${place}`, 'other', [6 - place]));
    expect(new Set(shadesOf(all, 'cpu').values()).size).toBe(6);
  });

  it('leave out what nobody knows, and what cannot be', () => {
    const all = [series('a', 'other', [1, null, -3, Number.NaN]), series('b', 'other', [2, null, 4, null])];
    expect(totalsOf(layersOf(all, 'cpu', 4), 4)).toEqual([3, null, 4, null]);
  });
});

describe('what is drawn', () => {
  it('stands on what is below it, within the frame, with gaps where nothing is known', () => {
    const layers = [
      { shade: 'me', values: [1, null, 1] },
      { shade: 'other-0', values: [1, null, 9] },
    ] as const;
    const [below, above] = drawnOf(layers, { borders: [0, 1, 2, 3], maximum: 4, width: 300, height: 100 });
    expect(below?.line).toBe('M0 75L50 75L100 75M200 75L250 75L300 75');
    expect(above?.line).toBe('M0 50L50 50L100 50M200 0L250 0L300 0');
    expect(above?.area).toContain('L100 75L50 75L0 75Z');
  });
});

describe('time that was spent', () => {
  it.each([
    [0, '0 s'],
    [59, '59 s'],
    [90, '2 min'],
    [5400, '1.5 h'],
    [460_800, '128 h'],
    [7_146_000, '1,985 h'],
  ])('of %d s is %s', (seconds, words) => {
    expect(timeSpentText(seconds).replaceAll('\u00a0', ' ')).toBe(words);
  });
});
