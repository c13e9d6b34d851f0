/**
 * The agent's client over sample data: the same calls, answered in this page. Nothing is sent anywhere.
 */
import { createTRPCClient, TRPCClientError, type TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import type { AppRouter } from '../../agent/api/router.ts';
import type { AgentClient } from '../connection/client.ts';
import { text } from '../messages.ts';
import { SampleAgent, type Send } from './sample-agent.ts';

export function createTourClient(): AgentClient {
  return createTRPCClient<AppRouter>({ links: [answeredHere(new SampleAgent())] });
}

function answeredHere(agent: SampleAgent): TRPCLink<AppRouter> {
  return () =>
    ({ op: { type, path, input } }) =>
      observable((observer) => {
        if (type !== 'subscription') {
          const answer = agent.answer(path, input);
          if (answer === null) {
            observer.error(refusal());
            return undefined;
          }
          observer.next({ result: { type: 'data', data: answer.value } });
          observer.complete();
          return undefined;
        }
        observer.next({ result: { type: 'state', state: 'pending', error: null } });
        observer.next({ result: { type: 'started' } });
        const send: Send = (data) => observer.next({ result: { type: 'data', data } });
        return agent.follow(path, input, send);
      });
}

/** As the agent's own refusals look. */
function refusal(): TRPCClientError<AppRouter> {
  const slapgrid = {
    code: 'tour',
    sentence: text('page.tour.refused'),
    nextStep: text('page.tour.refused.next'),
  };
  const shape = {
    code: -32_600,
    message: slapgrid.sentence,
    data: { code: 'FORBIDDEN', httpStatus: 403, slapgrid },
  };
  return TRPCClientError.from({ error: shape });
}
