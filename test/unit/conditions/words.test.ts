import { expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../../agent/conditions/defaults.ts';
import { UNKNOWN_FACTS } from '../../../agent/conditions/facts.ts';
import { factViews } from '../../../agent/conditions/words.ts';

it.each([
  [40_000_000, '0 GB free'],
  [3_000_000_000, '3 GB free'],
  [3_440_000_000, '3.4 GB free'],
  [9_960_000_000, '10 GB free'],
  [123_456_000_000, '123 GB free'],
  [1_234_567_000_000, '1,235 GB free'],
])('%d bytes are %s', (freeBytes, sentence) => {
  const views = factViews({
    facts: { ...UNKNOWN_FACTS, freeBytes },
    sources: {},
    rules: DEFAULT_RULES,
    holding: [],
    now: 0,
  });
  expect(views.find(({ condition }) => condition === 'disk')?.sentence).toBe(sentence);
});
