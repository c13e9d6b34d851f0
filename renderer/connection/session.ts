/**
 * The page's right to speak to the agent: a one-time code from the link is exchanged for a bearer token, which lives as long
 * as this tab. In the window of the application there is no token here: its shell adds one of its own.
 */
import type { ErrorView } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { viewInside } from './failure.ts';

const STORED = 'slapgrid.token';

/** The code of the link that opened the page, taken out of the address and the history at once; null without one. */
export function takeLinkCode(): string | null {
  const code = new URLSearchParams(location.hash.slice(1)).get('link');
  if (code !== null) history.replaceState(null, '', `${location.pathname}${location.search}`);
  return code;
}

/** @returns why the link does not let in; null when it did. */
export async function exchangeCode(code: string): Promise<ErrorView | null> {
  let body: unknown;
  try {
    const response = await fetch('/link', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    });
    body = await response.json();
  } catch {
    return {
      code: 'agent-unreachable',
      sentence: text('page.lost.sentence'),
      nextStep: text('page.lost.next'),
    };
  }
  if (typeof body === 'object' && body !== null && 'token' in body && typeof body.token === 'string') {
    sessionStorage.setItem(STORED, body.token);
    return null;
  }
  return viewInside(body);
}

/** Whether this tab was let in before. */
export function hasToken(): boolean {
  return sessionStorage.getItem(STORED) !== null;
}

export function forgetToken(): void {
  sessionStorage.removeItem(STORED);
}

/**
 * `fetch` with the token of this tab.
 * @param onRefused told when the agent does not know it (any more).
 * @param onUnavailable told by the application why there is no agent to answer.
 */
export function authorizedFetch(
  onRefused: () => void,
  onUnavailable: (reason: ErrorView) => void,
): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    const token = sessionStorage.getItem(STORED);
    if (token !== null) headers.set('authorization', `Bearer ${token}`);
    const response = await fetch(input, { ...init, headers });
    if (response.status === 401) onRefused();
    // A copy is read: whoever asked reads the answer as well.
    if (response.status === 503) onUnavailable(viewInside(await response.clone().json()));
    return response;
  };
}
