/**
 * Who a server of a master is, and whether that can be believed.
 */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { UnreachableError, type UnreachableReason } from '../../slap/unreachable.ts';
import type { ServerCertificate } from '../api/contract.ts';
import { SlapgridError } from '../errors.ts';
import { hostnameOf, portOf } from './addresses.ts';
import { masterProblem } from './problems.ts';
import { readShownChain, verifiedChain, type Chain } from './shown-chain.ts';

export type InspectedServer = {
  certificate: ServerCertificate;
  /** What keeps anybody from trusting it, whatever they accept; null: nothing does. */
  problem: SlapgridError | null;
  /** PEM text of what would be accepted: the root, or who is nearest to it among those that are shown. */
  authority: string;
};

/** Only a certificate is wrong: it can be shown to a person. */
const CERTIFICATE_REASONS: ReadonlySet<UnreachableReason> = new Set([
  'unknown-authority',
  'wrong-host',
  'expired',
  'not-yet-valid',
]);

/**
 * Asks the server of `url` who it is; sends it nothing.
 * @param options.accepted PEM texts that a person accepted for this host before; null: none.
 * @returns null for a server that shows itself to nobody without a certificate: who it is will be verified once there is one.
 * @throws SlapgridError what {@link masterProblem} makes of a connection that fails.
 */
export async function inspectServer(
  url: URL,
  options: { accepted: string | null; now: Date; timeoutMilliseconds: number },
): Promise<InspectedServer | null> {
  const { accepted, now, timeoutMilliseconds } = options;
  const place = { hostname: hostnameOf(url), port: portOf(url), timeoutMilliseconds };
  const host = `${url.hostname}:${place.port}`;
  try {
    for (const [trust, authorities] of [
      ['system', null],
      ['accepted', accepted],
    ] as const) {
      if (trust === 'accepted' && authorities === null) continue;
      try {
        const found = inspected(host, await verifiedChain(place, authorities), trust, null);
        // Not more than was accepted, though a server may show who vouches for that.
        return authorities === null ? found : { ...found, authority: authorities };
      } catch (error) {
        if (!(error instanceof UnreachableError) || !CERTIFICATE_REASONS.has(error.reason)) throw error;
      }
    }
    const chain = await readShownChain(place);
    return inspected(host, chain, 'unknown', problemOf(chain, place.hostname, host, now));
  } catch (error) {
    if (error instanceof UnreachableError && error.reason === 'caller-refused') return null;
    throw masterProblem(error, host);
  }
}

function inspected(
  host: string,
  chain: Chain,
  trust: ServerCertificate['trust'],
  problem: SlapgridError | null,
): InspectedServer {
  const [own] = chain;
  const authority = chain.at(-1) ?? own;
  return {
    certificate: {
      host,
      subject: nameOf(own.subject),
      issuer: nameOf(own.issuer),
      validFrom: own.validFromDate.toISOString(),
      validTo: own.validToDate.toISOString(),
      fingerprint: authority.fingerprint256,
      trust,
      problem: problem?.toView() ?? null,
    },
    problem,
    authority: authority.toString(),
  };
}

/** Of a distinguished name, line by line, what people know it by. */
function nameOf(distinguished: string | undefined): string {
  const lines = (distinguished ?? '').split('\n');
  const named = ['CN=', 'O='].flatMap((key) => lines.filter((line) => line.startsWith(key)));
  return named[0]?.replace(/^\w+=/, '') ?? lines.join(', ');
}

function problemOf(chain: Chain, hostname: string, host: string, now: Date): SlapgridError | null {
  if (chain.some(({ validFromDate }) => validFromDate > now)) {
    return new SlapgridError('clock-wrong', { host });
  }
  if (chain.some(({ validToDate }) => validToDate < now)) {
    return new SlapgridError('certificate-expired', { host });
  }
  return isOf(chain[0], hostname) ? null : new SlapgridError('certificate-wrong-host', { host });
}

function isOf(certificate: X509Certificate, hostname: string): boolean {
  const found = isIP(hostname) === 0 ? certificate.checkHost(hostname) : certificate.checkIP(hostname);
  return found !== undefined;
}

/** Whether two spellings are of one fingerprint: with colons or without, in any case. */
export function sameFingerprint(left: string, right: string): boolean {
  const digits = (text: string): string =>
    text
      .toLowerCase()
      .replace(/^sha-?256[:= ]/, '')
      .replaceAll(/[^0-9a-f]/g, '');
  return digits(left).length === 64 && digits(left) === digits(right);
}
