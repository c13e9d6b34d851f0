/**
 * The URLs of a master as a person writes them.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { masterBase } from '../../slap/transport.ts';
import { SlapgridError } from '../errors.ts';

/**
 * With a slash at its end.
 * @throws SlapgridError `master-url-invalid`; `master-not-tls` for an address whose calls could be read on their way. Programs of
 * this computer may be called without TLS.
 */
export function masterAddress(written: string): URL {
  const trimmed = written.trim();
  let url: URL;
  try {
    url = masterBase(trimmed);
  } catch (error) {
    throw new SlapgridError('master-url-invalid', { url: withoutSecrets(trimmed) }, { cause: error });
  }
  if (url.username !== '' || url.password !== '') {
    throw new SlapgridError('master-url-invalid', { url: withoutSecrets(trimmed) });
  }
  if (url.protocol === 'http:' && !isThisComputer(hostnameOf(url))) {
    throw new SlapgridError('master-not-tls', { host: url.host });
  }
  return url;
}

/** Without the brackets of an IPv6 address. */
export function hostnameOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function isThisComputer(hostname: string): boolean {
  if (isIPv4(hostname)) return hostname.startsWith('127.');
  return isIPv6(hostname) ? hostname === '::1' : hostname === 'localhost';
}

/** What is shown of a URL that is wrong: no password, and not more than a line. */
function withoutSecrets(written: string): string {
  return written.replace(/\/\/[^/]*@/, '//').slice(0, 100);
}
