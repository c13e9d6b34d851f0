/**
 * Which requests to a loopback server come from its own page, or from a program that is no browser.
 *
 * A page of another site, or of another server on this computer, can make a browser send requests here, and a name that an
 * attacker owns can be pointed at 127.0.0.1 (DNS rebinding). Host, Origin (RFC 6454) and Fetch Metadata tell them apart.
 */
import type { IncomingMessage } from 'node:http';
import { SlapgridError } from '../errors.ts';

/**
 * Why a request must be refused; null when it may be looked at.
 * @param port the port the server listens on, at 127.0.0.1.
 */
export function refusalByOrigin(request: IncomingMessage, port: number): SlapgridError | null {
  const hosts = request.headersDistinct['host'] ?? [];
  const [host] = hosts;
  const known = host === `127.0.0.1:${port}` || host === `localhost:${port}`;
  if (!known || hosts.length !== 1) return new SlapgridError('foreign-host');
  const { origin } = request.headers;
  if (origin !== undefined && origin !== `http://${host}`) return new SlapgridError('foreign-origin');
  const site = request.headers['sec-fetch-site'];
  // Another port is the "same site": only the same origin will do.
  const own = site === undefined || site === 'same-origin' || site === 'none';
  if (!own && !isNavigation(request)) return new SlapgridError('foreign-origin');
  return null;
}

/** Following a link to the page from somewhere else shows it but gives nothing away, and it cannot be framed. */
function isNavigation(request: IncomingMessage): boolean {
  const { method, headers } = request;
  return (
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  );
}
