/**
 * Where a master is, as whoever asks sees it: links in answers begin there.
 */
import type { SlapRequest } from './http.ts';

const PREFIX = /^(?:\/[\w.~!$&'()*+,;=:@%-]+)+$/;

/**
 * `https://host/prefix`, without a slash at its end: from the `Host` of the request, and what one reverse proxy says of itself in
 * `X-Forwarded-Proto` and `X-Forwarded-Prefix` (§2.2). What is no scheme or no path is passed over.
 */
export function masterUrl(request: SlapRequest): string {
  const scheme = nearest(request.headers['x-forwarded-proto']) === 'https' ? 'https' : 'http';
  return `${scheme}://${request.headers['host'] ?? 'localhost'}${masterPath(request)}`;
}

/** The path part of {@link masterUrl}; empty or beginning with a slash. */
export function masterPath(request: SlapRequest): string {
  const prefix = nearest(request.headers['x-forwarded-prefix']).replace(/\/+$/, '');
  return PREFIX.test(prefix) ? prefix : '';
}

/** Of several hops the one that is next to this server. */
function nearest(header: string | undefined): string {
  return header?.split(',').at(-1)?.trim() ?? '';
}
