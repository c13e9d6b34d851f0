/**
 * The typed client of the agent's API. Only relative addresses: the page works wherever it is served from.
 */
import {
  createTRPCClient,
  httpBatchLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCClient,
} from '@trpc/client';
import type { AppRouter } from '../../agent/api/router.ts';
import { FetchEventSource } from './event-source.ts';

/** Beyond these the agent refuses: many small questions at once are sent as a few. The type refuses another number than its. */
const LONGEST_URL = 4000;
const MOST_CALLS: typeof import('../../agent/api/contract.ts').MOST_CALLS_IN_A_BATCH = 16;

export type AgentClient = TRPCClient<AppRouter>;

/** @param authorized `fetch` that adds what lets this page in. */
export function createAgentClient(authorized: typeof fetch): AgentClient {
  const url = '/trpc';
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: httpSubscriptionLink({
          url,
          EventSource: FetchEventSource,
          eventSourceOptions: { fetch: authorized },
        }),
        false: httpBatchLink({
          url,
          maxURLLength: LONGEST_URL,
          maxItems: MOST_CALLS,
          fetch: (address, init) => authorized(address, { ...init, signal: init?.signal ?? null }),
        }),
      }),
    ],
  });
}
