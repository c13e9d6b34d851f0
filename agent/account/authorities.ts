/**
 * Whom this computer believes who a server is.
 */
import process from 'node:process';
import type { SecureContext } from 'node:tls';

let usual: readonly string[] | undefined;

/** PEM texts of the authorities that Node brings along and of those that this computer’s administrator trusts. */
export function usualAuthorities(): readonly string[] {
  const { getCACertificates } = process.getBuiltinModule('node:tls');
  usual ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
  return usual;
}

let usualContext: SecureContext | undefined;

/** {@link trustedWith} for a handshake; the one without accepted authorities, which takes long to make, is made once. */
export function contextWith(accepted: string | null): SecureContext {
  // TLS is large, and a computer that joined no master never needs it.
  const { createSecureContext } = process.getBuiltinModule('node:tls');
  if (accepted !== null) return createSecureContext(trustedWith(accepted));
  usualContext ??= createSecureContext(trustedWith(null));
  return usualContext;
}

/**
 * What is trusted for a master: the usual authorities, and those that a person accepted for it.
 * @param accepted PEM texts; null: none.
 */
export function trustedWith(accepted: string | null): { ca: string[]; allowPartialTrustChain: boolean } {
  return {
    ca: accepted === null ? [...usualAuthorities()] : [...usualAuthorities(), accepted],
    // An office's certificate was accepted where its root was not shown.
    allowPartialTrustChain: accepted !== null,
  };
}
