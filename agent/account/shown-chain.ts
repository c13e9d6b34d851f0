/**
 * The one place that talks to a server without believing who it is: to read who it says it is, and nothing else
 * (docs/decisions/0031-reading-a-certificate.md).
 */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import process from 'node:process';
import type { ConnectionOptions, DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { UnreachableError, unreachableReason } from '../../slap/unreachable.ts';
import { contextWith } from './authorities.ts';

/** A server's own certificate, then who vouches for it, as far as it shows them. */
export type Chain = readonly [X509Certificate, ...X509Certificate[]];

export type ServerPlace = {
  hostname: string;
  port: number;
  /** How long it may take to shake hands. */
  timeoutMilliseconds: number;
};

/**
 * Who a server says it is. Shakes hands, verifies nothing, and hangs up: it must never write, and what it returns is believed
 * by nobody until a person has compared it.
 * @throws UnreachableError
 */
export function readShownChain(place: ServerPlace): Promise<Chain> {
  return shakeHands(place, { rejectUnauthorized: false });
}

/**
 * Who a server is, verified with what is trusted for it.
 * @param accepted PEM texts besides the usual authorities; null: none.
 * @throws UnreachableError
 */
export function verifiedChain(place: ServerPlace, accepted: string | null): Promise<Chain> {
  return shakeHands(place, { secureContext: contextWith(accepted), rejectUnauthorized: true });
}

async function shakeHands(
  { hostname, port, timeoutMilliseconds }: ServerPlace,
  trust: Pick<ConnectionOptions, 'secureContext' | 'rejectUnauthorized'>,
): Promise<Chain> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const socket = process.getBuiltinModule('node:tls').connect({
    host: hostname,
    port,
    ...trust,
    // Addresses are no names to ask for (RFC 6066, section 3).
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
  });
  const timer = setTimeout(() => {
    reject(new UnreachableError('silent', `${hostname}:${port} does not answer`));
  }, timeoutMilliseconds);
  socket.once('secureConnect', () => resolve(socket));
  socket.on('error', (cause) => {
    reject(new UnreachableError(unreachableReason(cause), cause.message, { cause }));
  });
  socket.once('close', () => {
    reject(new UnreachableError('interrupted', `${hostname}:${port} ended the connection`));
  });
  try {
    return chainOf((await promise).getPeerCertificate(true));
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** As far as each is signed by the next one. */
function chainOf(shown: DetailedPeerCertificate): Chain {
  if (shown.raw === undefined) throw new UnreachableError('not-tls', 'the server shows no certificate');
  const own = new X509Certificate(shown.raw);
  const others: X509Certificate[] = [];
  let last = own;
  let next = shown.issuerCertificate;
  while (next?.raw !== undefined && others.length < LONGEST_CHAIN) {
    const issuer = new X509Certificate(next.raw);
    if (issuer.fingerprint256 === last.fingerprint256) break;
    if (!last.checkIssued(issuer) || !last.verify(issuer.publicKey)) break;
    others.push(issuer);
    last = issuer;
    next = next.issuerCertificate;
  }
  return [own, ...others];
}

const LONGEST_CHAIN = 10;
