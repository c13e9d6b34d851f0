/**
 * HTTP as the protocol's families see it: plain values, so that one handler serves a socket, a test and the same process.
 */

export type SlapRequest = {
  method: string;
  /** Path below the master's URL, beginning with a slash: `/getRunId`. */
  path: string;
  /** Query without the question mark; empty when there is none. */
  query: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  body: string;
  /** Not idempotent: sent on a connection of its own, and never again by itself. */
  once?: true;
};

export type SlapResponse = {
  status: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** Empty for HEAD, whatever `content-length` says. */
  body: string;
};

/** Answers one request; never throws. */
export type SlapHandler = (request: SlapRequest) => Promise<SlapResponse>;

/** Carries one request to a master. @throws SlapError `unreachable` when there is no answer. */
export type SlapTransport = (request: SlapRequest) => Promise<SlapResponse>;

export const FORM_TYPE = 'application/x-www-form-urlencoded';
