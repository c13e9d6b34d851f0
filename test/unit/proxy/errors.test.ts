import { describe, expect, it } from 'vitest';
import { errorView } from '../../../agent/errors.ts';
import { proxyError } from '../../../agent/proxy/errors.ts';
import { SlapError, type SlapErrorCode } from '../../../slap/errors.ts';
import { asking, localMaster } from './local-master.ts';

function told(work: () => unknown): { code: string; sentence: string; nextStep: string } {
  try {
    work();
  } catch (error) {
    return errorView(proxyError(error, { name: 'one', partitionCount: 3 }));
  }
  throw new Error('nothing was refused');
}

describe('a refusal is told to a person', () => {
  it.each<[SlapErrorCode, string, RegExp]>([
    ['no-free-partition', 'no-free-partition', /\b3\b/],
    ['no-host', 'no-shared-host', /“one”/],
    ['name-in-use', 'name-in-use', /“one”/],
    ['bad-request', 'request-refused', /“one” .* The name is empty\./],
  ])('%s', (refusal, code, sentence) => {
    const view = told(() => {
      throw new SlapError(refusal, 'The name is empty.');
    });
    expect(view).toMatchObject({ code, sentence: expect.stringMatching(sentence) });
    expect(`${view.sentence}${view.nextStep}`).not.toMatch(/error\.|\{/);
  });

  it('with the reason of the master', () => {
    const { proxy } = localMaster();
    const request = asking('one', { parameters: { a: 'x'.repeat(2_000_000) } });
    expect(told(() => proxy.requestComputerPartition(request)).sentence).toContain(
      'The parameters are too large.',
    );
  });
});

it('what is no refusal stays what it is', () => {
  const fault = new Error('fault');
  expect(proxyError(fault, { name: 'one', partitionCount: 3 })).toBe(fault);
});
