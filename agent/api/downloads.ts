/**
 * Files that a browser saves. A navigation cannot carry the page's bearer token, so the page asks for a ticket first: a path that
 * works once, within a minute.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { SlapgridError } from '../errors.ts';
import { digestOf, newSecret } from '../gate/token.ts';
import { refuse, type Log } from './failures.ts';

export const DOWNLOAD_PATH = '/download/';

/** What is sent, once it is asked for. */
export type DownloadFile = {
  fileName: string;
  /** Media type. */
  type: string;
  /** Writes all of it, no faster than `destination` takes it, which is left open. Ends early when `signal` aborts. */
  send(destination: Writable, signal: AbortSignal): Promise<void>;
};

const TICKET_MILLISECONDS = 60_000;
/** Nobody clicks so fast: the oldest is forgotten. */
const MOST_TICKETS = 64;

type Ticket = { open: () => Promise<DownloadFile>; expiresAt: number };

export class Downloads {
  readonly #now: () => number;
  readonly #log: Log;
  /** By digest, oldest first: the time a look-up takes says nothing about how much of a ticket was right. */
  readonly #tickets = new Map<string, Ticket>();
  readonly #sending = new Map<AbortController, Promise<void>>();

  /** @param options.now milliseconds since the epoch. */
  constructor(options: { log: Log; now?: () => number }) {
    this.#log = options.log;
    this.#now = options.now ?? Date.now;
  }

  /**
   * A path that answers with a file, once, within a minute.
   * @param open called when the path is asked for; what it throws is shown.
   */
  create(open: () => Promise<DownloadFile>): string {
    this.#forgetExpired();
    const ticket = newSecret();
    this.#tickets.set(key(ticket), { open, expiresAt: this.#now() + TICKET_MILLISECONDS });
    for (const oldest of [...this.#tickets.keys()].slice(0, -MOST_TICKETS)) this.#tickets.delete(oldest);
    return `${DOWNLOAD_PATH}${ticket}`;
  }

  /** Answers a request below {@link DOWNLOAD_PATH} of somebody who may make it. Resolves when all is sent. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    if (method !== 'GET') {
      refuse(response, 'METHOD_NOT_SUPPORTED', new SlapgridError('wrong-method', { method }));
      return;
    }
    // A page of another site may lead here, but is not let in by that.
    if (!isFromHere(request)) {
      refuse(response, 'FORBIDDEN', new SlapgridError('foreign-origin'));
      return;
    }
    const ticket = this.#redeem(url.slice(DOWNLOAD_PATH.length));
    if (ticket === undefined) {
      refuse(response, 'NOT_FOUND', new SlapgridError('download-unusable'));
      return;
    }
    await this.#hold(response, (signal) => this.#send(ticket, response, signal));
  }

  #redeem(ticket: string): Ticket | undefined {
    this.#forgetExpired();
    const digest = key(ticket);
    const found = this.#tickets.get(digest);
    this.#tickets.delete(digest);
    return found;
  }

  #forgetExpired(): void {
    const now = this.#now();
    for (const [digest, { expiresAt }] of this.#tickets) if (expiresAt <= now) this.#tickets.delete(digest);
  }

  /** Does `work`, which ends when the browser goes away or {@link endAll} is called. */
  async #hold(response: ServerResponse, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const abort = new AbortController();
    const left = (): void => abort.abort();
    response.once('close', left);
    if (response.destroyed) left();
    const done = work(abort.signal).finally(() => {
      response.off('close', left);
      this.#sending.delete(abort);
    });
    this.#sending.set(abort, done);
    await done;
  }

  async #send({ open }: Ticket, response: ServerResponse, signal: AbortSignal): Promise<void> {
    let file: DownloadFile;
    try {
      file = await open();
    } catch (error) {
      if (!(error instanceof SlapgridError)) throw error;
      refuse(response, 'UNPROCESSABLE_CONTENT', error);
      return;
    }
    response.writeHead(200, {
      'content-type': file.type,
      'content-disposition': attachment(file.fileName),
      'cache-control': 'no-store',
    });
    try {
      await file.send(response, signal);
      response.end();
    } catch (error) {
      // Cut off, so that the browser does not take a part for the whole.
      response.destroy();
      if (!signal.aborted) this.#log(error instanceof Error ? error.message : String(error));
    }
  }

  /** Ends what is being sent, and resolves when nothing of it is left. Tickets are worth nothing afterwards. */
  async endAll(): Promise<void> {
    this.#tickets.clear();
    const sending = [...this.#sending];
    for (const [abort] of sending) abort.abort();
    await Promise.allSettled(sending.map(([, done]) => done));
  }
}

function key(ticket: string): string {
  return digestOf(ticket).toString('base64url');
}

/** Fetch Metadata: of this origin, or by the person; a program that is no browser does not say. */
function isFromHere({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin' || site === 'none';
}

/** `Content-Disposition` (RFC 6266) with the name in ASCII, and as it is (RFC 8187). */
function attachment(fileName: string): string {
  const plain = fileName.replace(/[^\w. -]/gu, '_');
  const exact = encodeURIComponent(fileName).replace(
    /['()*]/gu,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}
