/**
 * Why a master is of no use now, in words for a person.
 */
import { SlapError } from '../../slap/errors.ts';
import { UnreachableError } from '../../slap/unreachable.ts';
import { SlapgridError, systemErrorCode } from '../errors.ts';

/** What Node says of a server that cannot prove who it is (nodejs.org/api/tls.html#x509-certificate-error-codes). */
const CERTIFICATE_CODES: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** @param master how it is called. What has words of its own is returned as it is. */
export function hostingProblem(error: unknown, master: string): unknown {
  if (!(error instanceof SlapError)) return error;
  const own = causesOf(error).find((cause) => cause instanceof SlapgridError);
  if (own !== undefined) return own;
  return new SlapgridError(
    codeOf(error),
    { master, problem: error.message, status: error.status },
    { cause: error },
  );
}

function codeOf(error: SlapError): string {
  switch (error.code) {
    case 'unreachable':
      if (error instanceof UnreachableError && error.reason === 'elsewhere') return 'hosting-redirects';
      if (error instanceof UnreachableError && error.reason === 'caller-refused') return 'hosting-refused';
      return causesOf(error).some((cause) => CERTIFICATE_CODES.has(systemErrorCode(cause) ?? ''))
        ? 'hosting-certificate'
        : 'hosting-no-answer';
    case 'invalid-document':
      return 'hosting-unreadable';
    case 'unauthorized':
    case 'forbidden':
      return 'hosting-refused';
    default:
      return error.status >= 300 && error.status < 400 ? 'hosting-redirects' : 'hosting-wrong-status';
  }
}

function causesOf(error: Error): unknown[] {
  const causes: unknown[] = [];
  for (let cause = error.cause; cause !== undefined && causes.length < 5;) {
    causes.push(cause);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}
