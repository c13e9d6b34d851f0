/**
 * One method of the family: its body is validated before the master is asked, its answer before it is sent.
 */
import type { z } from 'zod';
import type { SlapRequest } from '../http.ts';
import type { SlapValue } from '../marshal/values.ts';
import { bestProblem } from './problems.ts';

export type Route = (body: SlapValue, request: SlapRequest) => Promise<SlapValue>;

/** Refused in this family's own words. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, title: string) {
    super(title);
    this.status = status;
  }
}

/** An answer that does not fit its schema is a fault, but says what is wrong (§11.1). */
export class BadAnswer extends Error {}

/** The answer is written as it was made, so that its keys keep their order. */
export function method<Body extends z.ZodType, Answer extends z.ZodType>(
  contract: { body: Body; answer: Answer },
  handle: (body: z.output<Body>, request: SlapRequest) => Promise<z.input<Answer> & SlapValue>,
): Route {
  return async (value, request) => {
    const body = contract.body.safeParse(value);
    if (!body.success) throw new Refusal(400, bestProblem(body.error, value));
    const answer = await handle(body.data, request);
    const checked = contract.answer.safeParse(answer);
    if (!checked.success) throw new BadAnswer(bestProblem(checked.error, answer));
    return answer;
  };
}

/** What a call that has nothing to tell answers. */
export function success(title: string): { type: 'success'; title: string } {
  return { type: 'success', title };
}

/** In the order of this family. */
export function pairOf(pair: { key: string; certificate: string }): { key: string; certificate: string } {
  return { key: pair.key, certificate: pair.certificate };
}
