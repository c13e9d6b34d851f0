import { describe, expect, it } from 'vitest';
import { changedParameters, currentValues, isChanged } from '../../../renderer/form/current-values.ts';
import { fieldGroups } from '../../../renderer/form/fields.ts';

const schema = {
  properties: {
    memory: { type: 'integer', title: 'Memory', default: 64 },
    evict: { type: 'boolean', default: true },
    extensions: { type: 'array', items: { type: 'string' } },
    limits: { type: 'object', title: 'Limits', properties: { rate: { type: 'number' } } },
    raw: { type: 'object' },
    old: { type: 'string', deprecated: true },
  },
};
const fields = fieldGroups(schema).flatMap((group) => group.fields);

describe('the form of an instance that is there', () => {
  it('shows what it was given, and the defaults of the rest', () => {
    const values = currentValues(fields, {
      evict: false,
      extensions: ['a'],
      limits: { rate: 2 },
      raw: { x: 1 },
    });
    expect(values).toEqual({ evict: false, extensions: ['a'], 'limits.rate': 2, raw: '{"x":1}' });
  });

  it('shows a value of another type instead of hiding it', () => {
    expect(currentValues(fields, { memory: 'much' })).toEqual({ memory: 'much' });
  });

  it('sends what was changed, and leaves alone what it does not show', () => {
    const parameters = { old: 'kept', limits: { rate: 2, other: 3 }, unknown: [1], memory: 128 };
    const values = { ...currentValues(fields, parameters), memory: 256 };
    expect(changedParameters(fields, values, parameters)).toEqual({
      old: 'kept',
      limits: { rate: 2, other: 3 },
      unknown: [1],
      memory: 256,
    });
  });

  it('leaves out what is at its default again, so that a later default counts', () => {
    const parameters = { memory: 128, evict: false };
    expect(changedParameters(fields, { memory: 64, evict: false }, parameters)).toEqual({ evict: false });
  });

  it('knows whether anything was changed', () => {
    const parameters = { memory: 128 };
    const values = currentValues(fields, parameters);
    expect(isChanged(fields, values, parameters)).toBe(false);
    expect(isChanged(fields, { ...values, evict: true }, parameters)).toBe(false);
    expect(isChanged(fields, { ...values, memory: 64 }, parameters)).toBe(true);
    expect(isChanged(fields, { ...values, evict: false }, parameters)).toBe(true);
  });
});
