/**
 * A link that invites this computer to a master. The application asks before it hands one on; pasted into the form, it is read here.
 *
 *     slapgrid://join?master=https%3A%2F%2Fslap.example.org&web=https%3A%2F%2Fpanel.example.org&name=attic&token=…
 *
 * `web` left out is the same as `master`; `name` (of this computer) and `token` may be left out.
 */
export type JoinLink = {
  master: string;
  web: string;
  name: string;
  token: string;
};

const LONGEST = 12_000;
const KNOWN: ReadonlySet<string> = new Set(['master', 'web', 'name', 'token']);

export function looksLikeJoinLink(text: string): boolean {
  return /^slapgrid:/iu.test(text);
}

/** null for what is not exactly such a link. What it says is checked like what is typed. */
export function parseJoinLink(text: string): JoinLink | null {
  if (text.length > LONGEST || !looksLikeJoinLink(text) || !URL.canParse(text)) return null;
  const { hostname, pathname, hash, username, port, searchParams } = new URL(text);
  if (hostname !== 'join' || !['', '/'].includes(pathname)) return null;
  if (hash !== '' || username !== '' || port !== '') return null;
  const names = [...searchParams.keys()];
  if (new Set(names).size !== names.length || names.some((name) => !KNOWN.has(name))) return null;
  const master = searchParams.get('master');
  if (master === null) return null;
  return {
    master,
    web: searchParams.get('web') ?? '',
    name: searchParams.get('name') ?? '',
    token: searchParams.get('token') ?? '',
  };
}
