import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { refusalByOrigin } from '../../../agent/gate/origin.ts';

const PORT = 21_000;

function refusal(headers: Record<string, string>, method = 'POST'): string | null {
  const request = new IncomingMessage(new Socket());
  request.method = method;
  for (const [name, value] of Object.entries({ host: `127.0.0.1:${PORT}`, ...headers })) {
    request.headers[name] = value;
    request.headersDistinct[name] = [value];
  }
  return refusalByOrigin(request, PORT)?.code ?? null;
}

describe('the Host of a request', () => {
  it.each([`127.0.0.1:${PORT}`, `localhost:${PORT}`])('may be %s', (host) => {
    expect(refusal({ host })).toBeNull();
  });

  it.each([
    '127.0.0.1',
    '127.0.0.1:21001',
    `127.0.0.2:${PORT}`,
    `rebound.example:${PORT}`,
    `localhost.rebound.example:${PORT}`,
    `127.0.0.1:${PORT}.rebound.example`,
    `[::1]:${PORT}`,
    '',
  ])('may not be “%s”', (host) => {
    expect(refusal({ host })).toBe('foreign-host');
  });
});

describe('the Origin of a request', () => {
  it.each([`http://127.0.0.1:${PORT}`])('may be the page’s: %s', (origin) => {
    expect(refusal({ origin })).toBeNull();
  });

  it.each([
    'null',
    'http://127.0.0.1',
    'http://127.0.0.1:21001',
    `https://127.0.0.1:${PORT}`,
    `http://localhost:${PORT}`,
    'http://site.example',
    'file://',
  ])('may not be “%s”', (origin) => {
    expect(refusal({ origin })).toBe('foreign-origin');
  });
});

describe('the Sec-Fetch-Site of a request', () => {
  it.each(['same-origin', 'none'])('may be %s', (site) => {
    expect(refusal({ 'sec-fetch-site': site })).toBeNull();
  });

  it.each(['same-site', 'cross-site'])('may not be %s', (site) => {
    expect(refusal({ 'sec-fetch-site': site }, 'GET')).toBe('foreign-origin');
  });

  it('may be any for a link that opens the page in a window of its own', () => {
    const link = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    expect(refusal(link, 'GET')).toBeNull();
    expect(refusal(link, 'POST')).toBe('foreign-origin');
    expect(refusal({ ...link, 'sec-fetch-dest': 'iframe' }, 'GET')).toBe('foreign-origin');
  });
});
