/** What a person gets when something cannot be done. */
import { expect } from 'vitest';
import type { Outcome } from './home.ts';

export type Refusal = { code: string; sentence: string; nextStep: string };

/** Sees that a command failed as it should: a status that is not 0, a sentence, a next step. */
export function refusalOf(outcome: Outcome, status = 1): Refusal {
  expect(outcome).toMatchObject({ status, stderr: '' });
  const { error } = JSON.parse(outcome.stdout) as { error: Refusal };
  expect(error.sentence).toMatch(/\w.*\.$/su);
  expect(error.nextStep).toMatch(/\w/u);
  expect(`${error.sentence}${error.nextStep}`).not.toMatch(/undefined|\[object|\{\w/u);
  return error;
}
