/**
 * The API as the command line (and later the window's shell) uses it: typed calls and streams over the Unix socket.
 */
import http, { type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { createTRPCClient, httpBatchLink, TRPCClientError, type TRPCClient } from '@trpc/client';
import { errorView, SlapgridError, systemErrorCode, type ErrorView } from '../errors.ts';
import type { Change, ChangeEvent } from './contract.ts';
import { serverEvents, type ServerEvent } from './event-stream.ts';
import type { AppRouter } from './router.ts';

export type LogLine = { service: string; line: string };

export type AgentConnection = {
  /** Calls: `call.state.query()`, `call.request.mutate({ … })`. Failures are for {@link failureView}. */
  call: Omit<TRPCClient<AppRouter>, 'changes' | 'logs' | 'checks'>;
  /**
   * The state tree and its changes, but those of usage. A stream that is cut goes on by itself where it stopped, without loss or
   * repetition.
   * @throws SlapgridError `agent-unreachable` when the agent does not answer for `patienceMilliseconds` (0: at once).
   */
  changes(options: {
    signal: AbortSignal;
    lastEventId?: string | null;
    patienceMilliseconds?: number;
    /** Called when the stream was cut and is being taken up again. */
    onLost?: () => void;
  }): AsyncGenerator<ChangeEvent, void>;
  /** Lines of a log. A stream that is cut ends with `agent-unreachable`. */
  logs(
    input: { name: string; service?: string | null; lines?: number; follow?: boolean },
    signal: AbortSignal,
  ): AsyncGenerator<LogLine, void>;
};

type Address = { socketPath: string; token: string };

/** Without a ping of the agent for so long, a stream is dead. It pings every 15 s. */
const SILENCE_MILLISECONDS = 45_000;
const FIRST_RETRY_MILLISECONDS = 50;
const LONGEST_RETRY_MILLISECONDS = 1000;
const PATIENCE_MILLISECONDS = 30_000;

/** Nothing is sent before the first call, and no connection is kept between two calls. */
export function connectAgent(address: Address): AgentConnection {
  return {
    call: createTRPCClient<AppRouter>({
      links: [
        httpBatchLink({
          url: '/trpc',
          fetch: (url, init) => fetchOverSocket(address, urlText(url), { ...init }),
        }),
      ],
    }),
    changes: (options) => resumedChanges(address, options),
    async *logs(input, signal) {
      // The events of this stream are those that the router's output schema let out.
      for await (const event of subscribe(address, 'logs', input, signal)) yield JSON.parse(event.data);
    },
  };
}

/** A failure of a call or a stream as something to show. */
export function failureView(error: unknown): ErrorView {
  if (error instanceof StreamFailure) return error.view;
  if (error instanceof TRPCClientError) {
    const { data }: { data: unknown } = error;
    return viewInside(data) ?? errorView(error.cause ?? error);
  }
  return errorView(error);
}

/** The agent's own words in the data of an error; null when it comes from elsewhere. */
function viewInside(data: unknown): ErrorView | null {
  if (typeof data !== 'object' || data === null || !('slapgrid' in data)) return null;
  const { slapgrid } = data;
  if (typeof slapgrid !== 'object' || slapgrid === null) return null;
  if (!('code' in slapgrid) || !('sentence' in slapgrid) || !('nextStep' in slapgrid)) return null;
  const { code, sentence, nextStep } = slapgrid;
  return { code: String(code), sentence: String(sentence), nextStep: String(nextStep) };
}

/** A failure that the agent put into words, at the end of a stream. */
class StreamFailure extends Error {
  readonly view: ErrorView;

  constructor(view: ErrorView) {
    super(view.sentence);
    this.view = view;
  }
}

async function* resumedChanges(
  address: Address,
  options: Parameters<AgentConnection['changes']>[0],
): AsyncGenerator<ChangeEvent, void> {
  const { signal, patienceMilliseconds = PATIENCE_MILLISECONDS } = options;
  let lastEventId = options.lastEventId ?? null;
  let retry = FIRST_RETRY_MILLISECONDS;
  let lostAt: number | null = null;
  while (!signal.aborted) {
    try {
      for await (const { id, data } of subscribe(address, 'changes', { lastEventId, usage: false }, signal)) {
        retry = FIRST_RETRY_MILLISECONDS;
        lostAt = null;
        lastEventId = id;
        const change: Change = JSON.parse(data);
        yield { id, change };
      }
      return;
    } catch (error) {
      if (!(error instanceof SlapgridError) || error.code !== 'agent-unreachable') throw error;
      if (lostAt === null) options.onLost?.();
      lostAt ??= performance.now();
      if (performance.now() - lostAt >= patienceMilliseconds) throw error;
      await delay(retry, undefined, { signal }).catch(() => {});
      retry = Math.min(retry * 2, LONGEST_RETRY_MILLISECONDS);
    }
  }
}

/** The data events of one subscription, until the agent ends it or `signal` aborts. */
async function* subscribe(
  address: Address,
  path: string,
  input: object,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent, void> {
  try {
    const url = `/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`;
    const response = await request(address, url, { signal, silenceMilliseconds: SILENCE_MILLISECONDS });
    if (response.statusCode !== 200) throw failureOf(JSON.parse(await bodyOf(response)));
    for await (const event of serverEvents(response)) {
      if (event.type === 'return') return;
      if (event.type === 'serialized-error') throw failureOf({ error: JSON.parse(event.data) });
      if (event.type === 'message') yield event;
    }
    throw new SlapgridError('agent-unreachable');
  } catch (error) {
    if (signal.aborted) return;
    throw unreachable(error);
  }
}

function failureOf(body: { error?: { data?: unknown } }): Error {
  const view = viewInside(body.error?.data);
  return view === null ? new SlapgridError('agent-unreachable') : new StreamFailure(view);
}

type RequestOptions = {
  method?: string | undefined;
  body?: unknown;
  signal?: AbortSignal | null | undefined;
  /** Gives up when nothing arrives for so long. */
  silenceMilliseconds?: number;
};

/** As much of `fetch` as tRPC's batch link uses. */
async function fetchOverSocket(address: Address, url: string, init: RequestOptions): Promise<ResponseLike> {
  const response = await request(address, url, init);
  return { ok: response.statusCode === 200, json: async () => JSON.parse(await bodyOf(response)) };
}

function urlText(url: string | URL | Request): string {
  if (typeof url === 'string') return url;
  return url instanceof URL ? url.href : url.url;
}

type ResponseLike = { ok: boolean; json(): Promise<unknown> };

function request(address: Address, url: string, init: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = http.request({
      socketPath: address.socketPath,
      path: url,
      method: init.method ?? 'GET',
      agent: false,
      headers: { authorization: `Bearer ${address.token}`, 'content-type': 'application/json' },
      ...(init.signal === null || init.signal === undefined ? {} : { signal: init.signal }),
    });
    outgoing.setTimeout(init.silenceMilliseconds ?? 0, () => {
      outgoing.destroy(new SlapgridError('agent-unreachable'));
    });
    outgoing.once('response', resolve);
    outgoing.once('error', (error) => reject(unreachable(error)));
    outgoing.end(typeof init.body === 'string' ? init.body : undefined);
  });
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** What the system says when nobody is at the other end, in words. */
function unreachable(error: unknown): unknown {
  switch (systemErrorCode(error)) {
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'ENOENT':
    case 'EPIPE':
      return new SlapgridError('agent-unreachable', {}, { cause: error });
    default:
      return error;
  }
}
