/** The API as the page uses it, over the page's server of a real agent. */
import { createTRPCClient, httpBatchLink, type TRPCClient } from '@trpc/client';
import type { Change } from '../../../agent/api/contract.ts';
import { serverEvents } from '../../../agent/api/event-stream.ts';
import type { AppRouter } from '../../../agent/api/router.ts';
import type { Home } from '../agent/home.ts';
import { signIn } from '../gates/ask.ts';

export type PageSession = {
  /** `http://127.0.0.1:<port>` */
  origin: string;
  call: TRPCClient<AppRouter>;
  /** Every change until `signal` aborts, the snapshot first. */
  changes(signal: AbortSignal): AsyncGenerator<Change, void>;
};

/** Signs in with a one-time link, as a browser does. */
export async function openPage(home: Home): Promise<PageSession> {
  const { url } = home.json(['link']) as { url: string };
  const { origin } = new URL(url);
  const headers = { authorization: `Bearer ${await signIn(origin, url)}` };
  return {
    origin,
    call: createTRPCClient<AppRouter>({
      links: [httpBatchLink({ url: `${origin}/trpc`, headers })],
    }),
    async *changes(signal) {
      const { body } = await fetch(`${origin}/trpc/changes`, { headers, signal });
      if (body === null) return;
      try {
        for await (const { type, data } of serverEvents(body)) {
          if (type === 'message') yield JSON.parse(data) as Change;
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}
