/**
 * Why a master gave no answer, told apart as far as the network and TLS tell.
 */
import { SlapError } from './errors.ts';

/**
 * `name`: nobody knows its host. `no-network`: there is no way out of this computer. `refused`: nobody listens there. `silent`: no answer
 * in time. `interrupted`: the connection ended before the answer did. `not-tls`: what listens there does not speak TLS.
 * `unknown-authority`, `wrong-host`, `expired`, `not-yet-valid`: what is wrong with its certificate. `caller-refused`: it does not
 * accept the certificate of the caller. `elsewhere`: it sends its callers to another server, or in circles. `too-large`: its
 * answer. `other`: none of these.
 */
export type UnreachableReason =
  | 'name'
  | 'no-network'
  | 'refused'
  | 'silent'
  | 'interrupted'
  | 'not-tls'
  | 'unknown-authority'
  | 'wrong-host'
  | 'expired'
  | 'not-yet-valid'
  | 'caller-refused'
  | 'elsewhere'
  | 'too-large'
  | 'other';

/** A {@link SlapError} `unreachable` that knows why. */
export class UnreachableError extends SlapError {
  readonly reason: UnreachableReason;
  /** Whether the call was on its way, so that the other end may have heard it though it gave no answer. */
  readonly wasSent: boolean;

  /** @param options.wasSent default true: what is not known may be. */
  constructor(
    reason: UnreachableReason,
    message: string,
    options: { cause?: unknown; wasSent?: boolean } = {},
  ) {
    super('unreachable', message, options);
    this.name = 'UnreachableError';
    this.reason = reason;
    this.wasSent = options.wasSent ?? true;
  }
}

/** A caller whose certificate is refused hears so after it began to speak (TLS 1.3), and nobody listened. */
const NEVER_HEARD = new Set<UnreachableReason>([
  'name',
  'no-network',
  'refused',
  'not-tls',
  'unknown-authority',
  'wrong-host',
  'expired',
  'not-yet-valid',
  'caller-refused',
  'elsewhere',
]);
/** What stands before a server says that it heard nothing of it. */
const GATEWAY_STATUS = new Set([502, 504]);

/**
 * Whether a call that failed may have been done all the same. An answer tells that it was not; no answer tells nothing, unless the
 * call never left.
 */
export function mayHaveArrived(error: unknown): boolean {
  if (error instanceof UnreachableError) return error.wasSent && !NEVER_HEARD.has(error.reason);
  if (error instanceof SlapError && error.code !== 'unreachable') return GATEWAY_STATUS.has(error.status);
  return true;
}

/** What an error of a connection says, by its code (errno(3), and the names that OpenSSL gives its findings). */
export function unreachableReason(error: unknown): UnreachableReason {
  if (error instanceof AggregateError) {
    // Several addresses were tried: that some have no way out says nothing when another has one.
    const reasons = error.errors.map(unreachableReason);
    return reasons.find((reason) => reason !== 'no-network') ?? reasons[0] ?? 'other';
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = REASONS[code];
  if (known !== undefined) return known;
  // Before TLS 1.3, who wants a certificate and gets none says only that hands cannot be shaken.
  if (/^ERR_SSL_.*ALERT_.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)/.test(code)) {
    return 'caller-refused';
  }
  if (/^ERR_SSL_|^EPROTO$/.test(code)) return 'not-tls';
  return /CERT|ISSUER|SIGNATURE|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH/.test(code)
    ? 'unknown-authority'
    : 'other';
}

const REASONS: Readonly<Record<string, UnreachableReason>> = {
  ENOTFOUND: 'name',
  EAI_AGAIN: 'no-network',
  ENETUNREACH: 'no-network',
  ENETDOWN: 'no-network',
  EHOSTUNREACH: 'silent',
  ETIMEDOUT: 'silent',
  ECONNREFUSED: 'refused',
  ECONNRESET: 'interrupted',
  EPIPE: 'interrupted',
  ERR_STREAM_PREMATURE_CLOSE: 'interrupted',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong-host',
  HOSTNAME_MISMATCH: 'wrong-host',
};
