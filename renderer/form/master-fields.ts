/**
 * What is wrong with what a person gives to join a master, before anything of it is sent; and what to propose.
 */
import type { AgentState } from '../../agent/api/contract.ts';
import { mastersText } from '../words/masters.ts';
import { isThisComputer } from '../words/web-address.ts';
import { nameProblem } from './instance-name.ts';
import { looksLikeJoinLink } from './join-link.ts';

export type JoinValues = {
  token: string;
  name: string;
  master: string;
  web: string;
  partitions: number | string;
};
export type JoinField = keyof JoinValues;

/** In the order in which they stand. */
export const JOIN_FIELDS: readonly JoinField[] = ['token', 'name', 'master', 'web', 'partitions'];

/** As the agent takes them. */
const LONGEST_TOKEN = 10_000;
const LONGEST_URL = 2000;
const MOST_PARTITIONS = 100;

// oxlint-disable-next-line no-control-regex -- control characters are what is refused
const UNSEEN = /[\u0000-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;
const PRIVATE_KEY = /-----BEGIN/u;

/** Empty when nothing is wrong. */
export function joinProblem(field: JoinField, values: JoinValues): string {
  switch (field) {
    case 'token':
      return tokenProblem(values.token.trim());
    case 'name':
      return nameProblem(values.name.trim(), new Set());
    case 'master':
      return (
        urlProblem(values.master) || (values.master.trim() === '' ? mastersText('masters.url.required') : '')
      );
    case 'web':
      return urlProblem(values.web);
    case 'partitions':
      return partitionsProblem(values.partitions);
  }
}

function tokenProblem(token: string): string {
  if (token === '') return mastersText('masters.token.required');
  if (PRIVATE_KEY.test(token)) return mastersText('masters.token.private-key');
  if (looksLikeJoinLink(token)) return mastersText('masters.link.wrong');
  if (/^https?:/iu.test(token)) return mastersText('masters.token.address');
  if (token.length > LONGEST_TOKEN) return mastersText('masters.token.long', { most: LONGEST_TOKEN });
  if (UNSEEN.test(token)) return mastersText('masters.token.invisible');
  return /\s/u.test(token) ? mastersText('masters.token.space') : '';
}

function urlProblem(given: string): string {
  const url = completedUrl(given);
  if (url === '') return '';
  if (PRIVATE_KEY.test(url)) return mastersText('masters.url.private-key');
  if (url.length > LONGEST_URL) return mastersText('masters.url.long', { most: LONGEST_URL });
  if (UNSEEN.test(url)) return mastersText('masters.url.invisible');
  if (!URL.canParse(url)) return mastersText('masters.url.wrong');
  const { protocol, hostname, href, host, username, password } = new URL(url);
  // As the agent decides (`agent/account/addresses.ts`): nobody reads what does not leave this computer.
  if (protocol === 'http:' && !isThisComputer({ href, host })) return mastersText('masters.url.http');
  if ((protocol !== 'https:' && protocol !== 'http:') || hostname === '')
    return mastersText('masters.url.wrong');
  return username !== '' || password !== '' ? mastersText('masters.url.password') : '';
}

function partitionsProblem(partitions: number | string): string {
  const amount = Number(partitions);
  const right = partitions !== '' && Number.isInteger(amount) && amount >= 1 && amount <= MOST_PARTITIONS;
  return right ? '' : mastersText('masters.join.partitions.wrong');
}

/** `slap.example.org` as `https://slap.example.org`. */
export function completedUrl(given: string): string {
  const url = given.trim();
  return url === '' || /^[a-z][a-z0-9+.-]*:(?!\d)/iu.test(url) ? url : `https://${url}`;
}

/** As it will be asked: a letter of another script that looks like one of ours is seen for what it is. */
export function understoodUrl(given: string): string {
  const url = completedUrl(given);
  return urlProblem(url) === '' && url !== '' ? new URL(url).href : given;
}

/** The host of an address that has no problem. */
export function hostOf(url: string): string {
  return new URL(completedUrl(url)).host;
}

/** What other masters call it; else after the person whose home it is in. */
export function proposedComputerName(agent: AgentState | null): string {
  const [known] = agent?.masters ?? [];
  if (known !== undefined) return known.computerName;
  const person = /^\/(?:home|Users)\/(?<person>[\w.-]{1,40})\//u.exec(agent?.agent.home ?? '')?.groups?.[
    'person'
  ];
  return person === undefined ? 'my-computer' : `${person}-computer`;
}
