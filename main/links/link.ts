/**
 * `slapgrid://` links. Anybody can put one on a web page, so each is read strictly and only ever leads to a question.
 *
 *     slapgrid://request/postgresql
 *     slapgrid://request?url=https%3A%2F%2Fexample.org%2Fsoftware.yaml
 *     slapgrid://join?master=https%3A%2F%2Fslap.example.org&web=https%3A%2F%2Fpanel.example.org&name=attic&token=…
 *
 * A link to join is handed on whole, for the form to read (`renderer/form/join-link.ts`); all but `master` may be left out.
 */
export const LINK_SCHEME = 'slapgrid';

export type Link =
  /** Software of the catalogue, by its short name. */
  | { kind: 'request'; software: string }
  | { kind: 'request-url'; url: string }
  | { kind: 'join'; master: string; link: string };

const LONGEST = 2000;
/** A token may be as long as an agent takes it. */
const LONGEST_JOIN = 12_000;
/** Read as it is written: as a URL, `/a/../b` would be `/b`. */
const BY_NAME = /^slapgrid:\/\/request\/(?<software>[a-z][a-z0-9-]{0,63})$/u;

/** Whether an argument of the command line is meant to be a link. */
export function looksLikeLink(argument: string): boolean {
  return argument.toLowerCase().startsWith(`${LINK_SCHEME}:`);
}

/** null for what is not exactly one of the forms above. */
export function parseLink(text: string): Link | null {
  if (text.length > LONGEST_JOIN || !URL.canParse(text)) return null;
  const software = BY_NAME.exec(text)?.groups?.['software'];
  if (software !== undefined) return { kind: 'request', software };
  const link = new URL(text);
  if (link.protocol !== `${LINK_SCHEME}:` || link.username !== '' || link.password !== '') return null;
  if (link.port !== '' || link.hash !== '' || !isAtRoot(link)) return null;
  if (link.hostname === 'join') return joinLink(text, link.searchParams);
  const [parameter, ...others] = link.searchParams;
  if (parameter === undefined || others.length > 0 || text.length > LONGEST) return null;
  const [name, value] = parameter;
  const address = webAddress(value);
  if (address === null) return null;
  return link.hostname === 'request' && name === 'url' ? { kind: 'request-url', url: address } : null;
}

const JOIN_PARAMETERS: ReadonlySet<string> = new Set(['master', 'web', 'name', 'token']);

function joinLink(link: string, parameters: URLSearchParams): Link | null {
  const names = [...parameters.keys()];
  if (new Set(names).size !== names.length || names.some((name) => !JOIN_PARAMETERS.has(name))) return null;
  const master = webAddress(parameters.get('master') ?? '');
  const web = parameters.get('web');
  if (master === null || (web !== null && webAddress(web) === null)) return null;
  return { kind: 'join', master, link };
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
