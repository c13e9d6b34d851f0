/**
 * What a master may do instead of answering well.
 */
import type { ServerResponse } from 'node:http';

/**
 * `html`: a page with status 200. `fault`: a page with status 500. `busy`: 503 with nothing. `garbage`: what is neither XML nor
 * JSON. `hang`: takes the request and says nothing. `redirect`: sends elsewhere. `cut`: ends in the middle of its answer.
 * `no-answer`: ends the connection instead of answering.
 */
export type Misbehaviour = 'html' | 'fault' | 'busy' | 'garbage' | 'hang' | 'redirect' | 'cut' | 'no-answer';

const PAGE = '<!doctype html>\n<html lang=en>\n<title>Portal</title>\n<h1>Please sign in</h1>\n';

export function misbehave(how: Misbehaviour, response: ServerResponse): void {
  switch (how) {
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE);
      return;
    case 'fault':
      response.writeHead(500, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE);
      return;
    case 'busy':
      response.writeHead(503).end();
      return;
    case 'garbage':
      response.writeHead(200, { 'content-type': 'text/xml; charset=utf-8' }).end('<marshal><dict{"a":');
      return;
    case 'redirect':
      response.writeHead(302, { location: 'https://elsewhere.invalid/' }).end();
      return;
    case 'cut':
      response.writeHead(200, { 'content-type': 'text/xml', 'content-length': '1000' });
      response.write('<marshal><object id="i2"', () => response.destroy());
      return;
    case 'no-answer':
      response.destroy();
      return;
    case 'hang':
  }
}
