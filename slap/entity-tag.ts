/**
 * Tags of answers (RFC 9110 §8.8.3): a caller that has the same answer already is not sent it again.
 */
import { createHash } from 'node:crypto';
import type { SlapRequest, SlapResponse } from './http.ts';

/** The answer with its tag, or 304 without a body when the caller has it. `response` is a 200 to GET or HEAD. */
export function tagged(response: SlapResponse, request: SlapRequest): SlapResponse {
  const tag = `"${createHash('sha256').update(response.body).digest('base64url')}"`;
  // Kept by whoever asked, and never used without asking.
  const headers = { etag: tag, 'cache-control': 'private, no-cache' };
  return isKnown(tag, request.headers['if-none-match'])
    ? { status: 304, headers, body: '' }
    : { ...response, headers: { ...response.headers, ...headers } };
}

/** RFC 9110 §13.1.2: compared weakly. */
function isKnown(tag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  const known = new Set(ifNoneMatch.split(',').map((each) => each.trim().replace(/^W\//, '')));
  return known.has('*') || known.has(tag);
}
