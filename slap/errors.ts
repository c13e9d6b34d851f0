/**
 * What a SlapOS Master refuses, free of any wire format. Each family of the protocol maps `code` to its own answer; `status` is
 * the classic family's (§2.1, §6), and what a client saw when the error came over a wire.
 */

const CLASSIC_STATUS = {
  /** A required field is missing, or a value can never be accepted. */
  'bad-request': 400,
  /** Who asks is not known. */
  unauthorized: 401,
  /** Who asks may not do this. */
  forbidden: 403,
  'not-found': 404,
  'no-free-partition': 404,
  /** No partition can host the shared instance that is asked for. */
  'no-host': 404,
  /** The request would have to be forwarded to a master this one does not know (§7.7). */
  'unknown-master': 404,
  /** A text that can name no instance of this master. */
  'bad-guid': 404,
  'unknown-instance': 404,
  'unknown-shared-instance': 404,
  /** Not allocated yet: ask again later. */
  'not-ready': 408,
  /** Two instances cannot have one name. */
  'name-in-use': 409,
  /** Not for this kind of instance, or not in this state. */
  conflict: 409,
  /** The classic family has no better answer than 500 for the next three. */
  'unknown-computer': 500,
  'unknown-partition': 500,
  'invalid-document': 500,
  /** A root cannot go before its children; they are marked as destroyed by the same call (§6.4). */
  'children-remain': 500,
  server: 500,
  /** Clients only: no answer at all. */
  unreachable: 0,
} as const;

export type SlapErrorCode = keyof typeof CLASSIC_STATUS;

export class SlapError extends Error {
  readonly code: SlapErrorCode;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;

  /** @param options.status what the wire said, when it is not the usual one of `code`. */
  constructor(code: SlapErrorCode, message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SlapError';
    this.code = code;
    this.status = options.status ?? CLASSIC_STATUS[code];
  }
}

/** The error a classic client makes of an answer that is not a success (§2.1). */
export function slapErrorOfStatus(status: number, message: string): SlapError {
  return new SlapError(codeOfStatus(status), message, { status });
}

function codeOfStatus(status: number): SlapErrorCode {
  switch (status) {
    case 400:
      return 'bad-request';
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'not-found';
    case 408:
      return 'not-ready';
    default:
      return status < 500 ? 'bad-request' : 'server';
  }
}
