/**
 * Answers that carry no value: HTML pages for errors and redirections, texts for the rest (§2.2).
 */
import type { SlapResponse } from './http.ts';

/** The classic family says so of everything, marshal XML included (§2.2). */
const CONTENT_TYPE = 'text/html; charset=utf-8';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

const TEXTS: Readonly<Record<number, string>> = {
  400: 'The browser (or proxy) sent a request that this server could not understand.',
  404: 'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
  405: 'The method is not allowed for the requested URL.',
  500: 'The server encountered an internal error and was unable to complete your request. Either the server is overloaded or there is an error in the application.',
};

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&#39;',
  '"': '&#34;',
};
const UNESCAPES = new Map(Object.entries(ESCAPES).map(([character, reference]) => [reference, character]));

export function textResponse(
  body: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): SlapResponse {
  return {
    status,
    headers: {
      'content-type': CONTENT_TYPE,
      ...headers,
      'content-length': String(Buffer.byteLength(body)),
    },
    body,
  };
}

/** @param message shown in the page; the status' usual words when it is left out. */
export function errorResponse(
  status: number,
  message?: string,
  headers: Readonly<Record<string, string>> = {},
): SlapResponse {
  const title = TITLES[status] ?? 'Error';
  const words = message ?? TEXTS[status] ?? `${title}.`;
  return textResponse(
    `<!doctype html>\n<html lang=en>\n<title>${status} ${title}</title>\n<h1>${title}</h1>\n<p>${escape(words)}</p>\n`,
    status,
    headers,
  );
}

/** @param location a URL or a path that a header can carry. */
export function redirectResponse(status: 302 | 308, location: string): SlapResponse {
  const target = escape(location);
  return textResponse(
    `<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n<p>You should be redirected automatically to the target URL: <a href="${target}">${target}</a>. If not, click the link.\n`,
    status,
    { location },
  );
}

function escape(text: string): string {
  return text.replaceAll(/[&<>'"]/g, (character) => ESCAPES[character] ?? character);
}

const LONGEST_MESSAGE = 1000;

/** The message in an error page; undefined for any other text. */
export function errorMessage(body: string): string | undefined {
  const message = /<p>([^<]*)<\/p>/.exec(body)?.[1];
  return message
    ?.replaceAll(/&(?:amp|lt|gt|#39|#34);/g, (reference) => UNESCAPES.get(reference) ?? reference)
    .slice(0, LONGEST_MESSAGE);
}
