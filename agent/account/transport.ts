/**
 * The way to a master that this computer joined: with its own certificate, to nobody but that master.
 */
import type { SlapTransport } from '../../slap/http.ts';
import { createHttpTransport } from '../../slap/transport.ts';
import { trustedWith } from './authorities.ts';
import type { JoinedMaster } from './types.ts';

/**
 * Its failures are {@link import('../../slap/unreachable.ts').UnreachableError}s; `masterProblem` has words for them.
 */
export function createMasterTransport(
  joined: JoinedMaster,
  options: { timeoutMilliseconds?: number } = {},
): SlapTransport {
  const { url, certificate, key, authorities } = joined;
  const tls = { ...trustedWith(authorities), cert: certificate, key };
  return createHttpTransport({ ...options, url, tls });
}
