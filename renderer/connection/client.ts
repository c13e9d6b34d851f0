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
          fetch: (address, init) => authorized(address, { ...init, signal: init?.signal ?? null }),
        }),
      }),
    ],
  });
}
