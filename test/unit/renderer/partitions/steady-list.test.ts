import { describe, expect, it } from 'vitest';
import { heldList } from '../../../../renderer/screens/partitions/steady-list.ts';

const before = { asked: 'all', ids: ['a', 'b'] };

describe('a list that somebody is at', () => {
  it('stays as it was, whatever comes and goes', () => {
    expect(heldList(before, 'all', ['b', 'c'], true)).toBe(before);
  });

  it('is another one when something else is asked for', () => {
    expect(heldList(before, 'stopped', ['c'], true)).toEqual({ asked: 'stopped', ids: ['c'] });
  });
});

describe('a list that nobody is at', () => {
  it('is what there is', () => {
    expect(heldList(null, 'all', ['a'], true)).toEqual({ asked: 'all', ids: ['a'] });
    expect(heldList(before, 'all', ['b', 'c'], false)).toEqual({ asked: 'all', ids: ['b', 'c'] });
  });

  it('is the same one while nothing moves', () => {
    expect(heldList(before, 'all', ['a', 'b'], false)).toBe(before);
    expect(heldList(before, 'all', ['b', 'a'], false)).not.toBe(before);
  });
});
