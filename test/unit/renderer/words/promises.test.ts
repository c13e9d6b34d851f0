import { expect, it } from 'vitest';
import type { PromiseView } from '../../../../agent/api/contract.ts';
import { promisesText } from '../../../../renderer/words/instance.ts';
import { failedPromisesText, promisesCountText } from '../../../../renderer/words/promises.ts';
import { readyInstance } from '../../../fakes/agent-service.ts';

const instance = (...states: PromiseView['state'][]) =>
  readyInstance({
    promises: states.map((state, index) => ({
      name: `promise-${index}`,
      state,
      message: '',
      checkedAt: null,
    })),
  });

it.each([
  [instance(), '', '', ''],
  [instance('kept'), '1 of 1 promise kept', '1 of 1', ''],
  [instance('kept', 'unknown'), '1 of 2 promises kept', '1 of 2', ''],
  [instance('failed', 'kept', 'failed'), '1 of 3 promises kept', '1 of 3 kept', 'promise-0, promise-2'],
])('of %# is said how many are kept, and which are not', (given, sentence, count, failed) => {
  expect(promisesText(given)).toBe(sentence);
  expect(promisesCountText(given)).toBe(count);
  expect(failedPromisesText(given)).toBe(failed);
});
