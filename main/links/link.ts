/**
 * `slapgrid://` links. Anybody can put one on a web page, so each is read strictly and only ever leads to a question.
 *
 *     slapgrid://request/postgresql
 *     slapgrid://request?url=https%3A%2F%2Fexample.org%2Fsoftware.yaml
 *     slapgrid://join?master=https%3A%2F%2Fmaster.example.org
 */
export const LINK_SCHEME = 'slapgrid';

export type Link =
  /** Software of the catalogue, by its short name. */
  | { kind: 'request'; software: string }
  | { kind: 'request-url'; url: string }
  | { kind: 'join'; master: string };

const LONGEST = 2000;
/** Read as it is written: as a URL, `/a/../b` would be `/b`. */
const BY_NAME = /^slapgrid:\/\/request\/(?<software>[a-z][a-z0-9-]{0,63})$/u;

/** Whether an argument of the command line is meant to be a link. */
export function looksLikeLink(argument: string): boolean {
  return argument.toLowerCase().startsWith(`${LINK_SCHEME}:`);
}

/** null for what is not exactly one of the forms above. */
export function parseLink(text: string): Link | null {
  if (text.length > LONGEST || !URL.canParse(text)) return null;
  const software = BY_NAME.exec(text)?.groups?.['software'];
  if (software !== undefined) return { kind: 'request', software };
  const link = new URL(text);
  if (link.protocol !== `${LINK_SCHEME}:` || link.username !== '' || link.password !== '') return null;
  if (link.port !== '' || link.hash !== '' || !isAtRoot(link)) return null;
  const [parameter, ...others] = link.searchParams;
  if (parameter === undefined || others.length > 0) return null;
  const [name, value] = parameter;
  const address = webAddress(value);
  if (address === null) return null;
  if (link.hostname === 'request' && name === 'url') return { kind: 'request-url', url: address };
  return link.hostname === 'join' && name === 'master' ? { kind: 'join', master: address } : null;
}

function isAtRoot({ pathname }: URL): boolean {
  return pathname === '' || pathname === '/';
}

/** As it was understood, not as it was written. Only what cannot be changed on its way, and carries no name or password. */
function webAddress(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === 'https:' && url.username === '' && url.password === '' ? url.href : null;
}
