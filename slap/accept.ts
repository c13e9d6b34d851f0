/**
 * Media types of bodies and answers.
 */
import type { SlapRequest } from './http.ts';

/** Without its parameters, in lower case; empty when there is none. */
export function mediaType(request: SlapRequest): string {
  return request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** `application/json`, or anything that says that it is JSON. */
export function isJson(request: SlapRequest): boolean {
  const type = mediaType(request);
  return type === 'application/json' || /^[\w.+-]+\/[\w.+-]+\+json$/.test(type);
}

const JSON_RANGES = new Set(['*/*', 'application/*', 'application/json']);

/** Whether a client that says what it accepts accepts JSON (RFC 9110 §12.5.1). */
export function acceptsJson(request: SlapRequest): boolean {
  const accept = request.headers['accept']?.trim() ?? '';
  if (accept === '') return true;
  return accept.split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const isRefused = parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
    return JSON_RANGES.has(type) && !isRefused;
  });
}
