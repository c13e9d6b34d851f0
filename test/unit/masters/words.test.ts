import { describe, expect, it } from 'vitest';
import { SlapgridError } from '../../../agent/errors.ts';
import { Breaker } from '../../../agent/masters/breaker.ts';
import { hostingProblem } from '../../../agent/masters/hosting-problem.ts';
import { checkAnswer } from '../../../agent/masters/known-answer.ts';
import { nextTurn } from '../../../agent/masters/turns.ts';
import { hasText } from '../../../agent/messages.ts';
import { SlapError } from '../../../slap/errors.ts';
import type { ComputerPartitionRecord, ComputerRecord } from '../../../slap/master.ts';
import { UnreachableError } from '../../../slap/unreachable.ts';
import type { SlapResponse } from '../../../slap/http.ts';

function withCode(code: string): SlapError {
  const cause = Object.assign(new Error(code), { code });
  return new SlapError('unreachable', `cannot be reached: ${code}`, { cause });
}

describe('what is wrong with a master', () => {
  it.each<[SlapError, string]>([
    [withCode('ECONNREFUSED'), 'hosting-no-answer'],
    [withCode('CERT_HAS_EXPIRED'), 'hosting-certificate'],
    [withCode('ERR_TLS_CERT_ALTNAME_INVALID'), 'hosting-certificate'],
    [new SlapError('invalid-document', 'no XML'), 'hosting-unreadable'],
    [new SlapError('forbidden', 'no'), 'hosting-refused'],
    [new SlapError('unauthorized', 'no'), 'hosting-refused'],
    [new SlapError('bad-request', 'moved', { status: 304 }), 'hosting-redirects'],
    [new UnreachableError('elsewhere', 'a sends its callers to b'), 'hosting-redirects'],
    [new UnreachableError('caller-refused', 'unknown ca'), 'hosting-refused'],
    [new SlapError('server', 'fault', { status: 500 }), 'hosting-wrong-status'],
  ])('%s is said in its own words', (error, code) => {
    const problem = hostingProblem(error, 'slap.example.org');
    expect(problem).toMatchObject({ code });
    expect(hasText(`error.${code}`)).toBe(true);
    expect(problem instanceof SlapgridError && problem.message).toContain('slap.example.org');
  });

  it('keeps words that it has already, of whatever depth', () => {
    const own = new SlapgridError('disk-full', { path: '/srv' });
    expect(hostingProblem(own, 'slap.example.org')).toBe(own);
    expect(hostingProblem(new SlapError('unreachable', '', { cause: own }), 'slap.example.org')).toBe(own);
  });
});

describe('the next turn', () => {
  it('comes after a minute, a fifth more or less', () => {
    expect([0, 0.5, 1].map((random) => nextTurn(0, random))).toEqual([48_000, 60_000, 72_000]);
  });

  it('comes later after each failure, up to ten minutes', () => {
    expect([1, 2, 3, 7, 8, 1000].map((failures) => nextTurn(failures, 0.5))).toEqual([
      5000, 10_000, 20_000, 320_000, 600_000, 600_000,
    ]);
  });
});

describe('an answer', () => {
  const partition = (partitionId: string, computerId = 'COMP-1'): ComputerPartitionRecord => ({
    computerId,
    partitionId,
    instanceGuid: '',
    software: null,
    requestedState: 'destroyed',
    parameters: {},
    connection: {},
    softwareType: '',
    instanceTitle: '',
    rootInstanceTitle: '',
    ipList: [],
    sharedInstances: [],
    timestamp: '',
    accessStatus: null,
  });
  const computer = (...partitions: ComputerPartitionRecord[]): ComputerRecord => ({
    computerId: 'COMP-1',
    partitions,
    software: [],
  });

  it('is believed when it is of this computer', () => {
    checkAnswer(computer(partition('slappart10'), partition('slappart11')), 'COMP-1', 'master');
  });

  it.each<[string, ComputerRecord, string]>([
    ['another computer', { ...computer(), computerId: 'COMP-2' }, 'hosting-other-computer'],
    ['another computer’s partition', computer(partition('slappart10', 'COMP-2')), 'hosting-other-computer'],
    ['a partition twice', computer(partition('slappart10'), partition('slappart10')), 'hosting-twice'],
  ])('of %s is not', (_, answer, code) => {
    expect(() => checkAnswer(answer, 'COMP-1', 'master')).toThrow(expect.objectContaining({ code }));
  });
});

describe('calls to a master that did not answer', () => {
  const request = { method: 'GET', path: '/', query: '', headers: {}, body: '' };
  const answer: SlapResponse = { status: 200, headers: {}, body: '' };

  it('fail at once until it is heard of again', async () => {
    const breaker = new Breaker();
    let calls = 0;
    let answers = true;
    const guarded = breaker.guard(() => {
      calls += 1;
      return answers ? Promise.resolve(answer) : Promise.reject(new SlapError('unreachable', 'gone'));
    });
    await expect(guarded(request)).rejects.toMatchObject({ code: 'unreachable' });
    expect(calls).toBe(0);
    breaker.set(true);
    expect(await guarded(request)).toBe(answer);
    answers = false;
    await expect(guarded(request)).rejects.toMatchObject({ message: 'gone' });
    await expect(guarded(request)).rejects.toMatchObject({ code: 'unreachable' });
    expect(calls).toBe(2);
    answers = true;
    breaker.set(true);
    expect(await guarded(request)).toBe(answer);
  });
});
