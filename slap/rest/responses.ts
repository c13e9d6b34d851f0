/**
 * Answers of the REST family: JSON, and problems as RFC 9457 has them.
 */
import type { z } from 'zod';
import type { SlapError } from '../errors.ts';
import type { SlapResponse } from '../http.ts';
import { writeJson } from '../json/write.ts';
import type { SlapValue } from '../marshal/values.ts';

const STYLE = { comma: ',', colon: ':', sorted: false };

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
};

export function jsonResponse(
  status: number,
  value: SlapValue,
  headers: Readonly<Record<string, string>> = {},
): SlapResponse {
  const body = `${writeJson(value, STYLE)}\n`;
  return {
    status,
    headers: {
      'content-type': 'application/json',
      ...headers,
      'content-length': String(Buffer.byteLength(body)),
    },
    body,
  };
}

export function emptyResponse(headers: Readonly<Record<string, string>> = {}): SlapResponse {
  return { status: 204, headers, body: '' };
}

/** @param details what is wrong, in words and by name. */
export function problemResponse(
  status: number,
  details: { detail?: string; errors?: Readonly<Record<string, string>> } = {},
  headers: Readonly<Record<string, string>> = {},
): SlapResponse {
  return jsonResponse(
    status,
    { status, title: TITLES[status] ?? 'Error', ...details },
    { 'content-type': 'application/problem+json', ...headers },
  );
}

export function refusalResponse(error: SlapError): SlapResponse {
  const status = statusOf(error);
  return problemResponse(status, status === 500 || error.message === '' ? {} : { detail: error.message });
}

function statusOf(error: SlapError): number {
  switch (error.code) {
    case 'bad-request':
    case 'invalid-document':
      return 400;
    case 'unauthorized':
      return 401;
    case 'forbidden':
      return 403;
    case 'not-found':
    case 'bad-guid':
    case 'unknown-instance':
    case 'unknown-shared-instance':
    case 'unknown-partition':
    case 'unknown-computer':
      return 404;
    case 'server':
    case 'unreachable':
      return 500;
    default:
      return 409;
  }
}

/** By the path of what is wrong; the body itself is `body`. */
export function errorsByName(
  error: z.ZodError,
  isMissing: (path: readonly PropertyKey[]) => boolean,
): Record<string, string> {
  const problems = error.issues.flatMap((issue): [string, string][] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => [[...issue.path, key].map(String).join('.'), 'Parameter is unknown']);
    }
    const name = issue.path.map(String).join('.') || 'body';
    return [[name, isMissing(issue.path) ? 'Parameter is missing' : issue.message]];
  });
  return Object.fromEntries(problems);
}
