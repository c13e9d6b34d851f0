/**
 * The origin of the page: `app://slapgrid`. What is below `/trpc` and `/download` goes to the agent, what is
 * below `/invitation` is ours, the rest is the page itself.
 */
import type { CustomScheme } from 'electron';
import type { Pipe } from '../connection/pipe.ts';
import type { Invitations } from '../links/invitations.ts';
import { answerFile, type PageFiles } from './files.ts';

export const PAGE_SCHEME = 'app';
export const PAGE_ORIGIN = `${PAGE_SCHEME}://slapgrid`;

/** A standard, secure origin: relative addresses, storage and the clipboard work as on the web. It exempts from nothing. */
export const PAGE_PRIVILEGES: CustomScheme = {
  scheme: PAGE_SCHEME,
  privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true },
};

/** @returns the handler for every request to the scheme. */
export function pageHandler(
  files: PageFiles,
  pipe: Pipe,
  invitations: Invitations,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const { host, pathname } = new URL(request.url);
    if (host !== 'slapgrid') return new Response(null, { status: 404 });
    if (pathname.startsWith(INVITATION)) return answerInvitation(invitations, request);
    return pathname.startsWith('/trpc/') || pathname.startsWith('/download/')
      ? pipe(request)
      : answerFile(files, request);
  };
}

const INVITATION = '/invitation/';

/** The link is told once, to the page that asks by its name. */
function answerInvitation(invitations: Invitations, { method, url }: Request): Response {
  const headers = { 'cache-control': 'no-store' };
  const name = new URL(url).pathname.slice(INVITATION.length);
  const link = method === 'POST' ? invitations.take(name) : null;
  return link === null
    ? new Response(null, { status: 404, headers })
    : new Response(link, { headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' } });
}

/** Whether an address is the page, at any of its screens. */
export function isPage(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, host, username, password, pathname } = new URL(address);
  return `${protocol}//${host}` === PAGE_ORIGIN && pathname === '/' && username === '' && password === '';
}
