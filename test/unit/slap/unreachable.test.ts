import { describe, expect, it } from 'vitest';
import { unreachableReason } from '../../../slap/unreachable.ts';

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}

describe('why there is no answer', () => {
  it.each([
    ['ENOTFOUND', 'name'],
    ['EAI_AGAIN', 'no-network'],
    ['ENETUNREACH', 'no-network'],
    ['ECONNREFUSED', 'refused'],
    ['ETIMEDOUT', 'silent'],
    ['ECONNRESET', 'interrupted'],
    ['EPROTO', 'not-tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'not-tls'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'caller-refused'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'caller-refused'],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'caller-refused'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'caller-refused'],
    ['CERT_HAS_EXPIRED', 'expired'],
    ['CERT_NOT_YET_VALID', 'not-yet-valid'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'wrong-host'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'unknown-authority'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'unknown-authority'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unknown-authority'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unknown-authority'],
    ['INVALID_CA', 'unknown-authority'],
    ['EMFILE', 'other'],
  ])('%s: %s', (code, reason) => {
    expect(unreachableReason(coded(code))).toBe(reason);
  });

  it('is that of the address that had a way out, when several were tried', () => {
    const tried = (...codes: string[]): string => unreachableReason(new AggregateError(codes.map(coded)));
    expect(tried('ENETUNREACH', 'ECONNREFUSED')).toBe('refused');
    expect(tried('ETIMEDOUT', 'ECONNREFUSED')).toBe('silent');
    expect(tried('ENETUNREACH', 'ENETUNREACH')).toBe('no-network');
  });

  it('is not known of what has no code', () => {
    expect(unreachableReason('thrown')).toBe('other');
    expect(unreachableReason(new AggregateError([]))).toBe('other');
  });
});
