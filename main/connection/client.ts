/**
 * The agent's API for the shell itself: through the same pipe as the page's, with the same rights.
 */
import { createTRPCClient, httpBatchLink, type TRPCClient } from '@trpc/client';
import type { Change } from '../../agent/api/contract.ts';
import type { AppRouter } from '../../agent/api/router.ts';
import { eventsOf } from './events.ts';
import type { Pipe } from './pipe.ts';

export type AgentClient = {
  call: Pick<
    TRPCClient<AppRouter>,
    | 'start'
    | 'stop'
    | 'bang'
    | 'setMode'
    | 'setNotification'
    | 'askMaster'
    | 'pause'
    | 'finish'
    | 'resume'
    | 'tellDesktop'
  >;
  /**
   * The state tree, then its changes, but those of usage. Ends when the agent does or `signal` aborts.
   * @throws Error when nobody answers.
   */
  changes(signal: AbortSignal): AsyncGenerator<Change, void>;
};

const BASE = 'app://slapgrid/trpc';

/** The agent pings every 15 s; one that is silent for so long is gone. */
const SILENCE_MILLISECONDS = 45_000;

export function createAgentClient(pipe: Pipe): AgentClient {
  return {
    call: createTRPCClient<AppRouter>({
      links: [
        httpBatchLink({
          url: BASE,
          fetch: (url, { signal = null, ...init } = {}) => pipe(new Request(url, { ...init, signal })),
        }),
      ],
    }),
    async *changes(signal) {
      const silent = new AbortController();
      let watch: NodeJS.Timeout | undefined;
      const heard = (): void => {
        clearTimeout(watch);
        watch = setTimeout(() => silent.abort(), SILENCE_MILLISECONDS);
        watch.unref();
      };
      heard();
      try {
        const input = encodeURIComponent(JSON.stringify({ usage: false }));
        const either = AbortSignal.any([signal, silent.signal]);
        const response = await pipe(new Request(`${BASE}/changes?input=${input}`, { signal: either }));
        if (!response.ok || response.body === null) throw new Error(`the agent answers ${response.status}`);
        for await (const { type, data } of eventsOf(response.body)) {
          heard();
          if (type === 'return' || type === 'serialized-error') return;
          // The agent has checked it against the contract on its way out.
          if (type === 'message') yield JSON.parse(data);
        }
      } finally {
        clearTimeout(watch);
      }
    },
  };
}
