/**
 * What is wrong with the URL or path of a software release before the agent is asked to read it. It stands in the address of
 * the page from then on, so a secret that was pasted by mistake must not get that far.
 */
import { text } from '../messages.ts';

/** As the agent takes it. */
const LONGEST = 2000;
// oxlint-disable-next-line no-control-regex -- control characters are what is refused
const UNSEEN = /[\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;
const PRIVATE_KEY = /-----BEGIN/u;

/** Empty when nothing is wrong. */
export function softwareUrlProblem(url: string): string {
  if (url === '') return text('page.request.url.missing');
  if (PRIVATE_KEY.test(url)) return text('page.request.url.private-key');
  if (url.length > LONGEST) return text('page.request.url.long', { most: LONGEST });
  if (UNSEEN.test(url)) return text('page.request.url.unseen');
  return '';
}
