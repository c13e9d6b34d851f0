import { describe, expect, it } from 'vitest';
import { masterProblem } from '../../../agent/account/problems.ts';
import { SlapgridError } from '../../../agent/errors.ts';
import { hasText } from '../../../agent/messages.ts';
import { SlapError } from '../../../slap/errors.ts';
import { UnreachableError, type UnreachableReason } from '../../../slap/unreachable.ts';

const CODES: Record<UnreachableReason, string> = {
  name: 'master-unreachable',
  'no-network': 'master-no-network',
  refused: 'master-unreachable',
  silent: 'master-unreachable',
  interrupted: 'master-unreachable',
  'not-tls': 'master-not-tls',
  'unknown-authority': 'certificate-unknown',
  'wrong-host': 'certificate-wrong-host',
  expired: 'certificate-expired',
  'not-yet-valid': 'clock-wrong',
  'caller-refused': 'computer-refused',
  elsewhere: 'master-answer',
  'too-large': 'master-answer',
  other: 'master-unreachable',
};

describe('what is wrong with a master', () => {
  it.each(Object.entries(CODES))('has words of its own: %s', (reason, code) => {
    const problem = masterProblem(new UnreachableError(reason as UnreachableReason, 'secret'), 'h:1');
    expect(problem.code).toBe(code);
    const { sentence, nextStep } = problem.toView();
    for (const words of [sentence, nextStep]) expect(words).not.toMatch(/account\.|error\.|secret|^$/);
    expect(sentence).toContain('h:1');
  });

  it.each([
    [new SlapError('forbidden', 'secret'), 'computer-refused'],
    [new SlapError('unauthorized', 'secret'), 'computer-refused'],
    [new SlapError('server', 'secret', { status: 503 }), 'master-answer'],
    [new SlapError('invalid-document', 'secret'), 'master-answer'],
    [new SlapError('unreachable', 'secret'), 'master-unreachable'],
    [new TypeError('secret'), 'master-answer'],
  ])('is %o told as %s', (error, code) => {
    const problem = masterProblem(error, 'h:1');
    expect(problem.code).toBe(code);
    expect(problem.message).not.toContain('secret');
    expect(problem.cause).toBe(error);
  });

  it('keeps words that it has', () => {
    const problem = new SlapgridError('disk-full', { path: '/x' });
    expect(masterProblem(problem, 'h')).toBe(problem);
  });

  it.each([
    'master-url-invalid',
    'token-refused',
    'computer-name-in-use',
    'computer-name-invalid',
    'already-joined',
    'unknown-master',
    'too-many-partitions',
    'master-records-damaged',
    'partitions-overlap',
  ])('%s has a sentence and a next step', (code) => {
    expect(hasText(`error.${code}`) && hasText(`error.${code}.next`)).toBe(true);
  });
});
