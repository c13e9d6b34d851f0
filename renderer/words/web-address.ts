/**
 * Which of the values that an instance publishes may be opened. They come from software that nobody vouches for: only what a
 * browser opens as a page, and never with somebody’s name or password in it.
 */

export type WebAddress = {
  href: string;
  /** Where it leads: `127.64.0.1:8080`. An international name is in its ASCII form, which cannot look like another one. */
  host: string;
};

/** null for everything that is not an http or https address. */
export function webAddressOf(value: string): WebAddress | null {
  if (!URL.canParse(value)) return null;
  const url = new URL(value);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  if (url.username !== '' || url.password !== '') return null;
  return { href: url.href, host: url.host };
}

/** Whether it leads to a program of this computer: to 127.0.0.0/8, which never leaves it. */
export function isThisComputer({ href }: WebAddress): boolean {
  const { hostname } = new URL(href);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/u.test(hostname);
}
